"""What a track is made from: the samples themselves, or the rollups of the next finer level."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

from django.db import models

from performance.metrics import CATEGORIES
from performance.models import Level, Rollup, RollupTrack
from performance.models.samples import Sample
from performance.retention import RAW
from performance.rollups.arithmetic import Spreads, alone
from performance.rollups.packing import NOTHING, unpacked

Row = tuple[float, int, Spreads]  # time, how many samples, what is known of each column
FINER = {coarse: fine for fine, coarse in pairwise([RAW, *Level.values])}


@cache
def numeric_columns(model: type[Sample]) -> tuple[str, ...]:
    """Every number that a sample measures; its interval is none."""
    return tuple(f.name for f in model._meta.concrete_fields if numeric(f) and f.name != "interval")


def numeric(field: models.Field) -> bool:
    kind = getattr(field, "output_field", field)
    return isinstance(kind, models.FloatField | models.IntegerField) and not field.primary_key


class Source(ABC):
    """Rows of *columns*, by time."""

    level: int
    columns: tuple[str, ...]

    @abstractmethod
    def complete(self, closed: int) -> int:
        """Up to when it has everything, latecomers aside, where the samples do up to *closed*."""

    @abstractmethod
    def rows(self, begin: int, end: int) -> Iterable[Row]: ...

    @abstractmethod
    def first(self, begin: int) -> float | None:
        """The time of the first row from *begin* on."""


class Samples(Source):
    level = RAW

    def __init__(self, track: RollupTrack) -> None:
        self.model = CATEGORIES[track.category].model
        self.columns = numeric_columns(self.model)
        self.query = self.model._default_manager.filter(host=track.host).order_by("taken_at")

    def complete(self, closed: int) -> int:
        return closed

    def rows(self, begin: int, end: int) -> Iterable[Row]:
        over = self.query.filter(taken_at__gte=moment(begin), taken_at__lt=moment(end))
        for taken_at, *values in over.values_list("taken_at", *self.columns):
            yield taken_at.timestamp(), 1, [alone(value) for value in values]

    def first(self, begin: int) -> float | None:
        found = self.query.filter(taken_at__gte=moment(begin)).values_list("taken_at", flat=True).first()
        return found.timestamp() if found else None


class Finer(Source):
    def __init__(self, track: RollupTrack, finer: RollupTrack) -> None:
        self.level = finer.level
        self.track = finer
        self.columns = tuple(finer.columns)
        self.query = Rollup.objects.filter(track=finer).order_by("start")

    def complete(self, closed: int) -> int:
        return self.track.until

    def rows(self, begin: int, end: int) -> Iterable[Row]:
        over = self.query.filter(start__gte=begin, start__lt=end)
        for start, samples, figures in over.values_list("start", "samples", "figures"):
            spreads = unpacked(figures)
            yield start, samples, spreads + [NOTHING] * (len(self.columns) - len(spreads))

    def first(self, begin: int) -> float | None:
        return self.query.filter(start__gte=begin).values_list("start", flat=True).first()


def source_of(track: RollupTrack) -> Source:
    finer = FINER[track.level]
    if finer == RAW:
        return Samples(track)
    return Finer(track, RollupTrack.objects.get(category=track.category, host=track.host, level=finer))


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
