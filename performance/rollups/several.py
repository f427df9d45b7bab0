"""Several series at once: what would take a few queries each takes three altogether, or one where samples suffice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import FloatField, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast

from performance.metrics import Category, Metric
from performance.models import RollupTrack
from performance.rollups.reading import (
    MOST_ROWS,
    Epoch,
    Rows,
    Stock,
    columns_of,
    in_parts,
    packed,
    samples_of,
    together,
    unpacked,
)
from performance.series import POINTS, Series, drawn
from performance.timerange import Window

NOTHING = Cast(Value(None), FloatField())


@dataclass(frozen=True)
class Ask:
    """A series of a host that samples every *interval* seconds. Of one category and host at most one may be old."""

    category: Category
    host: str
    window: Window
    metrics: tuple[Metric, ...]
    interval: int
    points: int = POINTS


def histories(asks: Sequence[Ask], now: datetime) -> list[Series]:
    """Each what ``performance.series.history`` would give."""
    levels = [level_of(ask, now) for ask in asks]
    tracks = tracks_of([ask for ask, level in zip(asks, levels, strict=True) if level])
    stocks = [Stock(a.category, a.host, tracks.get((a.category.name, a.host), {}), a.interval) for a in asks]
    pieces = [there.split(ask.window, level) for there, ask, level in zip(stocks, asks, levels, strict=True)]
    rolled = rolled_up([which for which, _, _ in pieces])
    samples = sampled([(stocks[i], b, e, asks[i].metrics) for i, (_, b, e) in enumerate(pieces)])
    found = []
    for ask, there, level, taken in zip(asks, stocks, levels, samples, strict=True):
        old = [unpacked(t, rolled[t.pk], ask.metrics) for t in there.tracks.values() if level and t.pk in rolled]
        rows = together([*old, taken], len(ask.metrics))
        found.append(drawn(there, ask.window, ask.metrics, rows, level=level, points=ask.points))
    return found


def level_of(ask: Ask, now: datetime) -> int:
    there = Stock(ask.category, ask.host, {}, ask.interval)
    return there.level_for(ask.window, now, max(MOST_ROWS, ask.points))


def tracks_of(asks: Sequence[Ask]) -> dict[tuple[str, str], dict[int, RollupTrack]]:
    """The tracks of these categories and hosts, by level."""
    found: dict[tuple[str, str], dict[int, RollupTrack]] = {}
    which = Q()
    for ask in asks:
        which |= Q(category=ask.category.name, host=ask.host)
    for track in RollupTrack.objects.filter(which) if which else ():
        found.setdefault((track.category, track.host), {})[int(track.level)] = track
    return found


def rolled_up(whiches: Sequence[Q]) -> Mapping[int, list[tuple[int, bytes]]]:
    """The rollups of all, by track."""
    every = Q()
    for which in whiches:
        every |= which
    return packed(every) if every else {}


Stretch = tuple[Stock, float, float, tuple[Metric, ...]]


def sampled(stretches: Sequence[Stretch]) -> list[Rows]:
    """The samples of all stretches in one statement; each row says which one it is of."""
    width = max((len(columns_of(metrics)) for _, _, _, metrics in stretches), default=0)
    arms = [arm(at, stretch, width) for at, stretch in enumerate(stretches) if stretch[1] <= stretch[2]]
    rows: list[list[Sequence[Any]]] = [[] for _ in stretches]
    if arms:
        for at, *cells in arms[0].union(*arms[1:], all=True):
            rows[at].append(cells)
    return [
        in_parts([cells[: 2 + len(columns_of(metrics))] for cells in sorted(taken, key=first)], metrics)
        for taken, (_, _, _, metrics) in zip(rows, stretches, strict=True)
    ]


def first(cells: Sequence[Any]) -> Any:
    return cells[0]


def arm(at: int, stretch: Stretch, width: int) -> QuerySet[Any, Any]:
    """One stretch with as many columns as the widest: a union takes no less."""
    there, begin, end, metrics = stretch
    columns = columns_of(metrics)
    padding = [NOTHING] * (width - len(columns))
    number = Value(at, output_field=IntegerField())
    return samples_of(there, begin, end).values_list(number, Epoch("taken_at"), "interval", *columns, *padding)
