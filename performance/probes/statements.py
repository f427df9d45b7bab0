"""The statements of the product's processes since the sample before: how many, how fast, and which took most time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from performance.counted import STATEMENTS
from performance.database.publishing import NAME
from performance.differences import Grown, Look
from performance.histogram import Histogram
from performance.models import ProcessReading
from performance.probes import OfProcesses, Reading, register
from performance.totals import Counted, Kind, Totals

MOST = 10
SLOW = "slow_statements"


@register
class Statements(OfProcesses):
    category, name = "database", "statements"

    def __init__(self, look: Look | None = None) -> None:
        super().__init__(look)
        self.grown, self.told = Grown(), Told()

    def read(self, now: float) -> Reading:
        seen = self.look.at(now)
        first = self.grown.last is None
        counted = {pk: totals.only(STATEMENTS, SLOW) for pk, totals in seen.totals.items()}
        grown = self.grown.since_last(counted, now)
        statements = self.told.since_last(seen.rows) if first or grown else []
        if grown is None:
            return Reading(dict.fromkeys(COLUMNS))
        return Reading(columns_of(*grown), {"statements": statements[:MOST]})


COLUMNS = ("query_rate", "query_p50_ms", "query_p95_ms", "slow_rate", "query_error_rate")


def columns_of(grown: Totals, elapsed: float) -> dict[str, float | None]:
    counted = grown.values.get((Kind.SECONDS, STATEMENTS, ()), Counted())
    slow = sum(amount for (name, _), amount in grown.counts.items() if name == SLOW)
    return {
        "query_rate": round(counted.values.count / elapsed, 3),
        "query_p50_ms": milliseconds(counted.values, 0.5),
        "query_p95_ms": milliseconds(counted.values, 0.95),
        "slow_rate": round(60 * slow / elapsed, 3),
        "query_error_rate": round(counted.errors / elapsed, 3),
    }


def milliseconds(times: Histogram, share: float) -> float | None:
    value = times.quantile(share)
    return None if value is None else round(1000 * value, 3)


class Told:
    """Turns what each process tells of single statements into what all of them did between two looks.

    A process tells only of some; one that is missing for a while is compared with its last figures when it is back.
    """

    def __init__(self) -> None:
        self.last: dict[int, dict[str, Counted]] = {}

    def since_last(self, rows: Iterable[ProcessReading]) -> list[dict[str, Any]]:
        """Fingerprint, statement, count, errors, seconds and p95 of what ran meanwhile, the longest first."""
        texts: dict[str, str] = {}
        grown: dict[str, Counted] = {}
        before, self.last = self.last, {}
        for row in rows:
            last = self.last[row.pk] = before.get(row.pk, {})
            for told in row.readings.get(NAME, {}).get("statements", ()):
                key = told["fingerprint"]
                texts[key] = told["statement"]
                now = counted_of(told)
                grown.setdefault(key, Counted()).merge(now.minus(last.get(key, Counted())))
                last[key] = now
        found = sorted(grown.items(), key=lambda pair: -pair[1].values.total)
        return [described(key, texts[key], counted) for key, counted in found if counted.values.buckets]


def counted_of(told: Mapping[str, Any]) -> Counted:
    return Counted(Histogram.from_json(told["times"]), told["errors"])


def described(fingerprint: str, statement: str, counted: Counted) -> dict[str, Any]:
    times = counted.values
    return {
        "fingerprint": fingerprint,
        "statement": statement,
        "count": times.count,
        "errors": counted.errors,
        "seconds": round(times.total, 4),
        "p95": round(times.quantile(0.95) or 0.0, 6),
    }
