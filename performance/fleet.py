"""What the whole fleet counted: processes at work, and what those left behind that are no more. Exact to the last one.

A process writes cumulative figures into its row, so that a write may be repeated. The sampler folds the rows of
processes that ended or fell silent into the totals of their role:

1. It takes a row by a conditional write that names the version it has read (``updated_at``): of two sweepers one gets
   it, and none gets a row that its process has just written again. In the same transaction it adds the figures.
2. The row of a process that ended is deleted. That of a silent one is marked as folded and kept for a day with the
   figures that were added: it may only have been asleep.
3. A process whose row was folded finds that its write changes nothing. It takes the row back, and what was added with
   it off the totals, in one transaction. If the row is gone as well, it goes on in a new row with what it has
   counted since the figures it last wrote.
4. Readers ask for rows and totals in one statement, which sees the state before or after a fold and never between.
5. The totals of a role have no more series than a process may have (performance.room). What has no room is added under
   labels that it shares, and kept so in a row that is only marked: just that is taken off again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, F, Value

from performance.models import FleetTotal, ProcessReading
from performance.room import fitted
from performance.totals import Totals

NAME = "instruments"
KEEP = timedelta(minutes=10)
REMEMBER = timedelta(days=1)
BATCH = 50

Readings = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """A process that has a row, or (without a host and a time) all of a role that are no more."""

    role: str
    host: str
    started_at: datetime | None
    updated_at: datetime | None
    ended_at: datetime | None
    readings: Readings

    @property
    def totals(self) -> Totals:
        return totals_of(self.readings)


def totals_of(readings: Readings) -> Totals:
    return Totals.from_json(readings.get(NAME, {}))


def members() -> Iterator[Member]:
    """All whose figures together are those of the fleet."""
    columns = "role", "host", "started_at", "updated_at", "ended_at", "readings"
    rows = ProcessReading.objects.filter(folded_at=None).values_list(*columns)
    never = Value(None, output_field=DateTimeField())
    gone = FleetTotal.objects.values_list("role", Value(""), never, never, never, "readings")
    for row in rows.union(gone, all=True):
        yield Member(*row)


def totals() -> Totals:
    """What the fleet has counted."""
    return together(members())


def together(everyone: Iterable[Member]) -> Totals:
    """The sum, role by role as it is folded: what has found no room there yet is told where it will be."""
    by_role: dict[str, Totals] = {}
    for member in sorted(everyone, key=age):
        sums = by_role.setdefault(member.role, Totals())
        sums.merge(fitted(member.totals, sums))
    everything = Totals()
    for sums in by_role.values():
        everything.merge(sums)
    return everything


def age(member: Member) -> float:
    """Those that are no more first, then the oldest: an order that stays."""
    return member.started_at.timestamp() if member.started_at else 0.0


def fold(now: datetime, keep: timedelta = KEEP) -> int:
    """Folds some rows that ended or fell silent longer ago than *keep*; how many."""
    old = ProcessReading.objects.filter(folded_at=None, updated_at__lt=now - keep).order_by("role", "pk")
    found = list(old[:BATCH])
    if found:  # Nearly always there is none: then nobody waits for SQLite's one writer.
        found = folded(found, now)
    forgotten = ProcessReading.objects.filter(folded_at__lt=now - REMEMBER)
    if forgotten.exists():
        forgotten.delete()
    return len(found)


@transaction.atomic
def folded(rows: list[ProcessReading], now: datetime) -> list[ProcessReading]:
    """Those of the rows that this sweeper got, added to the totals of their roles."""
    taken = [row for row in rows if take(row, now)]
    for role in dict.fromkeys(row.role for row in taken):
        add(role, [row for row in taken if row.role == role])
    return taken


def take(row: ProcessReading, now: datetime) -> bool:
    """Whether this sweeper, and with this version of the row, is the one to fold it."""
    version = ProcessReading.objects.filter(pk=row.pk, updated_at=row.updated_at, folded_at=None)
    return bool(version.delete()[0] if row.ended_at else version.update(folded_at=now))


def add(role: str, rows: list[ProcessReading]) -> None:
    total = locked(role)
    sums = totals_of(total.readings)
    for row in rows:
        told = totals_of(row.readings)
        added = fitted(told, sums)
        sums.merge(added)
        if added is not told and row.ended_at is None:
            readings = {**row.readings, NAME: {**row.readings[NAME], **added.as_json()}}
            ProcessReading.objects.filter(pk=row.pk).update(readings=readings)
    total.processes += len(rows)
    total.readings = {NAME: sums.as_json()}
    total.save(update_fields=["processes", "readings"])


def take_back(row: ProcessReading, values: dict[str, Any]) -> bool:
    """Writes *values* into a folded row, which from then on counts by itself again; False where it is not folded."""
    if row.folded_at is None:
        return False
    with transaction.atomic():
        # While it is folded nobody writes its readings: they are those that were added.
        folded = ProcessReading.objects.filter(pk=row.pk, folded_at=row.folded_at)
        if not folded.update(folded_at=None, **values):
            return False
        total = locked(row.role)
        total.readings = {NAME: totals_of(total.readings).minus(totals_of(row.readings)).as_json()}
        total.processes = F("processes") - 1
        total.save(update_fields=["processes", "readings"])
    return True


def locked(role: str) -> FleetTotal:
    FleetTotal.objects.get_or_create(role=role)
    return FleetTotal.objects.select_for_update().get(role=role)


def without(readings: Readings, counted: Readings) -> Readings:
    """The readings, less what had been counted before."""
    if NAME not in readings or NAME not in counted:
        return readings
    since = totals_of(readings).minus(totals_of(counted)).as_json()
    return {**readings, NAME: {**readings[NAME], **since}}
