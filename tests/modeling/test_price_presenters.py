"""What pages of prices draw and say, without a page: lines, marks, sentences, the set's word, clusters."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from modeling.engines.prices.panel import Panel
from modeling.presenters.line_chart import HEIGHT, WIDTH, Mark, line_chart
from modeling.presenters.price_imports import frequency_of
from modeling.presenters.price_reports import correlations_of, written
from modeling.prices.cleaning_rules import DEFAULTS, checked_rules, words_of
from modeling.prices.reports import correlation_report, quality_report
from valor.lib.errors import InvalidInput

DAYS = np.arange(19_000, 19_200, dtype=np.int32)


def walk(seed: int) -> np.ndarray:
    return 50 * np.cumprod(1 + np.random.default_rng(seed).normal(0.0005, 0.01, len(DAYS)))


def points_of(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path)]


def test_a_line_spans_the_drawing_and_parts_where_nothing_is_known() -> None:
    chart = line_chart("Price", [0, 1, 2, 3, 10], [1.0, 3.0, math.nan, 2.0, 1.0], write=str)
    assert chart is not None
    assert chart.path.count("M") == 2
    points = points_of(chart.path)
    assert [x for x, _ in points] == [0, 100, 300, WIDTH]
    assert points[1][1] < points[2][1] < points[0][1] <= HEIGHT
    assert line_chart("Price", [0], [1.0], write=str) is None
    assert line_chart("Price", [0, 1], [math.nan, 1.0], write=str) is None


def test_a_long_line_is_thinned_without_losing_a_peak() -> None:
    values = np.ones(20_000)
    values[7_777] = 9.0
    chart = line_chart("Price", list(range(20_000)), values.tolist(), write=str)
    assert chart is not None
    points = points_of(chart.path)
    assert len(points) <= 1_010
    x, y = min(points, key=lambda point: point[1])
    assert x == pytest.approx(WIDTH * 7_777 / 19_999, abs=0.1)
    assert y < HEIGHT / 10


def test_marks_are_wide_enough_to_be_seen_and_those_beyond_are_left_out() -> None:
    marks = [Mark(5, 5, "here"), Mark(9, 20, "to the end"), Mark(30, 31, "later")]
    chart = line_chart("Price", list(range(11)), [float(n) for n in range(11)], write=str, marks=marks)
    assert chart is not None
    assert [(span.words, span.x, span.width) for span in chart.spans] == [
        ("here", "500.0", "3.0"),
        ("to the end", "900.0", "100.0"),
    ]


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
