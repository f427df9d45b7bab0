"""The scoring of the anomaly benchmark against cases computed by hand, and its command line."""

from __future__ import annotations

import json
from math import exp

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import registry
from benchmarks.anomalies import scored, split
from benchmarks.anomaly.files import labelled
from benchmarks.anomaly.gaussian import windowed_gaussian
from benchmarks.anomaly.scoring import Labelled, at_threshold, best, worth
from benchmarks.registry import benchmark, benchmarks


def series(length: int = 100, windows=((50, 59),)) -> Labelled:
    return Labelled("one", np.arange(length, dtype=float), np.zeros(length), windows)


def marked(length: int, *points: int):
    scores = np.zeros(length)
    scores[list(points)] = 1.0
    return scores


def sigma(position: float) -> float:
    return 2 / (1 + exp(5 * position)) - 1


def score(one: Labelled, *points: int) -> float:
    return at_threshold([one], [marked(len(one.values), *points)], 1.0)


def test_nothing_said_is_nothing_earned() -> None:
    assert score(series()) == 0


def test_the_left_edge_of_a_window_earns_everything() -> None:
    assert score(series(), 50) == pytest.approx(100)


def test_later_in_the_window_earns_less() -> None:
    # At point 59 of 50 to 59 the position is -(59 - 59 + 1) / 10.
    assert score(series(), 59) == pytest.approx(100 * (sigma(-0.1) / sigma(-1) + 1) / 2)


def test_only_the_first_detection_of_a_window_counts() -> None:
    assert score(series(), 52, 55, 57) == pytest.approx(score(series(), 52))


def test_a_false_alarm_before_any_window_costs_in_full() -> None:
    assert score(series(), 30) == pytest.approx(100 * -0.11 / 2)


def test_a_false_alarm_soon_after_a_window_costs_little() -> None:
    # One point behind a window of ten: position 1 / 9.
    assert score(series(), 60) == pytest.approx(100 * 0.11 * sigma(1 / 9) / 2)
    assert -5.5 < score(series(), 62) < score(series(), 60) < 0


def test_far_behind_a_window_it_costs_in_full() -> None:
    assert score(series(), 59 + 28) == pytest.approx(100 * -0.11 / 2)


def test_the_probationary_period_counts_for_nothing() -> None:
    assert score(series(), 0, 14) == 0
    assert score(series(), 15) < 0
    assert series(10_000).probation == 750


def test_two_windows_share_the_whole() -> None:
    two = series(windows=((30, 39), (70, 79)))
    assert score(two, 70) == pytest.approx(50)
    assert score(two, 30, 70) == pytest.approx(100)


def test_a_window_begins_and_ends_where_its_labels_say() -> None:
    _, inside = worth(series())
    assert np.flatnonzero(inside == 0).tolist() == list(range(50, 60))


def test_the_best_threshold_is_common_to_all_series() -> None:
    scores = marked(100, 50) * 0.4 + marked(100, 20) * 0.9
    other = marked(100, 50) * 0.8
    found, threshold = best([series(), series()], [scores, other])
    # At 0.4 both windows are found at the cost of one false alarm.
    assert found == pytest.approx(100 * (4 - 0.11) / 4)
    assert threshold == pytest.approx(0.4)
    assert at_threshold([series(), series()], [scores, other], 0.85) == pytest.approx(100 * -0.11 / 4)


def test_a_detector_that_only_errs_is_no_worse_than_a_silent_one() -> None:
    assert best([series()], [marked(100, 20)])[0] == 0


def test_the_gaussian_baseline_knows_only_the_window_before() -> None:
    values = np.array([0.0, 2, 0, 2, 1, 9])
    found = windowed_gaussian(values)
    assert found[0] == 0
    assert found[4] == pytest.approx(0.5)  # the mean of 0, 2, 0, 2
    assert found[5] == pytest.approx(1, abs=1e-6)
    slow = windowed_gaussian(np.arange(20.0), window=4, step=5)
    assert slow[5] == slow[5 - 1 + 1] and slow[4] < slow[7] <= 1


def test_a_folder_of_series_is_read_with_its_windows(tmp_path) -> None:
    folder(tmp_path)
    (one,) = labelled(tmp_path)
    assert one.name == "kind/one.csv"
    assert one.windows == ((1, 2),)
    assert one.values.tolist() == [1.0, 2.5, 3.0]
    assert np.diff(one.times).tolist() == [300, 300]


def folder(path) -> None:
    (path / "kind").mkdir()
    rows = [("2014-04-01 00:00:00", 1), ("2014-04-01 00:05:00", 2.5), ("2014-04-01 00:10:00", 3)]
    lines = "".join(f"{at},{value}\n" for at, value in rows)
    (path / "kind" / "one.csv").write_text("timestamp,value\n" + lines)
    window = ["2014-04-01 00:05:00.000000", "2014-04-01 00:10:00.000000"]
    (path / "windows.json").write_text(json.dumps({"kind/one.csv": [window]}))


def test_half_of_the_files_choose_the_threshold_for_the_other() -> None:
    found = [marked(100, 50)] * 4
    assert split([series()] * 4, found) == pytest.approx(100)


def test_the_detector_gives_a_score_for_each_point() -> None:
    assert scored(300.0 * np.arange(10), np.arange(10.0)).tolist() == [0.0] * 10


def test_without_data_the_benchmark_says_what_is_missing(capsys) -> None:
    assert command.main(["anomalies"]) == 2
    assert "--data" in capsys.readouterr().err


def test_a_folder_without_labels_is_refused_in_words(tmp_path, capsys) -> None:
    assert command.main(["anomalies", "--data", str(tmp_path)]) == 2
    assert "windows.json" in capsys.readouterr().err


def test_all_benchmarks_skip_one_that_lacks_its_data(monkeypatch, capsys) -> None:
    monkeypatch.setattr(registry, "_declared", {"anomalies": benchmarks()["anomalies"]})

    @benchmark("counting", "counts to two")
    def measure():
        return {"one": 1}

    assert command.main(["all", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["name"] == "counting"
    assert "skipped" in said.err
