"""The report on a set with known defects."""

from __future__ import annotations

import json

import numpy as np
import pytest

from modeling.engines.prices.panel import Panel
from modeling.engines.prices.quality.report import quality_of
from modeling.engines.prices.quality.rules import judged, word_of
from modeling.engines.prices.quality.twins import find_twins
from modeling.engines.prices.readable import as_json
from tests.modeling.engines.prices.panels import panel_of, random_panel

NAN = np.nan


@pytest.fixture
def defective() -> Panel:
    panel = random_panel(8, 500)
    prices = panel.prices.copy()
    prices[1, 400:] = NAN  # delisted
    prices[2, 250:] *= 0.5  # a split
    prices[3, 100:130] = NAN  # a gap
    prices[4, 50] *= 10  # a slip
    prices[5, 60:100] = prices[5, 59]  # stale
    prices[6, :300] = NAN  # listed late
    prices[7, 33] = 0.0
    return Panel(panel.days, panel.tickers, prices, ("USD",) * 7 + ("EUR",))


def test_each_defect_is_in_its_tickers_report(defective: Panel) -> None:
    report = quality_of(defective)
    clean, delisted, split, gap, slip, stale, late, zero = report.tickers
    assert (clean.score, clean.word, clean.reasons) == (100, "Good", ())
    assert (delisted.delisted, delisted.observations, delisted.score) == ("certain", 400, 90)
    assert (split.likely_splits, split.jumps, split.word) == (1, 0, "Fair")
    assert (gap.longest_gap, round(gap.missing_share, 12), gap.word) == (30, 0.06, "Fair")
    assert (slip.likely_spikes, slip.score) == (1, 95)
    assert (stale.stale_runs, stale.stale_share) == (1, 41 / 500)
    assert (late.calendar_share, late.missing_share) == (0.4, 0.0)
    assert (zero.not_positive, zero.word, zero.currency) == (1, "Poor", "EUR")


def test_the_set_is_described(defective: Panel) -> None:
    report = quality_of(defective)
    dates = defective.dates
    assert (report.first_day, report.last_day, report.days) == (dates[0], dates[-1], 500)
    assert (report.common_first, report.common_last, report.common_days) == (dates[300], dates[399], 100)
    assert (report.currencies, report.mixed) == ({"EUR": 1, "USD": 7}, True)
    assert report.coverage == pytest.approx(1 - (100 + 30 + 300 + 1) / 4000)
    assert report.words == {"Good": 4, "Fair": 3, "Poor": 1}
    assert report.worst[0] == "H"
    assert "A" not in report.worst
    kinds = {(one.ticker, one.kind) for one in report.findings}
    expected = {("B", "delisting"), ("C", "split"), ("D", "gap"), ("E", "spike"), ("F", "stale"), ("H", "not_positive")}
    assert expected <= kinds
    json.dumps(as_json(report), allow_nan=False)


def test_a_series_under_two_names_is_found() -> None:
    panel = random_panel(5, 300, gaps=0.05)
    prices = panel.prices.copy()
    prices[3] = 1.37 * prices[1]
    prices[3, 40:60] = NAN
    twins = quality_of(panel_of(prices)).twins
    assert [(one.first, one.second) for one in twins] == [("B", "D")]
    assert twins[0].correlation == pytest.approx(1.0)


def test_like_series_are_no_twins() -> None:
    random = np.random.default_rng(1)
    moves = 0.01 * random.standard_normal((1, 2_000))
    classes = moves + 0.001 * random.standard_normal((600, 2_000))
    names = tuple(map(str, range(600)))
    assert find_twins(classes, names) == []
    classes[599] = classes[300]
    assert [(one.first, one.second) for one in find_twins(classes, names)] == [("300", "599")]


def test_tickers_without_common_days_have_no_common_period() -> None:
    report = quality_of(panel_of([[1, 2, 3, NAN, NAN], [NAN, NAN, NAN, 1, 2], [NAN] * 5]))
    assert report.common_days == 0
    assert np.isnat(report.common_first)
    assert np.isnat(report.tickers[2].first_day)
    assert report.tickers[2].word == "Poor"


@pytest.mark.parametrize("panel", [random_panel(3, 5).only([]), random_panel(2, 1), random_panel(2, 5).between(0, 1)])
def test_sets_with_next_to_nothing_have_a_report(panel: Panel) -> None:
    json.dumps(as_json(quality_of(panel)), allow_nan=False)


def test_words_follow_the_score() -> None:
    assert [word_of(score) for score in (100, 85, 84, 60, 59, 0)] == ["Good", "Good", "Fair", "Fair", "Poor", "Poor"]


def test_points_are_lost_up_to_their_limits() -> None:
    sound = {
        "not_positive": 0,
        "observations": 500,
        "missing_share": 0.0,
        "longest_gap": 0,
        "stale_share": 0.0,
        "likely_splits": 0,
        "likely_spikes": 0,
        "delisted": "",
        "calendar_share": 1.0,
    }
    assert judged(sound) == (100, ())
    assert judged(sound | {"missing_share": 0.02}) == (94, ("2.0 % missing between its first and last day (-6)",))
    assert judged(sound | {"missing_share": 0.9})[0] == 70
    assert judged(sound | {"likely_splits": 9, "likely_spikes": 9})[0] == 10
    assert judged(sound | {"not_positive": 3, "observations": 3, "longest_gap": 99})[0] == 0
