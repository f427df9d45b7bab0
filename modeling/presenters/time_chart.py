"""Lines over days for the chart that `components/chart.html` holds: its figures as JSON, and the same in words."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

BUCKETS = 500
DAY = 86_400
DIGITS = 6
Range = Literal["own", "growth", "zero", "stacked"]
Value = float | None


@dataclass(frozen=True)
class Mark:
    """Something on days ``first`` to ``last`` (since 1970-01-01): a word for it, and how grave it is."""

    first: int
    last: int
    word: str
    tone: str = "quiet"

    def told(self) -> dict[str, Any]:
        until = self.last * DAY if self.last > self.first else None
        return {"at": self.first * DAY, "until": until, "kind": self.tone, "tone": self.tone, "word": self.word}


@dataclass(frozen=True)
class TimeChart:
    """``range`` is told in chart-scale.js; what is ``told_below`` stands in a table of its own on the page.

    Tall ones are those that a page is about.
    """

    slug: str
    title: str
    labels: tuple[str, ...]
    unit: str
    range: Range
    figures: str
    summary: str
    is_tall: bool = False
    told_below: bool = False

    @property
    def grows(self) -> bool:
        return self.range == "growth"


def figures_of(
    days: Sequence[int], rows: Sequence[Sequence[Value]], *, marks: Sequence[Mark] = (), source: str = ""
) -> str:
    """*rows* are values at each day, None or NaN where nothing is known; *marks* beyond the days are left out."""
    first, last = days[0], days[-1]
    drawn = sorted((mark for mark in marks if mark.last >= first and mark.first <= last), key=lambda mark: mark.first)
    figures = {
        "data": [[day * DAY for day in days], *([figure(value) for value in row] for row in rows)],
        "window": [first * DAY, max(last, first + 1) * DAY],
        "marks": [mark.told() for mark in drawn],
        "source": source,
    }
    return json.dumps(figures, separators=(",", ":"), allow_nan=False)


def figure(value: Value) -> Value:
    """With as many digits as anybody reads off a drawing."""
    if value is None or math.isnan(value):
        return None
    found = float(f"{value:.{DIGITS}g}")
    return int(found) if found.is_integer() else found


def thinned(days: Sequence[int], values: Sequence[float]) -> tuple[list[int], list[float]]:
    """Of very many points the least and the greatest of each bucket, the first and the last: no peak is lost."""
    if len(days) <= 2 * BUCKETS:
        return list(days), list(values)
    size = math.ceil(len(days) / BUCKETS)
    kept = {0, len(days) - 1}
    for start in range(0, len(days), size):
        known = [place for place in range(start, min(start + size, len(days))) if not math.isnan(values[place])]
        if not known:
            kept.add(start)
            continue
        kept |= {min(known, key=lambda place: values[place]), max(known, key=lambda place: values[place])}
    places = sorted(kept)
    return [days[place] for place in places], [values[place] for place in places]
