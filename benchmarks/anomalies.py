"""The detector of anomalies as a stream over labelled series, and over ordinary load.

Figures:

nab_standard
    The score of the Numenta Anomaly Benchmark, profile *standard*, at the threshold that suits these files best, as
    that benchmark documents: 0 for a detector that says nothing, 100 for a perfect one.
nab_fixed
    The same at the threshold the product ships with.
baseline
    That of a windowed Gaussian at the threshold that suits it best.
split
    The threshold chosen on one half of the files, scored on the other: the mean over random halves.
false_alarms
    How often the detector alarms at the shipped threshold, per series and day of simulated ordinary load, after two
    weeks of it. ``false_alarms_worst`` is that of the kind of series with most.
point_us
    Microseconds of processor time for a value.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.anomaly.files import labelled
from benchmarks.anomaly.gaussian import windowed_gaussian
from benchmarks.anomaly.ordinary import DAY, ordinary
from benchmarks.anomaly.scoring import Floats, Labelled, at_threshold, best
from benchmarks.registry import Figures, benchmark
from performance.analysis.anomalies import REFRACTORY, THRESHOLD, Detector

HALVES, WEEKS, SETTLED, EACH = 50, 6, 2, 10


def scored(times: Floats, values: Floats) -> Floats:
    """The detector's scores, one value after the other."""
    detector = Detector()
    return np.array([detector.feed(at, value).score for at, value in zip(times.tolist(), values.tolist(), strict=True)])


def split(series: Sequence[Labelled], scores: Sequence[Floats]) -> float:
    """Half of the files choose the threshold, the other half is scored at it."""
    random = np.random.default_rng(5)
    found = []
    for _ in range(HALVES):
        order = random.permutation(len(series)).tolist()
        chosen, judged = order[: len(order) // 2], order[len(order) // 2 :]
        threshold = best([series[i] for i in chosen], [scores[i] for i in chosen])[1]
        found.append(at_threshold([series[i] for i in judged], [scores[i] for i in judged], threshold))
    return float(np.mean(found))


def alarms(times: Floats, scores: Floats) -> int:
    """Alarms after the first weeks; what comes within the refractory period of one belongs to it."""
    count, last = 0, -float("inf")
    for at in times[scores >= THRESHOLD].tolist():
        if at - last > REFRACTORY:
            count += at >= SETTLED * 7 * DAY
            last = at
    return count


def false_alarms() -> dict[str, float]:
    """Per series and day, by kind of series."""
    found: dict[str, list[int]] = {}
    for kind, times, values in ordinary(seed=5, days=7 * WEEKS, each=EACH):
        found.setdefault(kind, []).append(alarms(times, scored(times, values)))
    return {kind: float(np.mean(counts)) / (7 * (WEEKS - SETTLED)) for kind, counts in found.items()}


@benchmark(
    "anomalies",
    "the detector of anomalies over labelled series (--data DIR), as the Numenta benchmark scores",
    needs={"data": "a folder with windows.json and the labelled series it names"},
)
def measure(data: Path) -> Figures:
    series = labelled(data)
    began = time.process_time()
    scores = [scored(one.times, one.values) for one in series]
    spent = time.process_time() - began
    rates = false_alarms()
    return {
        "nab_standard": best(series, scores)[0],
        "nab_fixed": at_threshold(series, scores, THRESHOLD),
        "baseline": best(series, [windowed_gaussian(one.values) for one in series])[0],
        "split": split(series, scores),
        "threshold": THRESHOLD,
        "threshold_best": best(series, scores)[1],
        "false_alarms": float(np.mean(list(rates.values()))),
        "false_alarms_worst": max(rates.values()),
        "point_us": 1e6 * spent / sum(len(one.values) for one in series),
    }
