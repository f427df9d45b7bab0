"""Starting and stopping the sampling of the whole platform, and how often it samples.

A sampler that was started with an interval of its own keeps that: whoever wrote it on its command line meant this host.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from performance.models import SamplerLease, SamplingChange, SamplingState
from performance.selectors import in_service, latest_samples
from performance.units import clock
from valor.lib.errors import InvalidInput

INTERVAL = 30
SHORTEST, LONGEST = 1, 3600
TRIES = 5


@dataclass(frozen=True)
class Sampling:
    """What holds now. *by* and *since* are empty until somebody has changed anything."""

    state: SamplingState = SamplingState.RUNNING
    interval: int = INTERVAL
    by: str = ""
    since: datetime | None = None

    @property
    def paused(self) -> bool:
        return self.state == SamplingState.PAUSED

    def clause(self, now: datetime, *, by: bool = True) -> str:
        """``sampling stopped by ada since 14:03 UTC``, or ``sampling every 30 s``; *by* whom is not for everybody."""
        if self.paused and self.since:
            return f"sampling stopped{f' by {self.by}' if by else ''} since {clock(self.since, now)}"
        return f"sampling every {self.interval} s"


@dataclass(frozen=True)
class HostSampling:
    """How a host is sampled: *lag* is the seconds since its last sample, *own* that its command line says how often."""

    host: str
    interval: int
    lag: float
    own: bool


def state() -> Sampling:
    """What holds now; ``since`` is when it was stopped or started, not when its interval was changed."""
    row = SamplingChange.objects.first()
    if row is None:
        return Sampling()
    since, by = row.changed_at, row.changed_by
    if row.state == SamplingState.PAUSED:
        since, by = stopped(row)
    return Sampling(SamplingState(row.state), row.interval, by, since)


def stopped(row: SamplingChange) -> tuple[datetime, str]:
    """When and by whom it was stopped: an interval changed meanwhile starts nothing."""
    ran = SamplingChange.objects.filter(number__lt=row.number, state=SamplingState.RUNNING)
    last = ran.values_list("number", flat=True).first() or 0
    first = SamplingChange.objects.filter(number__gt=last).order_by("number")
    return first.values_list("changed_at", "changed_by").first() or (row.changed_at, row.changed_by)


def changes(most: int = 10) -> list[SamplingChange]:
    """The last changes, the newest first."""
    return list(SamplingChange.objects.all()[:most])


def pause(*, by: str) -> Sampling:
    """Every sampler stores nothing from its next look on, a second or two from now."""
    return change(by=by, state=SamplingState.PAUSED)


def resume(*, by: str) -> Sampling:
    return change(by=by, state=SamplingState.RUNNING)


def set_interval(seconds: int, *, by: str) -> Sampling:
    """How often samplers without an interval of their own sample."""
    return change(by=by, interval=seconds)


def change(*, by: str, **asked: Any) -> Sampling:
    """Sets *state*, *interval* or both at once; what is so already is no change and leaves no trace."""
    refuse_impossible(asked.get("interval", INTERVAL))
    for _ in range(TRIES):
        newest = SamplingChange.objects.first()
        number, before = (newest.number, newest) if newest else (0, None)
        held = {"state": before.state, "interval": before.interval} if before else vars(Sampling())
        wanted = {name: asked.get(name, held[name]) for name in ("state", "interval")}
        if all(held[name] == value for name, value in wanted.items()) or written(number + 1, by, wanted):
            return state()
    raise InvalidInput.at("state", None, "Others change the sampling at this very moment.", "Try again.")


def written(number: int, by: str, wanted: dict[str, Any]) -> bool:
    """False where somebody else has made a change under that number."""
    try:
        with transaction.atomic():
            SamplingChange.objects.create(number=number, changed_by=by[:200], changed_at=timezone.now(), **wanted)
    except IntegrityError:
        return False
    return True


def refuse_impossible(seconds: int) -> None:
    if not SHORTEST <= seconds <= LONGEST:
        message = "This is no interval between two samples."
        raise InvalidInput.at("interval", seconds, message, f"Choose whole seconds from {SHORTEST} to {LONGEST}.")


def hosts(now: datetime) -> list[HostSampling]:
    """Every host in service, with the lag of its sampler."""
    leases = SamplerLease.objects.in_bulk()
    found = []
    for sample in in_service(latest_samples()):
        lease = leases[sample.host]  # latest_samples tells of leased hosts only
        lag = round((now - sample.taken_at).total_seconds(), 1)
        found.append(HostSampling(sample.host, lease.interval, lag, own=lease.pinned))
    return found
