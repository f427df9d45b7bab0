"""Shares of the risk and exposures to factors, stated asset by asset on a portfolio's page."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.codecs.portfolio import dump_portfolio, parse_portfolio
from modeling.forms.portfolio import budgets, exposures
from modeling.forms.portfolio.form import PortfolioForm, texts_of
from modeling.models import Portfolio
from modeling.presenters.portfolio_tables import key_of, posted_tables, stored_tables
from modeling.selectors_portfolios import assets_in
from modeling.services.portfolios import save_portfolio
from modeling.services.versions import Edit
from tests.modeling.pages.conftest import HTMX
from tests.modeling.pages.folios import posted, text_of, url_of
from tests.modeling.portfolios.conftest import make_set
from valor.lib.errors import InvalidInput

ASSETS = ("AAA", "BBB", "CCC", "DDD", "EEE")
BETA = {"factor.0.name": "Beta", "factor.0.upper": "1.1", "factor.0:AAA": "1.5", "factor.0:BBB": "0.5"}
STORED = {"kind": "factor", "name": "Beta", "upper": 1.1, "loadings": {"AAA": 1.5, "BBB": 0.5}}


def send(page: Any, portfolio: Portfolio, texts: dict[str, str], headers: dict[str, str] = HTMX, **changes: str) -> Any:
    return page.post(url_of(portfolio, "edit/"), posted(portfolio, **changes) | texts, headers=headers)


def stored(portfolio: Portfolio) -> dict[str, Any]:
    portfolio.refresh_from_db()
    return portfolio.document


def restate(portfolio: Portfolio, **changes: Any) -> None:
    document = dump_portfolio(parse_portfolio({**portfolio.document, **changes}))
    save_portfolio(portfolio, document, Edit(portfolio.version, "", 0, False))
    portfolio.refresh_from_db()


def value_in(text: str, name: str) -> str:
    tag = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', text)
    assert tag is not None, name
    return re.search(r' value="([^"]*)"', tag[0])[1]


def test_shares_left_empty_share_what_is_left(page, portfolio) -> None:
    shares = {f"budget:{name}": "" for name in ASSETS} | {"budget:AAA": "40", "budget:BBB": "30 %"}
    answer = send(page, portfolio, shares, objective__method="risk_parity", bounds__upper="100")
    assert answer.status_code == 200, text_of(answer)
    assert "Those left empty share what is left: 10 % each." in text_of(answer)
    assert stored(portfolio)["objective"]["budgets"] == pytest.approx(
        {"AAA": 0.4, "BBB": 0.3, "CCC": 0.1, "DDD": 0.1, "EEE": 0.1}
    )
    text = text_of(page.get(url_of(portfolio)))
    assert [value_in(text, f"budget:{name}") for name in ASSETS] == ["40", "30", "", "", ""]
    again = {f"budget:{name}": value_in(text, f"budget:{name}") for name in ASSETS}
    send(page, portfolio, again)
    assert stored(portfolio) == portfolio.document
    assert portfolio.version == 2


def test_the_shares_are_what_each_asset_has_of_the_risk(page, portfolio) -> None:
    shares = dict(zip((f"budget:{name}" for name in ASSETS), ("40", "30", "", "", ""), strict=True))
    text = text_of(send(page, portfolio, shares, objective__method="risk_parity", bounds__upper="100"))
    row = re.search(r'<tr><th scope="row">AAA</th>.*?</tr>', text)
    assert row is not None
    assert ">40.0 %<" in row[0]


def test_emptied_shares_are_equal_ones(page, portfolio) -> None:
    restate(portfolio, objective={"method": "risk_parity", "budgets": dict.fromkeys(ASSETS, 0.1) | {"AAA": 0.6}})
    send(page, portfolio, {f"budget:{name}": " " for name in ASSETS})
    assert stored(portfolio)["objective"]["budgets"] == {}


def test_a_ticker_that_goes_takes_its_share_along(page, portfolio) -> None:
    restate(portfolio, objective={"method": "risk_parity", "budgets": dict.fromkeys(ASSETS, 0.1) | {"AAA": 0.6}})
    shares = {"budget:AAA": "60"} | {f"budget:{name}": "" for name in ASSETS[1:]}
    answer = send(page, portfolio, shares, prices__tickers="AAA, BBB, CCC")
    assert answer.status_code == 200
    assert stored(portfolio)["objective"]["budgets"] == pytest.approx({"AAA": 0.6, "BBB": 0.2, "CCC": 0.2})
    assert "budget:DDD" not in text_of(answer)


@pytest.mark.parametrize(
    ("shares", "wrong", "words"),
    [
        ({"AAA": "much"}, "AAA", "AAA: “much” can't be read. Type percent"),
        ({"AAA": "0"}, "AAA", "AAA: 0 is no share of the risk."),
        ({"AAA": "-5"}, "AAA", "AAA: -5 is no share of the risk."),
        ({"AAA": "60", "BBB": "40"}, "", "They add up to 100 % and leave nothing for the 3 left empty."),
        (dict.fromkeys(ASSETS, "18"), "", "They add up to 90 %. Let them add up to 100 %"),
        ({"AAA": "1e300"}, "", "leave nothing for the 4 left empty"),
    ],
)
def test_a_share_that_can_not_be_is_told_below_its_table(page, portfolio, shares, wrong, words) -> None:
    texts = {f"budget:{name}": shares.get(name, "") for name in ASSETS}
    for headers in (HTMX, {}):
        answer = send(page, portfolio, texts, headers, objective__method="risk_parity")
        text = text_of(answer)
        assert answer.status_code == 422
        assert words in text
        marked = re.findall(r'<input[^>]*name="budget:(\w+)"[^>]*aria-invalid="true"', text)
        assert marked == ([wrong] if wrong else [])
    assert stored(portfolio)["objective"]["method"] == "max_sharpe"


def test_shares_that_no_objective_needs_are_not_looked_at(page, portfolio) -> None:
    answer = send(page, portfolio, {"budget:AAA": "much"}, objective__method="min_variance")
    assert answer.status_code == 200
    assert stored(portfolio)["objective"]["budgets"] == {}


def test_a_factor_is_stated_in_the_empty_column_and_the_next_one_is_offered(page, portfolio) -> None:
    answer = send(page, portfolio, BETA, objective__method="min_variance")
    assert answer.status_code == 200, text_of(answer)
    assert stored(portfolio)["constraints"] == [STORED]
    assert value_in(text_of(answer), "factor.1.name") == ""
    assert '<hx-partial id="summary-limits">1 factor</hx-partial>' in text_of(answer)
    shown = text_of(page.get(url_of(portfolio)))
    assert {name: value_in(shown, name) for name in BETA} == BETA
    both = {name: value_in(shown, name) for name in re.findall(r'name="(factor\.[^"]*)"', shown)}
    send(page, portfolio, both)
    assert (portfolio.version, stored(portfolio)["constraints"]) == (2, [STORED])


def test_an_emptied_factor_is_none_and_the_others_keep_their_columns(page, portfolio) -> None:
    restate(portfolio, constraints=[STORED, {**STORED, "name": "Value", "upper": 7 / 3}])
    texts = {"factor.0.name": "", "factor.0.upper": "", "factor.1.name": "Value", "factor.1.upper": "2.33333"}
    texts |= {"factor.1:AAA": "1.5", "factor.1:BBB": "0.5", "factor.2.name": ""}
    answer = text_of(send(page, portfolio, texts))
    assert stored(portfolio)["constraints"] == [{**STORED, "name": "Value", "upper": 7 / 3}]
    assert value_in(answer, "factor.1.name") == "Value"
    assert value_in(answer, "factor.0.name") == ""


@pytest.mark.parametrize(
    ("texts", "wrong", "words"),
    [
        ({"factor.0:AAA": "x"}, "factor.0:AAA", "Beta, AAA: “x” can't be read. Type a plain number"),
        ({"factor.0.lower": "low"}, "factor.0.lower", "Beta: “low” can't be read."),
        ({"factor.0.lower": "2"}, "factor.0.lower", "Beta: It is above the upper bound."),
        ({"factor.0.name": ""}, "factor.0.name", "factor 1: It is missing."),
        ({"factor.0.upper": ""}, "factor.0.upper", "Beta: It limits nothing."),
        ({"factor.0:AAA": "", "factor.0:BBB": ""}, "", "Beta: It is missing. Type how much of it"),
        ({"factor.0:AAA": "1e9"}, "factor.0:AAA", "Beta: "),
        ({"factor.0.name": "x" * 81}, "factor.0.name", "80"),
    ],
)
def test_a_factor_that_can_not_be_is_told_below_its_table(page, portfolio, texts, wrong, words) -> None:
    answer = send(page, portfolio, BETA | texts)
    text = text_of(answer)
    assert answer.status_code == 422
    assert words in text
    marked = re.findall(r'<input[^>]*name="(factor[^"]+)"[^>]*aria-invalid="true"', text)
    assert marked == ([wrong] if wrong else [])
    assert stored(portfolio)["constraints"] == []


def test_an_exposure_that_can_not_be_kept_is_relaxed_by_its_button(page, portfolio) -> None:
    everything = {f"factor.0:{name}": "1" for name in ASSETS}
    text = text_of(
        send(page, portfolio, BETA | everything | {"factor.0.upper": "0.5"}, objective__method="min_variance")
    )
    assert "an exposure to Beta of at most 0.5" in text
    assert '<a href="#field-exposures">Exposure to factors</a>' in text
    repair = re.search(r'value="(\{"factor[^}]*\})"', text)[1]
    portfolio.refresh_from_db()
    again = posted(portfolio) | BETA | everything | {"factor.0.upper": "0.5", "repair": repair, "sequence": "2"}
    assert page.post(url_of(portfolio, "edit/"), again).status_code == 302
    assert stored(portfolio)["constraints"][0]["upper"] == pytest.approx(1.0)
    assert "an exposure to Beta" not in text_of(page.get(url_of(portfolio)))


def conflict_in_the_second_column(page: Any, portfolio: Portfolio) -> tuple[dict[str, str], str]:
    """What stands on the page after the first of two factors was emptied, and what its button sends."""
    everything = dict.fromkeys(ASSETS, 1.0)
    rules = [STORED, {"kind": "factor", "name": "Value", "upper": 0.5, "loadings": everything}]
    restate(portfolio, constraints=rules)
    texts = dict.fromkeys(("factor.0.name", "factor.0.lower", "factor.0.upper", "factor.0:AAA", "factor.0:BBB"), "")
    texts |= {"factor.1.name": "Value", "factor.1.lower": "", "factor.1.upper": "0.5", "factor.2.name": ""}
    texts |= {f"factor.1:{name}": "1" for name in ASSETS}
    text = text_of(send(page, portfolio, texts, objective__method="min_variance"))
    return texts, re.search(r'name="repair" value="(\{"factor[^}]*\})"', text)[1]


def test_a_relaxation_finds_its_factor_after_an_earlier_one_was_emptied(page, portfolio) -> None:
    texts, repair = conflict_in_the_second_column(page, portfolio)
    assert json.loads(repair) == {"factor.upper:Value": "1"}
    portfolio.refresh_from_db()
    page.post(url_of(portfolio, "edit/"), posted(portfolio) | texts | {"repair": repair, "sequence": "2"})
    assert [(rule["name"], rule["upper"]) for rule in stored(portfolio)["constraints"]] == [("Value", 1.0)]


def test_a_relaxation_of_a_factor_that_is_gone_changes_nothing_and_says_so(page, portfolio) -> None:
    texts, repair = conflict_in_the_second_column(page, portfolio)
    portfolio.refresh_from_db()
    renamed = posted(portfolio) | texts | {"factor.1.name": "Worth", "repair": repair, "sequence": "2"}
    answer = page.post(url_of(portfolio, "edit/"), renamed)
    assert answer.status_code == 422
    assert "No factor is called “Value” any more." in text_of(answer)
    assert [(rule["name"], rule["upper"]) for rule in stored(portfolio)["constraints"]] == [("Value", 0.5)]


def test_a_method_is_called_by_the_words_of_the_page(page, portfolio) -> None:
    text = text_of(send(page, portfolio, BETA, objective__method="risk_parity"))
    assert "The method “Equal shares of risk” can't keep to it." in text
    assert "risk_parity can't" not in text


def test_the_rows_are_what_a_portfolio_chooses_from(analyst, other_analyst, portfolio) -> None:
    document = portfolio.document
    assert assets_in(document, analyst) == ASSETS
    assert assets_in({**document, "benchmark": "AAA", "factors": ["BBB"]}, analyst) == ("CCC", "DDD", "EEE", "MKT")
    assert assets_in({**document, "prices": {"set": portfolio.price_set_id, "tickers": ["BBB", "\0"]}}, analyst) == (
        "BBB",
    )
    assert assets_in(document, other_analyst) == ()
    assert assets_in({**document, "prices": {"set": "first"}}, analyst) == ()
    assert assets_in({"assets": [{"name": "A", "mean": 0.1}]}, analyst) == ("A",)
    assert assets_in({"prices": {"series": {"A": [], "B": []}}, "benchmark": "B"}, analyst) == ("A",)


def test_very_many_assets_have_no_table_and_keep_what_the_api_stated(analyst, portfolio) -> None:
    names = tuple(f"T{number:04}" for number in range(300))
    stated = {**portfolio.document, "constraints": [STORED]}
    stated["objective"] = {**stated["objective"], "budgets": {"AAA": 1.0}, "method": "risk_parity"}
    form = PortfolioForm(texts_of(stated) | {"budget:T0001": "50"}, stated, lambda document: names)
    assert form.problems == []
    assert form.document["objective"]["budgets"] == {"AAA": 1.0}
    assert form.document["constraints"] == [STORED]
    tables = stored_tables(stated, names)
    assert not tables.budgets.is_asked
    assert (tables.factors.is_asked, posted_tables(form).factors.is_asked) == (True, True)
    many = stored_tables({**stated, "constraints": [{**STORED, "name": f"F{n}"} for n in range(3)]}, names)
    assert (many.factors.is_asked, many.factors.is_needed) == (False, True)


MANY = tuple(f"T{number:04}" for number in range(500))


def test_what_is_typed_for_many_assets_stays_though_no_other_column_has_room(analyst, portfolio) -> None:
    stated = portfolio.document
    assert len(stored_tables(stated, MANY).factors.rows[0][2]) == 1
    form = PortfolioForm({"factor.0.name": "Beta", "factor.0:T0001": "1.2"}, stated, lambda document: MANY)
    table = posted_tables(form).factors
    assert [cell.text for cell in table.rows[0][2]] == ["Beta"]
    assert (table.is_asked, table.is_full) == (True, True)
    kept = {**stated, "constraints": [{**STORED, "loadings": {"T0001": 1.5}}]}
    assert [cell.text for cell in stored_tables(kept, MANY).factors.rows[0][2]] == ["Beta"]
    assert not stored_tables(stated, MANY[:150]).factors.is_full


def test_emptied_columns_stay_while_the_last_is_typed_in(analyst, portfolio) -> None:
    texts = {f"factor.{number}.name": "" for number in range(3)} | {"factor.3.name": "Beta"}
    form = PortfolioForm(texts, portfolio.document, lambda document: MANY[:150])
    assert [cell.text for cell in posted_tables(form).factors.rows[0][2]] == ["", "", "", "Beta"]


def test_a_factor_without_a_column_is_relaxed_all_the_same(analyst, portfolio) -> None:
    rules = [{**STORED, "name": name, "upper": 0.5} for name in ("Beta", "Value")]
    stated = {**portfolio.document, "constraints": rules}
    assert not stored_tables(stated, MANY).factors.is_asked
    form = PortfolioForm({"repair": '{"factor.upper:Value": "0.75"}'}, stated, lambda document: ASSETS)
    assert form.problems == []
    assert [(rule["name"], rule["upper"]) for rule in form.document["constraints"]] == [("Beta", 0.5), ("Value", 0.75)]


def test_a_text_that_is_too_long_is_refused_and_never_cut_off(analyst, portfolio) -> None:
    lines = "\n".join(f"T{number:06} 0 to 5 %" for number in range(40_000))
    form = PortfolioForm({"bounds.by_asset": lines}, portfolio.document)
    (problem,) = form.problems
    assert (problem.field, problem.message) == ("bounds.by_asset", "It has more than 500,000 characters.")
    assert form.texts()["bounds.by_asset"] == lines
    fits = "\n".join(f"T{number:06} 0 to 5 %" for number in range(20_000))
    form = PortfolioForm({"bounds.by_asset": fits}, portfolio.document)
    assert len(form.document["bounds"]["by_asset"]) == 20_000


def test_a_page_of_a_set_with_dots_in_its_tickers_has_an_id_for_each(page, analyst, portfolio) -> None:
    names = make_set(analyst, name="Dots", tickers={"BRK.B": "", "BRK-B": "", "BRK_B": ""})
    restate(portfolio, prices={"set": names.pk}, benchmark=None, current={})
    text = text_of(page.get(url_of(portfolio)))
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    assert len({key_of("budget", name) for name in ("BRK.B", "BRK-B", "BRK_B", "BRK B")}) == 4


SHARES = st.dictionaries(st.sampled_from(ASSETS), st.floats(0.001, 1.0), min_size=5, max_size=5)


@settings(max_examples=100)
@given(SHARES)
def test_any_shares_survive_their_table_to_the_last_bit(shares) -> None:
    texts = {f"{budgets.PREFIX}{name}": text for name, text in budgets.texts_of(shares, ASSETS).items()}
    problems: list[Any] = []
    assert budgets.read_budgets(texts, shares, ASSETS, problems) == shares
    assert problems == []


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(["name", "lower", "upper", *ASSETS]), st.text(max_size=20), max_size=8))
def test_any_text_in_a_column_is_read_or_named(texts) -> None:
    column = exposures.Column(
        3,
        texts.get("name", ""),
        {end: texts.get(end, "") for end in exposures.ENDS},
        {asset: texts.get(asset, "") for asset in ASSETS},
    )
    problems: list[Any] = []
    rules = [rule for _, rule in exposures.read_rules([column], [], problems)]
    assert all(problem.field.startswith("factor.3") for problem in problems)
    base = {"prices": {"set": 1}, "objective": "min_variance"}
    try:
        parse_portfolio({**base, "constraints": rules})
    except InvalidInput as refused:
        assert all(problem.field.startswith("constraints.0") for problem in refused.problems)
