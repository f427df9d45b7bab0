"""What pages of prices draw and say, without a page: lines, marks, sentences, the set's word, clusters."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from modeling.engines.prices.panel import Panel
from modeling.presenters.price_imports import frequency_of
from modeling.presenters.price_reports import correlations_of, written
from modeling.presenters.time_chart import Mark, figures_of, thinned
from modeling.prices.cleaning_rules import DEFAULTS, checked_rules, words_of
from modeling.prices.reports import correlation_report, quality_report
from valor.lib.errors import InvalidInput

DAYS = np.arange(19_000, 19_200, dtype=np.int32)


def walk(seed: int) -> np.ndarray:
    return 50 * np.cumprod(1 + np.random.default_rng(seed).normal(0.0005, 0.01, len(DAYS)))


def test_a_figure_that_is_not_known_parts_the_line() -> None:
    figures = json.loads(figures_of([0, 1, 3], [[1.0, math.nan, 2.5], [1.23456789, None, 12_345_678.0]]))
    assert figures["data"] == [[0, 86_400, 259_200], [1, None, 2.5], [1.23457, None, 12_345_700]]
    assert figures["window"] == [0, 259_200]


def test_a_line_of_a_single_day_has_a_window() -> None:
    assert json.loads(figures_of([5], [[1.0]]))["window"] == [5 * 86_400, 6 * 86_400]


def test_a_long_line_is_thinned_without_losing_a_peak_or_its_ends() -> None:
    values = np.ones(20_000)
    values[7_777], values[9_000:9_200] = 9.0, math.nan
    days, kept = thinned(list(range(20_000)), values.tolist())
    assert len(days) <= 1_010
    assert (days[0], days[-1]) == (0, 19_999)
    assert kept[days.index(7_777)] == 9.0
    assert any(math.isnan(value) for value in kept)
    assert days == sorted(set(days))
    assert thinned([1, 2], [3.0, 4.0]) == ([1, 2], [3.0, 4.0])


def test_marks_stand_in_order_and_those_beyond_are_left_out() -> None:
    marks = [Mark(9, 20, "to the end"), Mark(5, 5, "here", "warning"), Mark(30, 31, "later")]
    told = json.loads(figures_of(list(range(11)), [[1.0] * 11], marks=marks))["marks"]
    assert [(mark["word"], mark["at"] // 86_400, mark["until"]) for mark in told] == [
        ("here", 5, None),
        ("to the end", 9, 20 * 86_400),
    ]
    assert [mark["tone"] for mark in told] == ["warning", "quiet"]


@pytest.mark.parametrize(("apart", "word"), [(1, "daily"), (3, "daily"), (7, "weekly"), (30, "monthly")])
def test_how_often_prices_come_is_told_by_the_first_dates(apart, word) -> None:
    dates = [str(np.datetime64("2024-01-01") + apart * n) for n in range(6)]
    rows = [{"date": date} for date in dates for _ in range(2)] + [{"date": None}]
    assert frequency_of({"files": [{"preview": []}, {"preview": rows}]}) == word


def test_a_set_with_a_poor_ticker_is_no_more_than_fair() -> None:
    prices = np.array([walk(n) for n in range(12)])
    panel = Panel(DAYS, tuple(f"T{n}" for n in range(12)), prices)
    assert quality_report(panel)["word"] == "Good"
    prices[3, 50] = -1.0
    report = quality_report(panel)
    assert (report["words"], report["word"]) == ({"Good": 11, "Fair": 0, "Poor": 1}, "Fair")


def test_correlation_leaves_out_what_has_none_and_names_it() -> None:
    prices = np.array([walk(1), walk(2), np.full(len(DAYS), 5.0), walk(3)])
    prices[3, 2:] = np.nan
    report = correlation_report(Panel(DAYS, ("A", "B", "STILL", "SHORT"), prices))
    assert sorted(report["tickers"]) == ["A", "B"]
    assert sorted(report["left_out"]) == ["SHORT", "STILL"]
    view = correlations_of(report)
    assert view.rows[0][2][0].is_base
    assert "Left out" in view.sentences[-1]
    few = correlation_report(Panel(DAYS, ("A", "B", "STILL", "SHORT"), prices), most=2)
    assert few["cut"] == 2
    none = correlation_report(Panel(DAYS[:1], ("A",), prices[:1, :1]))
    assert (none["tickers"], none["left_out"]) == ([], ["A"])


def test_rules_are_completed_and_told_in_words() -> None:
    assert checked_rules({}) == DEFAULTS
    told = words_of(checked_rules({"gaps": "fill", "calendar": "intersection", "most_missing_of_day": 0.5}))
    assert "Gaps are filled with the price before, at most 5 days of each" in told
    assert "Days are those on which all tickers have prices" in told
    assert "Days that lack more than 50 % of the prices are dropped" in told
    with pytest.raises(InvalidInput) as caught:
        checked_rules({"gap": 1, "stale_days": 2, "spikes": None, "most_missing_of_day": True, "rates": []})
    assert [problem.field for problem in caught.value.problems] == [
        "gap",
        "spikes",
        "most_missing_of_day",
        "stale_days",
        "rates",
    ]


def test_evidence_is_written_as_people_read_it() -> None:
    assert [written(value) for value in (True, None, 1234, 0.25, [1, 2], "x")] == [
        "yes",
        "–",
        "1,234",
        "0.25",
        "1 / 2",
        "x",
    ]


def test_rules_hold_nothing_that_a_database_refuses_and_no_endless_list() -> None:
    many = {f"{a}{b}X": {"price_set": 1, "ticker": "EURUSD"} for a in "ABCDEFGH" for b in "ABCDEFGH"}
    for given in (
        {"calendar": "\0"},
        {"currency": "\0"},
        {"rates": {"\0": {"price_set": 1, "ticker": "A"}}},
        {"rates": {"EUR": {"price_set": 1, "ticker": "A\0"}}},
        {"rates": many},
    ):
        with pytest.raises(InvalidInput) as caught:
            checked_rules(given)
        assert [problem.field for problem in caught.value.problems] == list(given)
