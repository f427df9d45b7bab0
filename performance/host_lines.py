"""The last hour of every host's main figures, in one query: a small line for each, minute by minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import Avg, Max
from django.db.models.functions import Floor

from performance.cache import cached
from performance.models import SystemSample
from performance.series import mean

PERIOD = timedelta(hours=1)
WIDTH = 60  # Seconds of a bin.
BINS = int(PERIOD.total_seconds()) // WIDTH
COLUMNS = ("cpu_percent", "memory_percent", "disk_percent")
KEPT_SECONDS = 20

Values = list[float | None]
Lines = Mapping[str, Values]


def minute(moment: datetime) -> int:
    return int(moment.timestamp()) // WIDTH


def lines_of(hosts: Sequence[str], now: datetime) -> dict[str, Lines]:
    """By host and column. A minute without a sample is a gap, unless the host is sampled more seldom."""
    return read(tuple(sorted(hosts)), minute(now)) if hosts else {}


@cached(ttl=KEPT_SECONDS, namespace="charts")
def read(hosts: tuple[str, ...], until: int) -> dict[str, Lines]:
    from performance.rollups.reading import Epoch  # NumPy, which a process loads with its first chart

    first = until - BINS + 1
    since = datetime.fromtimestamp(first * WIDTH, UTC)
    taken = SystemSample.objects.filter(host__in=hosts, taken_at__gte=since)
    bins = taken.annotate(bin=Floor(Epoch("taken_at") / WIDTH))
    means = bins.order_by().values("host", "bin").annotate(*(Avg(name) for name in COLUMNS), every=Max("interval"))
    found: dict[str, dict[int, tuple[int, Sequence[float | None]]]] = {}
    for host, at, every, *values in means.values_list("host", "bin", "every", *(f"{name}__avg" for name in COLUMNS)):
        found.setdefault(host, {})[int(at) - first] = every, values
    return {host: lines(rows) for host, rows in found.items()}


def lines(rows: Mapping[int, tuple[int, Sequence[float | None]]]) -> dict[str, Values]:
    """Bins as wide as two intervals where these are longer than a minute."""
    wide = max(1, -(-2 * max(every for every, _ in rows.values()) // WIDTH))
    starts = range(0, BINS, wide)
    return {name: [mean(within(rows, at, wide, place)) for at in starts] for place, name in enumerate(COLUMNS)}


def within(rows: Mapping[int, tuple[int, Sequence[float | None]]], start: int, wide: int, place: int) -> Values:
    return [rows[at][1][place] for at in range(start, start + wide) if at in rows]
