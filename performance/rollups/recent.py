"""The samples of a host's last hours, kept: a series of them is what was read before and what came since.

A sample never changes, and most of a series is the same from one tick to the next. So all samples of a host, from two
hours before the quarter of an hour in which it was sampled last, are read once in that time and kept. Who asks
for a series meanwhile reads those with a higher number besides; nothing, where there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q

from performance.cache import cached
from performance.metrics import CATEGORIES, Category, Metric
from performance.models.samples import Sample
from performance.rollups.arms import COLUMNS, ID, TIME, Arm, cells_of, columns_of
from performance.rollups.reading import Floats
from performance.rollups.services import floored
from performance.rollups.sources import moment
from performance.timerange import Window

STRETCH = 900
REACH = 7200
SHORTEST = 10  # Samples of every few seconds are too many to be kept.
CLOSE = 0.001  # The database tells times to the millisecond.


@dataclass(frozen=True)
class Recent:
    """All samples of a host from *start* on: the cells of each category, as bytes that nobody can change."""

    start: int
    cells: tuple[bytes, ...]

    def since(self, category: Category, latest: Sample) -> Q:
        """What is to be read besides; an empty condition where the last sample is here."""
        seen = self.of(category)[:, ID].max(initial=0)
        return Q(pk__gt=int(seen)) if latest.pk > seen else Q()

    def within(self, category: Category, metrics: Sequence[Metric], window: Window) -> Floats:
        """The cells of these metrics' columns, as they would be read for them."""
        cells, columns = self.of(category), columns_of(category.metrics)
        begin, end = window.start.timestamp() - CLOSE, window.end.timestamp() + CLOSE
        inside = cells[(cells[:, TIME] >= begin) & (cells[:, TIME] <= end)]
        found: Floats = inside[:, [*range(COLUMNS), *(COLUMNS + columns.index(name) for name in columns_of(metrics))]]
        return found

    def of(self, category: Category) -> Floats:
        cells = self.cells[list(CATEGORIES).index(category.name)]
        return np.frombuffer(cells).reshape(-1, COLUMNS + len(columns_of(category.metrics)))


def start_of(latest: Sequence[Sample]) -> int:
    """From when on the samples of a host are kept, by its last ones."""
    newest = max(sample.taken_at for sample in latest)
    return floored(newest.timestamp(), STRETCH) - REACH


@cached(ttl=2 * STRETCH, namespace="series")
def recent(host: str, start: int) -> Recent:
    which = Q(host=host, taken_at__gte=moment(start))
    cells = cells_of([Arm(category, category.metrics, which) for category in CATEGORIES.values()])
    return Recent(start, tuple(rows.tobytes() for rows in cells))
