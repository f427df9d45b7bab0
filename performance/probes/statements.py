"""The statements of the product's processes since the sample before: how many, how fast, and which took most time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from performance.counted import STATEMENTS
from performance.database.publishing import NAME
from performance.differences import Look, Step, Steps, grown
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
        self.steps = Steps[Told]()

    def read(self, now: float) -> Reading:
        seen = self.look.at(now)
        step = self.steps.to(seen, {row.pk: told_by(row, seen.totals[row.pk]) for row in seen.rows}, now)
        if step is None:
            return Reading(dict.fromkeys(COLUMNS))
        pairs = [(now.together, before.together if before else None) for now, before in step.told]
        return Reading(columns_of(grown(pairs), step.seconds), {"statements": busiest(step)[:MOST]})


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


@dataclass(frozen=True)
class Statement:
    """What a process tells of one: what it counted of it since *since*, when it met it first."""

    text: str
    since: datetime
    counted: Counted


@dataclass(frozen=True)
class Told:
    """What a process tells: of all its statements together, and of those single ones that it chose."""

    together: Totals
    single: Mapping[str, Statement]


def told_by(row: ProcessReading, totals: Totals) -> Told:
    single = row.readings.get(NAME, {}).get("statements", ())
    return Told(totals.only(STATEMENTS, SLOW), {told["fingerprint"]: statement_of(told) for told in single})


def statement_of(told: Mapping[str, Any]) -> Statement:
    counted = Counted(Histogram.from_json(told["times"]), told["errors"])
    return Statement(told["statement"], datetime.fromtimestamp(told.get("since", 0), tz=UTC), counted)


def busiest(step: Step[Told]) -> list[dict[str, Any]]:
    """Fingerprint, statement, count, errors, seconds and p95 of what ran on the way, the longest first.

    A process tells only of some. One that it ran long before it told of it counts from now on.
    """
    texts: dict[str, str] = {}
    sums: dict[str, Counted] = {}
    for now, before in step.told:
        for key, statement in now.single.items():
            last = before.single.get(key) if before else None
            if before is None or last is not None or step.is_new(statement.since):
                texts[key] = statement.text
                since = statement.counted.minus(last.counted if last else Counted())
                sums.setdefault(key, Counted()).merge(since)
    found = sorted(sums.items(), key=lambda pair: -pair[1].values.total)
    return [described(key, texts[key], counted) for key, counted in found if counted.values.buckets]


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
