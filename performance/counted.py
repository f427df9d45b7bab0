"""Publishes what this process counted: its instruments, its requests and jobs, and all its statements together."""

from __future__ import annotations

from performance import instruments, scope, work
from performance.database import timing
from performance.histogram import merged
from performance.reporter import Publisher, Readings, Role, register
from performance.totals import Counted, Kind, Totals

NAME = "instruments"
STATEMENTS = "statements"


def collect() -> Totals:
    totals = instruments.collect()
    totals.work = work.collect()
    if number := work.folded():
        totals.folded["work"] = number
    tallies = timing.tallies().values()
    if tallies:
        errors = sum(tally.errors for tally in tallies)
        totals.values[Kind.SECONDS, STATEMENTS, ()] = Counted(merged(tally.times for tally in tallies), errors)
    return totals


def publish(role: Role) -> Readings:
    return {**collect().as_json(), "in_flight": scope.busy()}


register(Publisher(NAME, publish))
