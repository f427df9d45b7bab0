"""What a series is made of: the rollups of a level and, from its watermark on, what they will be made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import FloatField, Func, OuterRef, Q, QuerySet, Subquery

from performance.metrics import Category, Metric
from performance.models import Level, Rollup, RollupTrack, SamplerLease
from performance.retention import RAW, kept_since
from performance.rollups.packing import FILLING
from performance.rollups.services import floored
from performance.rollups.sources import moment
from performance.timerange import Window

MOST_ROWS = 3000
USUAL_INTERVAL = 30
KNOWN, LEAST, MEAN, GREATEST = range(4)

Floats = npt.NDArray[np.float64]


class Epoch(Func):
    """Seconds since 1970, to the millisecond: a fraction of the time that three thousand datetimes take."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "((julianday(%(expressions)s) - 2440587.5) * 86400.0)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"
        return self.as_sql(compiler, connection, template=template, **context)


@dataclass(frozen=True)
class Rows:
    """In order of time. ``parts[row, metric]`` is known, least, mean, greatest; ``widths`` seconds to the next row.

    ``lasts`` is how long each row tells of: the seconds of its level, none for a sample.
    """

    times: Floats
    widths: Floats
    lasts: Floats
    parts: Floats


@dataclass(frozen=True)
class Stock:
    """What there is of a category and host: its tracks by level, and how often it is sampled."""

    category: Category
    host: str
    tracks: Mapping[int, RollupTrack]
    interval: int

    def level_for(self, window: Window, now: datetime, most: int) -> int:
        """The finest level that still holds the window in at most so many rows, else the coarsest."""
        for level in (RAW, *Level.values):
            since = kept_since(level, now)
            rows = window.span.total_seconds() / (level or self.interval)
            if rows <= most and (since is None or window.start >= since):
                return level
        return Level.DAY

    def rows(self, window: Window, metrics: Sequence[Metric], level: int) -> Rows:
        """The rows of a level; from its watermark on those of the finer ones, and the samples after the last."""
        which, begin, end = self.split(window, level)
        parts = [rolled_up(which, metrics, self)] if which else []
        if begin <= end:
            parts.append(sampled(self, begin, end, metrics))
        return together(parts, len(metrics))

    def split(self, window: Window, level: int) -> tuple[Q, float, float]:
        """Which rollups tell of the window, and from when to when the samples do; past its end: not at all."""
        begin, end = window.start.timestamp(), window.end.timestamp()
        begin = floored(begin, level) if level else begin
        which = Q()
        for finer in sorted((known for known in self.tracks if known <= level), reverse=True):
            track = self.tracks[finer]
            if begin <= end and begin < track.until:
                which |= Q(track=track, start__gte=begin, start__lt=track.until, start__lte=end)
                begin = track.until
        return which, begin, end


def stock(category: Category, host: str) -> Stock:
    interval = SamplerLease.objects.filter(host=OuterRef("host")).values("interval")
    tracks = RollupTrack.objects.filter(category=category.name, host=host).annotate(interval=Subquery(interval))
    found: dict[int, RollupTrack] = {int(track.level): track for track in tracks}
    known = [track.interval for track in tracks if track.interval]
    return Stock(category, host, found, known[0] if known else USUAL_INTERVAL)


def rolled_up(which: Q, metrics: Sequence[Metric], there: Stock) -> Rows:
    """Each row's track says at which place a column is; one written before a column came ends before it."""
    levels = {track.pk: track for track in there.tracks.values()}
    found = packed(which)
    return together([unpacked(levels[pk], rows, metrics) for pk, rows in found.items()], len(metrics))


def packed(which: Q) -> dict[int, list[tuple[int, bytes]]]:
    """Start and figures of these rollups, by track."""
    found: dict[int, list[tuple[int, bytes]]] = {}
    for pk, start, figures in Rollup.objects.filter(which).values_list("track", "start", "figures"):
        found.setdefault(pk, []).append((start, bytes(figures)))
    return found


def unpacked(track: RollupTrack, rows: list[tuple[int, bytes]], metrics: Sequence[Metric]) -> Rows:
    filling = FILLING * len(track.columns)
    joined = b"".join(figures + filling[len(figures) :] for _, figures in rows)
    columns = np.frombuffer(joined, "<f4").reshape(len(rows), len(track.columns), 4)
    place = {column: at for at, column in enumerate(track.columns)}
    parts = np.full((len(rows), len(metrics), 4), np.nan)
    for index, metric in enumerate(metrics):
        if all(source in place for source in metric.sources):
            parts[:, index] = of(metric, columns[:, [place[source] for source in metric.sources]].astype(float))
    times = np.array([start for start, _ in rows], float)
    lasts = np.full(len(rows), float(track.level))
    return Rows(times, lasts, lasts, parts)


def of(metric: Metric, columns: Floats) -> Floats:
    """A metric of several columns: the mean of a sum is the sum of the means; its least and greatest are bounds."""
    if len(metric.sources) == 1:
        return columns[:, 0]
    parts: Floats = columns.sum(axis=1)
    parts[:, KNOWN] = columns[:, :, KNOWN].min(axis=1)
    return parts


def sampled(there: Stock, begin: float, end: float, metrics: Sequence[Metric]) -> Rows:
    """The samples themselves: each the least, the mean and the greatest of one."""
    columns = columns_of(metrics)
    query = samples_of(there, begin, end).order_by("taken_at")
    return in_parts(list(query.values_list(Epoch("taken_at"), "interval", *columns)), metrics)


def columns_of(metrics: Sequence[Metric]) -> list[str]:
    """What has to be read for these metrics."""
    return list(dict.fromkeys(column for metric in metrics for column in metric.sources))


def samples_of(there: Stock, begin: float, end: float) -> QuerySet[Any]:
    return there.category.model._default_manager.filter(
        host=there.host, taken_at__gte=moment(begin), taken_at__lte=moment(end)
    )


def in_parts(rows: Sequence[Sequence[Any]], metrics: Sequence[Metric]) -> Rows:
    """Rows of time, interval and the metrics' columns."""
    columns = columns_of(metrics)
    cells = np.array(rows, float).reshape(len(rows), 2 + len(columns))
    places = [[2 + columns.index(source) for source in metric.sources] for metric in metrics]
    values = np.stack([cells[:, place].sum(axis=1) for place in places], axis=1)
    parts = np.repeat(values[:, :, None], 4, axis=2)
    parts[:, :, KNOWN] = np.isfinite(values)
    return Rows(cells[:, 0], cells[:, 1], np.zeros(len(rows)), parts)


def together(parts: Sequence[Rows], width: int) -> Rows:
    """Several in order of time."""
    if not parts:
        return Rows(np.empty(0), np.empty(0), np.empty(0), np.empty((0, width, 4)))
    times, widths, lasts, values = (
        np.concatenate([getattr(rows, name) for rows in parts]) for name in ("times", "widths", "lasts", "parts")
    )
    order = np.argsort(times, kind="stable")
    return Rows(times[order], widths[order], lasts[order], values[order])
