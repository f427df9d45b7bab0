"""Gaps, delistings, impossible prices, calendars, currencies, rows given twice, and the policy over all."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.engines.errors import EngineError
from modeling.engines.prices.cleaning import gaps
from modeling.engines.prices.cleaning.calendars import calendar_findings, joined, on_calendar
from modeling.engines.prices.cleaning.clean import clean
from modeling.engines.prices.cleaning.currencies import converted
from modeling.engines.prices.cleaning.duplicates import gathered
from modeling.engines.prices.cleaning.impossible import drop_impossible
from modeling.engines.prices.cleaning.policy import CleaningPolicy
from modeling.engines.prices.errors import ConflictingPrices, MixedCurrencies, NotPositive, OutOfStep, TooFewPrices
from modeling.engines.prices.panel import Panel
from modeling.engines.prices.readable import as_json
from tests.modeling.engines.prices.panels import panel_of, random_panel

NAN = np.nan


def test_gaps_lie_between_first_and_last_price() -> None:
    panel = panel_of([[NAN, 1, NAN, NAN, 2, NAN], [NAN] * 6])
    assert gaps.find_gaps(panel) == [gaps.Gap(0, 2, 3)]


def test_filling_carries_the_price_before_up_to_its_limit_and_never_beyond_the_last() -> None:
    panel = panel_of([[NAN, 1, NAN, NAN, NAN, 2, NAN, 3, NAN]])
    done = gaps.fill_gaps(panel, 2)
    np.testing.assert_array_equal(done.panel.prices, [[NAN, 1, 1, 1, NAN, 2, 2, 3, NAN]])
    assert [(one.changed, one.evidence["gap"]) for one in done.repairs] == [(2, 3), (1, 1)]
    [finding] = done.findings
    assert finding.evidence == {"days": 4, "gaps": 2, "longest": 3}
    assert np.isnan(panel.prices).sum() == 6


@given(st.integers(1, 8), st.integers(0, 10_000))
def test_filling_is_that_of_pandas_between_first_and_last(limit: int, seed: int) -> None:
    import pandas as pd

    panel = random_panel(2, 40, gaps=0.6, seed=seed)
    done = gaps.fill_gaps(panel, limit)
    frame = pd.DataFrame(panel.prices.T)
    expected = frame.ffill(limit=limit).where(frame.bfill().notna())
    np.testing.assert_array_equal(done.panel.prices, expected.T)


def test_a_long_gap_is_a_finding_of_its_own_and_sure_where_others_have_prices() -> None:
    prices = random_panel(4, 50).prices
    prices[0, 10:20] = NAN
    prices[1, 10:15] = NAN
    prices[2:, 12:14] = NAN
    found = gaps.gap_findings(panel_of(prices), gaps.find_gaps(panel_of(prices)))
    assert [one.evidence["days"] for one in found] == [10, 5, 2, 2]
    assert found[0].confidence == round((30 - 5 - 2 * 2) / 30, 2)


@pytest.mark.parametrize(("missing", "word"), [(9, ""), (10, "suspected"), (59, "suspected"), (60, "certain")])
def test_a_ticker_that_ends_early_is_delisted(missing: int, word: str) -> None:
    panel = random_panel(3, 200)
    panel.prices[1, 200 - missing :] = NAN
    found = gaps.find_delistings(panel)
    assert [(one.ticker, one.word) for one in found] == ([("B", word)] if word else [])
    kept = gaps.drop_delisted(panel)
    assert kept.panel.tickers == (("A", "C") if word == "certain" else ("A", "B", "C"))
    assert len(kept.repairs) == (word == "certain")


def test_a_last_price_near_nothing_makes_a_delisting_surer() -> None:
    panel = random_panel(2, 200)
    panel.prices[:, 180:] = NAN
    panel.prices[1, 179] = 0.01
    whole, fallen = gaps.find_delistings(Panel(panel.days, panel.tickers, panel.prices))
    assert fallen.confidence > whole.confidence


def test_sparse_tickers_and_days_are_dropped_by_share() -> None:
    panel = panel_of([[1, 2, 3, NAN], [NAN, NAN, 1, NAN], [1, 2, 3, 4]])
    done = gaps.drop_sparse_tickers(panel, 0.5)
    assert done.panel.tickers == ("A", "C")
    assert [(one.ticker, one.changed) for one in done.repairs] == [("B", 1)]
    done = gaps.drop_sparse_days(panel, 0.5)
    np.testing.assert_array_equal(done.panel.days, panel.days[:3])
    assert [(one.first_day, one.changed) for one in done.repairs] == [(panel.dates[3], 1)]


def test_impossible_prices_are_refused_or_dropped_with_a_record() -> None:
    panel = panel_of([[1, 0, 2, -1], [1, 1, np.inf, 1]])
    with pytest.raises(NotPositive) as refused:
        clean(panel)
    assert len(refused.value.problems) == 3
    done = drop_impossible(panel)
    np.testing.assert_array_equal(done.panel.prices, [[1, NAN, 2, NAN], [1, 1, NAN, 1]])
    assert [(one.ticker, one.changed) for one in done.repairs] == [("A", 2), ("B", 1)]
    assert len(done.findings) == 3
    json.dumps(as_json(done.findings), allow_nan=False)


def test_calendars_are_joined_intersected_or_taken_from_a_ticker() -> None:
    one = Panel(np.array([1, 2, 4], np.int32), ("A",), np.array([[1.0, 2, 4]]), ("USD",))
    two = Panel(np.array([2, 3, 4], np.int32), ("B",), np.array([[20.0, 30, 40]]), ("EUR",))
    both = joined([one, two])
    np.testing.assert_array_equal(both.days, [1, 2, 3, 4])
    np.testing.assert_array_equal(both.prices, [[1, 2, NAN, 4], [NAN, 20, 30, 40]])
    assert both.currencies == ("USD", "EUR")
    assert on_calendar(both, "union").repairs == ()
    common = on_calendar(both, "intersection")
    np.testing.assert_array_equal(common.panel.days, [2, 4])
    assert common.repairs[0].changed == 2
    np.testing.assert_array_equal(on_calendar(both, "B").panel.days, [2, 3, 4])
    with pytest.raises(EngineError, match="in two sets"):
        joined([one, one])
    with pytest.raises(EngineError, match="no prices of X"):
        on_calendar(both, "X")
    with pytest.raises(TooFewPrices, match="No day is left"):
        on_calendar(panel_of([[1, NAN], [NAN, 1]]), "intersection")


def test_a_weekly_ticker_among_daily_ones_has_another_calendar() -> None:
    panel = random_panel(3, 100)
    panel.prices[1, np.arange(100) % 5 > 0] = NAN
    [finding] = calendar_findings(panel)
    assert finding.ticker == "B"
    assert "another calendar" in finding.message


def test_prices_are_converted_and_missing_rates_are_told() -> None:
    panel = panel_of([[1, 2, 3], [1, 2, NAN], [5, 5, 5]], currencies=("EUR", "EUR", "USD"))
    done = converted(panel, "USD", {"EUR": [1.5, NAN, 2.0]})
    np.testing.assert_array_equal(done.panel.prices, [[1.5, NAN, 6], [1.5, NAN, NAN], [5, 5, 5]])
    assert done.panel.currencies == ("USD",) * 3
    assert [(one.ticker, one.evidence["prices"]) for one in done.findings] == [("A", 1), ("B", 1)]
    assert [(one.ticker, one.changed) for one in done.repairs] == [("A", 2), ("B", 1)]


def test_mixed_currencies_are_refused_unless_converted() -> None:
    panel = panel_of([[1, 2, 3], [1, 2, 4]], currencies=("EUR", "USD"))
    with pytest.raises(MixedCurrencies) as refused:
        clean(panel)
    assert refused.value.problems[0].value == "EUR, USD"
    done = clean(panel, CleaningPolicy(currency="USD", rates={"EUR": [2, 2, 2]}))
    np.testing.assert_array_equal(done.panel.prices, [[2, 4, 6], [1, 2, 4]])


@pytest.mark.parametrize("rates", [{}, {"EUR": [1, 2]}, {"EUR": [1, -2, 3]}, {"EUR": [1, 0, 3]}])
def test_rates_that_can_not_be_used_are_refused(rates: dict) -> None:
    with pytest.raises(OutOfStep, match="rates"):
        converted(panel_of([[1, 2, 3]], currencies=("EUR",)), "USD", rates)


def test_unknown_currencies_can_not_be_converted() -> None:
    with pytest.raises(OutOfStep, match="not known"):
        converted(panel_of([[1, 2, 3]]), "USD", {})


ROWS = (["B", "A", "B", "A", "B", "A"], [5, 4, 5, 5, 5, 4], [1.0, 2.0, 1.0, NAN, 4.0, 2.0])


@pytest.mark.parametrize(("rule", "price"), [("first", 1.0), ("last", 4.0), ("mean", 2.0)])
def test_rows_become_a_panel_and_a_rule_decides_conflicts(rule: str, price: float) -> None:
    done = gathered(*ROWS, duplicates=rule, currencies={"A": "USD", "B": "EUR"})
    assert done.panel.tickers == ("B", "A")
    assert done.panel.currencies == ("EUR", "USD")
    np.testing.assert_array_equal(done.panel.days, [4, 5])
    np.testing.assert_array_equal(done.panel.prices, [[NAN, price], [2, NAN]])
    assert [(one.ticker, one.evidence["same"], one.evidence["rows"]) for one in done.findings] == [
        ("B", False, 3),
        ("A", True, 2),
    ]
    assert [(one.ticker, one.changed) for one in done.repairs] == [("B", 2), ("A", 1)]


def test_first_and_last_go_by_the_order_of_many_rows() -> None:
    random = np.random.default_rng(1)
    days, prices = random.integers(0, 20, 3_000), random.uniform(1, 2, 3_000)
    for rule, order in (("first", slice(None, None, -1)), ("last", slice(None))):
        expected = dict(zip(days[order].tolist(), prices[order].tolist(), strict=True))
        panel = gathered(["A"] * 3_000, days, prices, duplicates=rule).panel
        assert panel.prices[0].tolist() == [expected[day] for day in range(20)]


def test_conflicting_rows_are_refused_by_default_and_equal_ones_are_not() -> None:
    with pytest.raises(ConflictingPrices) as refused:
        gathered(*ROWS)
    [problem] = refused.value.problems
    assert problem.value == "1, 1, 4"
    assert "B on 1970-01-06" in problem.message
    done = gathered(["A", "A"], [4, 4], [2.0, 2.0])
    assert done.findings[0].evidence["same"]
    assert done.panel.prices.tolist() == [[2.0]]


def test_rows_that_do_not_fit_and_unknown_rules_are_refused() -> None:
    with pytest.raises(OutOfStep):
        gathered(["A"], [1, 2], [1.0])
    with pytest.raises(EngineError, match="duplicates"):
        gathered(["A"], [1], [1.0], duplicates="best")
    assert gathered([], [], []).panel.prices.shape == (0, 0)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 9), st.integers(1, 5)), max_size=60))
def test_gathering_is_that_of_pandas(rows) -> None:
    import pandas as pd

    tickers, days, prices = zip(*rows, strict=True) if rows else ((), (), ())
    panel = gathered(tickers, days, prices, duplicates="mean").panel
    if rows:
        frame = pd.DataFrame({"ticker": tickers, "day": days, "price": prices})
        table = frame.pivot_table(index="ticker", columns="day", values="price", aggfunc="mean")
        np.testing.assert_allclose(panel.prices, table.loc[list(panel.tickers)].to_numpy())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"splits": "fix"}, "splits"),
        ({"gaps": "drop"}, "gaps"),
        ({"split_confidence": 2.0}, "split_confidence"),
        ({"most_missing_of_day": -0.1}, "most_missing_of_day"),
        ({"stale_days": 1}, "stale_days"),
        ({"fill_days": 0}, "fill_days"),
    ],
)
def test_bad_rules_are_refused(change: dict, field: str) -> None:
    with pytest.raises(EngineError) as refused:
        CleaningPolicy(**change)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_all_rules_together() -> None:
    panel = random_panel(6, 300, gaps=0.05)
    panel.prices[1, 100] = 0.0
    panel.prices[2, 200:] = NAN
    panel.prices[3, 20:] = NAN
    panel.prices[:5, 50] = NAN
    policy = CleaningPolicy(
        not_positive="drop",
        delistings="drop",
        gaps="fill",
        most_missing_of_ticker=0.5,
        most_missing_of_day=0.5,
        calendar="A",
    )
    done = clean(panel, policy)
    assert done.panel.tickers == ("A", "B", "E", "F")
    assert not np.isnan(done.panel.prices[:, 5:-5]).any()
    json.dumps([as_json(done.findings), as_json(done.repairs)], allow_nan=False)


@pytest.mark.parametrize("shape", [(0, 5), (3, 1), (3, 2)])
def test_small_panels_pass(shape: tuple[int, int]) -> None:
    panel = random_panel(3, 5).only([]) if not shape[0] else random_panel(*shape)
    assert clean(panel).panel.prices.shape[0] == shape[0]
