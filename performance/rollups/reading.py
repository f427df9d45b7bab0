"""What a series is made of: the rollups of a level and, from its watermark on, what they will be made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import FloatField, Func, OuterRef, Q, Subquery

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

    def chosen(self, window: Window, level: int) -> tuple[Q, Q]:
        """Rollups of a level, from its watermark on those of the finer ones; and the samples after the last."""
        begin, end = window.start.timestamp(), window.end.timestamp()
        begin = floored(begin, level) if level else begin
        rollups = Q()
        for finer in sorted((known for known in self.tracks if known <= level), reverse=True):
            track = self.tracks[finer]
            if begin <= end and begin < track.until:
                rollups |= Q(track=track, start__gte=begin, start__lt=track.until, start__lte=end)
                begin = track.until
        if begin > end:
            return rollups, Q()
        return rollups, Q(host=self.host, taken_at__gte=moment(begin), taken_at__lte=moment(end))


def stocks(category: Category, hosts: Sequence[str]) -> list[Stock]:
    """One for each host, also where nothing is known of it."""
    interval = SamplerLease.objects.filter(host=OuterRef("host")).values("interval")
    found: dict[str, dict[int, RollupTrack]] = {host: {} for host in hosts}
    intervals: dict[str, int] = {}
    tracks = RollupTrack.objects.filter(category=category.name, host__in=hosts)
    for track in tracks.annotate(interval=Subquery(interval)):
        found[track.host][int(track.level)] = track
        intervals[track.host] = track.interval or USUAL_INTERVAL
    return [Stock(category, host, found[host], intervals.get(host, USUAL_INTERVAL)) for host in hosts]


def rows_of(levels: Sequence[tuple[Stock, int]], window: Window, metrics: Sequence[Metric]) -> list[Rows]:
    """The rows of each stock at its level: one statement for the rollups of all, and one for their samples."""
    rollups, samples = Q(), Q()
    for there, level in levels:
        of_rollups, of_samples = there.chosen(window, level)
        rollups, samples = rollups | of_rollups, samples | of_samples
    found: dict[str, list[Rows]] = {there.host: [] for there, _ in levels}
    if rollups:
        tracks = {track.pk: track for there, _ in levels for track in there.tracks.values()}
        for track, rows in rolled_up(rollups, tracks):
            found[track.host].append(unpacked(track, rows, metrics))
    if samples:
        for host, rows_of_host in sampled(samples, levels[0][0].category, metrics):
            found[host].append(rows_of_host)
    return [together(parts, len(metrics)) for parts in found.values()]


def rolled_up(which: Q, tracks: Mapping[int, RollupTrack]) -> Iterator[tuple[RollupTrack, list[tuple[int, bytes]]]]:
    """Each row's track says at which place a column is; one written before a column came ends before it."""
    found: dict[int, list[tuple[int, bytes]]] = {}
    for pk, start, figures in Rollup.objects.filter(which).values_list("track", "start", "figures"):
        found.setdefault(pk, []).append((start, bytes(figures)))
    for pk, rows in found.items():
        yield tracks[pk], rows


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


def sampled(which: Q, category: Category, metrics: Sequence[Metric]) -> Iterator[tuple[str, Rows]]:
    """The samples themselves, by host."""
    columns = list(dict.fromkeys(column for metric in metrics for column in metric.sources))
    query = category.model._default_manager.filter(which).order_by("taken_at")
    found: dict[str, list[tuple[Any, ...]]] = {}
    for host, *cells in query.values_list("host", Epoch("taken_at"), "interval", *columns):
        found.setdefault(host, []).append(tuple(cells))
    places = [[2 + columns.index(source) for source in metric.sources] for metric in metrics]
    for host, rows in found.items():
        yield host, as_rows(np.array(rows, float), places)


def as_rows(cells: Floats, places: Sequence[Sequence[int]]) -> Rows:
    """Each sample is the least, the mean and the greatest of one."""
    values = np.stack([cells[:, place].sum(axis=1) for place in places], axis=1)
    parts = np.repeat(values[:, :, None], 4, axis=2)
    parts[:, :, KNOWN] = np.isfinite(values)
    return Rows(cells[:, 0], cells[:, 1], np.zeros(len(cells)), parts)


def together(parts: Sequence[Rows], width: int) -> Rows:
    """Several in order of time."""
    if not parts:
        return Rows(np.empty(0), np.empty(0), np.empty(0), np.empty((0, width, 4)))
    times, widths, lasts, values = (
        np.concatenate([getattr(rows, name) for rows in parts]) for name in ("times", "widths", "lasts", "parts")
    )
    order = np.argsort(times, kind="stable")
    return Rows(times[order], widths[order], lasts[order], values[order])
