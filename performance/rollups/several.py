"""Several series at once: what would take a few queries each takes three altogether, or one where samples suffice.

Of the last hours only those samples are read that came since the last ones were: see `performance.rollups.recent`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Q

from performance.metrics import Category, Metric
from performance.models import RollupTrack
from performance.models.samples import Sample
from performance.rollups.arms import COLUMNS, TIME, Arm, cells_of, columns_of
from performance.rollups.reading import MOST_ROWS, Floats, Rows, Stock, as_rows, rolled_up, together, unpacked
from performance.rollups.recent import SHORTEST, Recent, recent, start_of
from performance.series import POINTS, Series, series_of
from performance.timerange import Window


@dataclass(frozen=True)
class Ask:
    """A series of a host that samples every *interval* seconds. Of one category and host at most one may be old.

    *latest* is the last sample of both, where it is known: what is kept of its time need not be read.
    """

    category: Category
    host: str
    window: Window
    metrics: tuple[Metric, ...]
    interval: int
    points: int = POINTS
    latest: Sample | None = None


def histories(asks: Sequence[Ask], now: datetime) -> list[Series]:
    """Each what ``performance.series.history`` would give."""
    levels = [level_of(ask, now) for ask in asks]
    tracks = tracks_of([ask for ask, level in zip(asks, levels, strict=True) if level])
    stocks = [Stock(a.category, a.host, tracks.get((a.category.name, a.host), {}), a.interval) for a in asks]
    chosen = [there.chosen(ask.window, level) for there, ask, level in zip(stocks, asks, levels, strict=True)]
    rolled = packed([rollups for rollups, _ in chosen], stocks)
    samples = sampled([(ask, which) for ask, (_, which) in zip(asks, chosen, strict=True)], kept_for(asks, levels))
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


def kept_for(asks: Sequence[Ask], levels: Sequence[int]) -> Mapping[str, Recent]:
    """The last hours of each host, where they hold all that is asked; else what is asked is read, all at once."""
    latest: dict[str, list[Sample]] = {}
    for ask, level in zip(asks, levels, strict=True):
        if level or ask.latest is None or ask.interval < SHORTEST:
            return {}
        latest.setdefault(ask.host, []).append(ask.latest)
    starts = {host: start_of(samples) for host, samples in latest.items()}
    if any(ask.window.start.timestamp() < starts[ask.host] for ask in asks):
        return {}
    return {host: recent(host, start) for host, start in starts.items()}


def sampled(asked: Sequence[tuple[Ask, Q]], kept: Mapping[str, Recent]) -> list[list[Rows]]:
    """The samples of all in one statement: of what is kept those that came since."""
    arms = [arm(ask, which, kept.get(ask.host)) for ask, which in asked]
    found = []
    for (ask, _), cells in zip(asked, cells_of(arms), strict=True):
        held = kept.get(ask.host)
        whole = cells if held is None else np.vstack([held.within(ask.category, ask.metrics, ask.window), cells])
        found.append(in_parts(whole, ask.metrics))
    return found


def arm(ask: Ask, which: Q, held: Recent | None) -> Arm:
    if held is not None and ask.latest is not None:
        since = held.since(ask.category, ask.latest)
        which = which & since if since else Q()
    return Arm(ask.category, ask.metrics, which)


def in_parts(cells: Floats, metrics: Sequence[Metric]) -> list[Rows]:
    """Rows in any order; nothing where there are none."""
    columns = columns_of(metrics)
    places = [[COLUMNS - TIME + columns.index(source) for source in metric.sources] for metric in metrics]
    return [as_rows(cells[:, TIME:], places)] if len(cells) else []
