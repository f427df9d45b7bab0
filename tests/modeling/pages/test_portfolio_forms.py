"""A portfolio document as texts and back: nothing is lost on the way, and every line that can't be read is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.codecs.portfolio import dump_portfolio, parse_portfolio
from modeling.forms.portfolio import lines, views
from modeling.forms.portfolio.estimators import estimators
from modeling.forms.portfolio.first import upper_for
from modeling.forms.portfolio.form import PortfolioForm, all_fields, place_of, texts_of
from modeling.forms.portfolio.lines import UnreadableLine

FULL: dict[str, Any] = {
    "name": "Full",
    "prices": {"set": 7, "tickers": ["AAA", "BBB", "CCC"], "from": "2020-01-01", "frequency": "weekly"},
    "estimators": {
        "mean": {"method": "ewma", "half_life": 26.123456789},
        "covariance": {"method": "factor", "factors": 2},
    },
    "risk_free": 0.0123456789,
    "bounds": {"lower": -0.1, "upper": 1 / 3, "by_asset": {"AAA": {"upper": 1 / 7}}},
    "constraints": [
        {"kind": "group", "name": "Big banks", "members": ["AAA", "BBB"], "lower": 0.1, "upper": 2 / 3},
        {"kind": "group", "name": "Oil", "upper": 0.5},
        {"kind": "turnover", "limit": 0.3},
        {"kind": "tracking_error", "limit": 0.05, "benchmark": {"AAA": 1.0}},
        {"kind": "leverage", "gross": 1.2},
        {"kind": "cardinality", "most": 2},
        {"kind": "minimum_position", "size": 0.02},
        {"kind": "factor", "name": "Beta", "upper": 1.1, "loadings": {"AAA": 1.3}},
    ],
    "current": {"AAA": 1 / 3, "BBB": 2 / 3},
    "benchmark": "MKT",
    "factors": ["F1", "F2"],
    "costs": {"buy": 0.001, "sell": 0.002, "holding": 2},
    "views": {
        "market_weights": {"AAA": 0.6, "BBB": 0.4},
        "tau": 0.04,
        "views": [
            {"kind": "absolute", "asset": "AAA", "return": 0.08123456789, "confidence": 0.5},
            {
                "kind": "relative",
                "long": {"AAA": 2 / 3, "BBB": 1 / 3},
                "short": "CCC",
                "return": 0.02,
                "variance": 0.003,
            },
            {"kind": "absolute", "asset": "BBB", "return": 0.03, "source": "a friend"},
            {"kind": "valuation", "asset": "CCC", "valuation": 3, "run": 2, "horizon": 3.0, "price": 12.5},
        ],
    },
    "objective": {"method": "target_return", "return": 0.0712345678, "budgets": {"AAA": 0.5}},
}


@pytest.fixture
def full() -> dict[str, Any]:
    return dump_portfolio(parse_portfolio(FULL))


def canonical(form: PortfolioForm) -> dict[str, Any]:
    assert form.problems == []
    return dump_portfolio(parse_portfolio(form.document))


def test_a_document_survives_its_form_to_the_last_bit(full) -> None:
    assert canonical(PortfolioForm(texts_of(full), full)) == full


def test_an_empty_post_changes_nothing(full) -> None:
    assert canonical(PortfolioForm({}, full)) == full


def test_what_is_typed_again_means_the_same(full) -> None:
    """The texts alone, read against a document that knows none of these values, agree to the digits that are shown."""
    bare = dump_portfolio(parse_portfolio({"prices": {"set": 1}, "objective": "min_variance"}))
    read = canonical(PortfolioForm(texts_of(full), bare))
    assert read["bounds"]["upper"] == pytest.approx(1 / 3, rel=1e-5)
    assert [rule["kind"] for rule in read["constraints"]] == [rule["kind"] for rule in full["constraints"][:-1]]
    assert read["constraints"][0]["members"] == ["AAA", "BBB"]
    first, basket, _, simulated = read["views"]["views"]
    assert first["confidence"] == 0.5
    assert basket["long"] == pytest.approx({"AAA": 2 / 3, "BBB": 1 / 3}, rel=1e-5)
    assert basket["variance"] == pytest.approx(0.003, rel=1e-5)
    assert simulated == full["views"]["views"][3]
    assert read["estimators"]["covariance"] == {"method": "factor", "factors": 2, "missing": "common"}


def test_another_estimator_takes_its_own_parameters_alone(full) -> None:
    read = canonical(PortfolioForm({"estimators.mean.method": "james_stein"}, full))
    assert read["estimators"]["mean"]["method"] == "james_stein"
    assert "half_life" not in read["estimators"]["mean"]


def test_every_parameter_of_every_estimator_has_an_input() -> None:
    paths = {field.path for field in estimators().fields}
    assert {"estimators.mean.market_premium", "estimators.covariance.detone", "estimators.mean.span"} <= paths
    assert len({field.key for field in all_fields().values()}) == len(all_fields())


def test_views_are_left_out_where_nothing_is_said(full) -> None:
    assert PortfolioForm({"views.views": "", "views.market_weights": ""}, full).document["views"] is None
    market = PortfolioForm({"views.views": "", "views.market_weights": "", "objective.method": "black_litterman"}, full)
    assert market.document["views"] is not None


@pytest.mark.parametrize(
    "line, view",
    [
        ("AAPL 8 % confidence 50 %", {"kind": "absolute", "asset": "AAPL", "return": 0.08, "confidence": 0.5}),
        ("aapl 8", {"kind": "absolute", "asset": "aapl", "return": 0.08}),
        ("BBY over WMT 2 %", {"kind": "relative", "long": {"BBY": 1.0}, "short": {"WMT": 1.0}, "return": 0.02}),
        ("BRK.B −3.5%", {"kind": "absolute", "asset": "BRK.B", "return": -0.035}),
        (
            "0.6 A + 0.4 B over C 2 %, deviation 10 %",
            {"kind": "relative", "long": {"A": 0.6, "B": 0.4}, "short": {"C": 1.0}, "return": 0.02, "variance": 0.01},
        ),
        (
            "GOOGL from valuation 3, run 2, in 1.5 years",
            {"kind": "valuation", "asset": "GOOGL", "valuation": 3, "run": 2, "horizon": 1.5, "price": None},
        ),
    ],
)
def test_views_are_read_as_people_write_them(line, view) -> None:
    (read,) = views.read_views(line, [])
    assert {name: pytest.approx(value) if name == "variance" else value for name, value in read.items()} == view


@pytest.mark.parametrize("line", ["AAPL", "8 %", "over WMT 2 %", "AAPL up", "A over B over", "A + + B over C 2 %"])
def test_a_view_that_says_nothing_is_named_with_its_line(line) -> None:
    with pytest.raises(UnreadableLine) as refused:
        views.read_views(f"AAPL 8 %\n\n{line}", [])
    assert (refused.value.number, refused.value.line) == (3, line)


@pytest.mark.parametrize(
    "line, bounds",
    [
        ("AAPL 0 to 5 %", {"lower": 0.0, "upper": 0.05}),
        ("AAPL: up to 5%", {"upper": 0.05}),
        ("AAPL at least 2 %", {"lower": 0.02}),
        ("AAPL -5 % to 5 %", {"lower": -0.05, "upper": 0.05}),
        ("AAPL AT MOST .5", {"upper": 0.005}),
    ],
)
def test_bounds_are_read_as_people_write_them(line, bounds) -> None:
    assert lines.read_bounds(line, {}) == {"AAPL": bounds}


def test_groups_take_names_of_several_words_and_members_by_sector() -> None:
    listed, by_sector = lines.read_groups("Big banks 0 to 20 %: BAC, JPM\nOil & gas up to 10 %", [])
    assert (listed["name"], listed["members"]) == ("Big banks", ["BAC", "JPM"])
    assert (by_sector["name"], by_sector["upper"], by_sector["members"]) == ("Oil & gas", 0.1, [])


NAMES = st.from_regex(r"[A-Z]{1,5}(\.[A-Z])?", fullmatch=True)
SHARES = st.floats(-10, 10, allow_nan=False, allow_subnormal=False)


@settings(max_examples=100)
@given(st.dictionaries(NAMES, SHARES, max_size=8))
def test_any_weights_survive_their_lines(weights) -> None:
    assert lines.read_weights(lines.weights_text(weights), weights) == weights
    read = lines.read_weights(lines.weights_text(weights), {})
    assert read == pytest.approx(weights, rel=1e-5, abs=1e-13)


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_any_text_is_read_or_named(text) -> None:
    readers = (lines.read_weights, lines.read_bounds, lines.read_groups, views.read_views)
    for read in readers:
        try:
            read(text, {} if read in readers[:2] else [])
        except UnreadableLine as refused:
            assert refused.number >= 1


@pytest.mark.parametrize(
    "path, place",
    [
        ("prices.tickers.3", "prices.tickers"),
        ("tickers", "prices.tickers"),
        ("bounds.by_asset.AAA.upper", "bounds.by_asset"),
        ("constraints.1.upper", "groups"),
        ("constraints.2.limit", "turnover.limit"),
        ("constraints.turnover.limit", "turnover.limit"),
        ("constraints.Big banks.lower", "groups"),
        ("constraints.cardinality.most", "cardinality.most"),
        ("views.views.0.return", "views.views"),
        ("estimators.mean", "estimators.mean.method"),
        ("current.AAA", "current"),
        ("assets.0.mean", "document"),
    ],
)
def test_each_problem_finds_its_input(full, path, place) -> None:
    assert place_of(path, full) == place


@pytest.mark.parametrize("count", [1, 2, 5, 20, 100, 5000])
def test_the_first_bound_can_be_met(count) -> None:
    assert upper_for(count) * count >= 1.0
