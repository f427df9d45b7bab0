"""Several series at once: what would take a few queries each takes three altogether, or one where samples suffice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import FloatField, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast

from performance.metrics import Category, Metric
from performance.models import RollupTrack
from performance.rollups.reading import MOST_ROWS, Epoch, Rows, Stock, as_rows, rolled_up, together, unpacked
from performance.series import POINTS, Series, series_of
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
    chosen = [there.chosen(ask.window, level) for there, ask, level in zip(stocks, asks, levels, strict=True)]
    rolled = packed([rollups for rollups, _ in chosen], stocks)
    samples = sampled([(ask, which) for ask, (_, which) in zip(asks, chosen, strict=True)])
    found = []
    for ask, there, level, taken in zip(asks, stocks, levels, samples, strict=True):
        old = [unpacked(t, rolled[t.pk], ask.metrics) for t in there.tracks.values() if level and t.pk in rolled]
        rows = together([*old, *taken], len(ask.metrics))
        found.append(series_of(there, level, rows, ask.window, ask.metrics, points=ask.points, step=0))
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


def packed(whiches: Sequence[Q], stocks: Sequence[Stock]) -> Mapping[int, list[tuple[int, bytes]]]:
    """The rollups of all, by track."""
    every = Q()
    for which in whiches:
        every |= which
    tracks = {track.pk: track for there in stocks for track in there.tracks.values()}
    return {track.pk: rows for track, rows in rolled_up(every, tracks)} if every else {}


def sampled(asked: Sequence[tuple[Ask, Q]]) -> list[list[Rows]]:
    """The samples of all in one statement; each row says which ask it is of."""
    width = max((len(columns_of(ask.metrics)) for ask, _ in asked), default=0)
    arms = [arm(at, ask, which, width) for at, (ask, which) in enumerate(asked) if which]
    rows: list[list[Sequence[Any]]] = [[] for _ in asked]
    if arms:
        for at, *cells in arms[0].union(*arms[1:], all=True):
            rows[at].append(cells)
    return [in_parts(taken, ask.metrics) for taken, (ask, _) in zip(rows, asked, strict=True)]


def arm(at: int, ask: Ask, which: Q, width: int) -> QuerySet[Any, Any]:
    """One ask with as many columns as the widest: a union takes no less."""
    columns = columns_of(ask.metrics)
    padding = [NOTHING] * (width - len(columns))
    number = Value(at, output_field=IntegerField())
    rows = ask.category.model._default_manager.filter(which)
    return rows.values_list(number, Epoch("taken_at"), "interval", *columns, *padding)


def columns_of(metrics: Sequence[Metric]) -> list[str]:
    """What has to be read for these metrics."""
    return list(dict.fromkeys(column for metric in metrics for column in metric.sources))


def in_parts(rows: Sequence[Sequence[Any]], metrics: Sequence[Metric]) -> list[Rows]:
    """Rows of time, interval, the metrics' columns and padding, in any order; nothing where there are none."""
    if not rows:
        return []
    columns = columns_of(metrics)
    places = [[2 + columns.index(source) for source in metric.sources] for metric in metrics]
    return [as_rows(np.array([cells[: 2 + len(columns)] for cells in rows], float), places)]
