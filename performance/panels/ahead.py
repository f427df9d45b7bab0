"""What is foreseen of a panel's lines beyond now, as far as a chart goes on: a quarter of its window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING

from performance.foresight import forecasts
from performance.forms import Look
from performance.panels import Panel
from performance.series import Series, Values, listed
from performance.timerange import Window
from performance.units import PERCENT

if TYPE_CHECKING:
    from performance.foresight.levels import Forecast

SHARE = 0.25
POINTS = 12
WHOLE = 100.0  # of a share
NOW = 0.02  # A window that ends so much of itself ago does not end now.


@dataclass(frozen=True)
class Ahead:
    """The future of line *of* at the times of ``later``; null beyond what is foreseen. ``now`` is where it begins."""

    of: int
    sentence: str
    now: float
    middle: Values
    low: Values
    high: Values


def later(window: Window) -> list[float]:
    """The times at which every future of a chart is told."""
    end, step = window.end.timestamp(), window.span.total_seconds() * SHARE / POINTS
    return [round(end + step * index, 3) for index in range(1, POINTS + 1)]


def foreseen(look: Look, now: datetime) -> list[Forecast]:
    """What concerns the host, where the window is long enough and ends now."""
    if not look.foresees or now - look.window.end > look.window.span * NOW:
        return []
    return [forecast for forecast in forecasts(now) if forecast.path and forecast.host in ("", look.host)]


def ahead_of(panel: type[Panel], series: Series, found: Sequence[Forecast]) -> Iterator[Ahead]:
    """The futures of the panel's lines; one that another metric tells is drawn to this one's scale."""
    for of, line in enumerate(panel.lines):
        name = panel.foreseen.get(line, line)
        for forecast in found:
            if (forecast.category, forecast.metric.name) == (panel.category.name, name):
                most = WHOLE if panel.unit() == PERCENT else inf
                yield from continued(of, series.values[line], series, forecast, scaled=name != line, most=most)


def continued(
    of: int, values: Values, series: Series, forecast: Forecast, *, scaled: bool, most: float
) -> Iterator[Ahead]:
    """From the line's last value along the forecast's path; never above *most*."""
    import numpy as np  # which most processes do without

    known = [value for value in values if value is not None]
    end, path = series.window.end.timestamp(), np.array(forecast.path)
    path = path[path[:, 0] > end]
    if not known or not len(path):
        return
    factor = known[-1] / forecast.now if scaled and forecast.now else 1.0
    times = [end, *path[:, 0]]
    lines = [
        np.interp(later(series.window), times, [known[-1], *(path[:, column] * factor)], right=np.nan)
        for column in (1, 2, 3)
    ]
    middle, low, high = (listed(line.clip(0.0, most)) for line in lines)
    yield Ahead(of, forecast.sentence, known[-1], middle, low, high)
