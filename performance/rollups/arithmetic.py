"""What a rollup is: the count, the least, the mean and the greatest of what is known. Pure Python, no database."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from performance.rollups.packing import GREATEST, NOTHING, Spread

Spreads = list[Spread]


def alone(value: float | None) -> Spread:
    """One reading; what is no number, or none of this world, is not known."""
    if value is None or not abs(value) <= GREATEST:
        return NOTHING
    return Spread(1.0, value, value, value)


def together(parts: Iterable[Spread]) -> Spread:
    """Several as one: the mean is weighted by the counts, so that a thin hour weighs no more than its samples."""
    known = [part for part in parts if part.known]
    if not known:
        return NOTHING
    count = sum(part.known for part in known)
    mean = math.fsum(part.known * part.mean for part in known) / count
    return Spread(count, min(part.least for part in known), mean, max(part.greatest for part in known))


def by_stretch(rows: Iterable[tuple[float, int, Spreads]], level: int) -> Mapping[int, tuple[int, Spreads]]:
    """Samples, and each column together, of every stretch that has any; rows are time, samples and columns."""
    members: dict[int, list[tuple[int, Spreads]]] = {}
    for time, samples, spreads in rows:
        members.setdefault(int(time // level) * level, []).append((samples, spreads))
    return {start: (sum(samples for samples, _ in found), columns(found)) for start, found in members.items()}


def columns(found: Sequence[tuple[int, Spreads]]) -> Spreads:
    return [together(column) for column in zip(*(spreads for _, spreads in found), strict=True)]
