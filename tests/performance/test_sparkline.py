"""Small lines: to scale, and broken where there was nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

from performance.selectors import latest_samples
from performance.sparkline import HEIGHT, WIDTH, sparkline
from performance.summary import SPARK_POINTS, figures


def test_a_share_runs_from_zero_at_the_bottom_to_a_hundred_at_the_top():
    line = sparkline([0.0, 100.0], share=True, threshold=80.0)
    assert line.path == f"M0.0 {HEIGHT - 1:.1f}L{WIDTH:.1f} 1.0"
    assert line.threshold == round(HEIGHT - 1 - 0.8 * (HEIGHT - 2), 1)


def test_a_gap_lifts_the_pen_and_a_lonely_point_is_a_dot():
    path = sparkline([1.0, 2.0, None, 3.0, None, 2.0, 1.0], share=False).path
    assert path.count("M") == 3
    assert path.count("h0") == 1


def test_nothing_known_draws_nothing():
    assert sparkline([], share=True).path == ""
    assert sparkline([None, None], share=False).path == ""
    assert sparkline([0.0, 0.0], share=False).path.startswith(f"M0.0 {HEIGHT - 1:.1f}L")


def test_a_quarter_of_an_hour_without_samples_is_a_quarter_of_the_line(fill, now):
    # 120 samples of 30 s: the twenty minutes from the tenth to the thirtieth minute are missing.
    fill(now, timedelta(hours=1), skip=set(range(20, 60)))
    (cpu, *_) = figures("web-1", latest_samples()[0], now)
    points = [float(x) for x in re.findall(r"[ML]([\d.]+) ", cpu.spark.path)]
    jumps = [after - before for before, after in pairwise(points)]
    step = WIDTH / (SPARK_POINTS - 1)
    assert max(jumps) > 18 * step
    assert sorted(jumps)[-2] < 1.5 * step
