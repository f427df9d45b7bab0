"""The demo: real figures, people with passwords of their own, and first valuations that make sense."""

from __future__ import annotations

import io
import stat

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import call_command

from modeling.codecs import parse_document, simulation_of, value_document
from modeling.demo import load_companies, load_prices, sign_in
from modeling.demo.prices import BENCHMARK, NAME
from modeling.models import Company, Fact, Portfolio, PriceSet
from modeling.portfolios.request import request_of
from modeling.selectors import statements
from modeling.selectors_prices import price_sets_for, read_panel
from modeling.services import start_valuation
from valor.accounts.roles import is_analyst, is_operator


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path


def load() -> str:
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def company(ticker: str) -> Company:
    return Company.objects.get(ticker=ticker)


def test_prints_who_can_sign_in_and_keeps_it_for_the_owner_only(db, home) -> None:
    out = load()
    path = home / "demo_sign_in"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [line.split("\t")[0] for line in path.read_text().splitlines()] == ["analyst", "operator"]
    for name, password in sign_in():
        assert f"{name}  {password}" in out
        assert len(password) >= 16
        assert authenticate(username=name, password=password)


def test_the_two_people_have_one_role_each(db) -> None:
    load()
    analyst, operator = (User.objects.get(username=name) for name in ("analyst", "operator"))
    assert (is_analyst(analyst), is_operator(analyst), analyst.is_staff) == (True, False, False)
    assert (is_analyst(operator), is_operator(operator), operator.is_staff) == (False, True, True)
    assert operator.has_perm("modeling.view_company")
    assert not operator.has_perm("modeling.view_run")
    assert not operator.has_perm("modeling.change_company")
    assert not operator.is_superuser


def test_a_second_load_changes_nothing_and_asks_little(db, django_assert_max_num_queries) -> None:
    load()
    people, facts = sign_in(), list(Fact.objects.order_by("pk").values())
    prices = list(PriceSet.objects.values()) + list(Portfolio.objects.values())
    with django_assert_max_num_queries(6):
        out = load()
    assert "Loaded" not in out
    assert sign_in() == people
    assert list(Fact.objects.order_by("pk").values()) == facts
    assert list(PriceSet.objects.values()) + list(Portfolio.objects.values()) == prices


def test_a_lost_file_means_new_passwords(db, home) -> None:
    load()
    old = dict(sign_in())
    (home / "demo_sign_in").unlink()
    load()
    new = dict(sign_in())
    assert not set(old.values()) & set(new.values())
    assert authenticate(username="analyst", password=new["analyst"])
    assert not authenticate(username="analyst", password=old["analyst"])


def test_a_new_database_gets_the_passwords_of_the_file(db) -> None:
    load()
    User.objects.filter(username="analyst").delete()
    load()
    assert authenticate(username="analyst", password=dict(sign_in())["analyst"])


def test_a_changed_password_is_left_alone(db) -> None:
    load()
    user = User.objects.get(username="analyst")
    user.set_password("my own choice of words")
    user.save()
    load()
    assert authenticate(username="analyst", password="my own choice of words")


def test_a_changed_file_of_figures_is_loaded_again(db) -> None:
    load_companies()
    Company.objects.filter(ticker="TSLA").update(edition="older")
    assert load_companies() == ["Tesla"]


def test_the_figures_are_those_published(db) -> None:
    load_companies()
    alphabet, tesla, snowflake = (statements(company(ticker)) for ticker in ("GOOGL", "TSLA", "SNOW"))
    assert [year.label for year in alphabet] == ["FY2021", "FY2022", "FY2023", "FY2024"]
    assert alphabet[-1].get("operating_income") == 112_390
    assert alphabet[-1].get("cash_and_short_term_investments") == 95_657
    assert alphabet[-1].share_concept == "shares_outstanding"
    assert alphabet[-2].share_concept == "shares_diluted"
    assert tesla[-1].get("operating_income") == 7076
    assert tesla[-1].get("minority_interest") == 767
    assert tesla[-1].get("capital_expenditure") == 11_342
    assert [year.label for year in snowflake] == [f"FY{year}" for year in range(2019, 2026)]
    assert snowflake[-1].get("revenue") == pytest.approx(3626.396)
    assert snowflake[-1].get("debt") == pytest.approx(2271.529 + 413.741)
    for years in (alphabet, tesla, snowflake):
        assert all(figure.source for year in years for figure in year.figures.values())


@pytest.mark.parametrize(("ticker", "low", "high"), [("GOOGL", 100, 200), ("TSLA", 25, 100), ("SNOW", 20, 120)])
def test_each_opens_on_a_sensible_valuation_that_simulates_at_once(analyst, ticker, low, high) -> None:
    load_companies()
    document = start_valuation(company(ticker), analyst).document
    assert low < value_document(document)["value_per_share"] < high
    result = simulation_of(parse_document(document), 20_000, 1, "sobol").run(None).as_dict()
    assert result["floored_share"] == 0
    assert result["negative_share"] < 0.01
    assert low / 2 < result["percentiles"]["p10"] < result["percentiles"]["p90"] < high * 1.5
    drivers = {contribution["driver"] for contribution in result["contributions"]}
    assert drivers == {"growth", "operating_margin", "cost_of_capital", "terminal_growth"}
    assert document["correlations"]


def test_the_prices_are_those_published_shared_and_with_their_licence(db, analyst) -> None:
    load_prices()
    stored = PriceSet.objects.get()
    assert (stored.name, stored.owner, stored.frequency, stored.currency) == (NAME, None, "weekly", "USD")
    assert "BSD-3-Clause" in stored.licence
    assert stored.quality == "Good"
    assert stored in price_sets_for(analyst)
    found = read_panel(stored)
    assert found.prices.shape == (21, 400)
    assert (str(found.dates[0]), str(found.dates[-1])) == ("2015-05-08", "2022-12-28")
    last = dict(zip(found.tickers, found.prices[:, -1].tolist(), strict=True))
    assert (last["AAPL"], last["XOM"], last[BENCHMARK]) == (125.674, 106.627, 3783.22)
    sectors = dict(stored.series.values_list("ticker", "sector"))
    assert sectors.pop(BENCHMARK) == ""
    assert all(sectors.values())


def test_a_changed_file_of_prices_is_loaded_again_into_the_same_set(db) -> None:
    load_prices()
    stored = PriceSet.objects.get()
    PriceSet.objects.update(edition="older")
    stored.series.filter(ticker="AAPL").delete()
    assert load_prices() == [NAME]
    assert PriceSet.objects.get().pk == stored.pk
    assert stored.series.count() == 21
    assert load_prices() == []


def test_the_analyst_has_a_portfolio_of_them_that_can_be_optimised(db) -> None:
    load()
    portfolio = Portfolio.objects.get()
    assert portfolio.owner.get_username() == "analyst"
    weights = request_of(portfolio.document, portfolio.owner).answer()["weights"]
    assert sum(weights.values()) == pytest.approx(1)
    assert 0.1 < max(weights.values()) <= 0.15 + 1e-9
    assert BENCHMARK not in weights
