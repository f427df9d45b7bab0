"""Telling the platform that a host is gone for good, so that nobody waits for its samples any longer.

A host that falls silent is missed for a day, then it counts as taken out of service. Who retires it says so at once.
It comes back by itself with its next sample; a host that is sampled can't be retired.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from performance.alerts import moves
from performance.alerts.choices import AlertState
from performance.alerts.models import Alert
from performance.models import Retirement, SamplerLease, SystemSample
from valor.lib.errors import Conflict, InvalidInput

LONGEST = 100  # characters of a host's name


@transaction.atomic
def retire(*, host: str, by: Any) -> Retirement:
    """Takes a silent host out of service and closes its alerts.

    Raises
    ------
    InvalidInput
        Where no such host was ever sampled.
    Conflict
        Where its sampler is at work, or where it is retired already.
    """
    last, now = last_sample_of(host), timezone.now()
    free = Q(holder="") | Q(expires_at__lte=now)
    # The lease's row is the lock: of two who retire a host at once the second finds it done.
    if not SamplerLease.objects.filter(free, host=host).update(holder="", expires_at=now):
        raise Conflict(f"{host} is sampled: end its sampler first, else it is back with the next sample.")
    if standing(host, last).exists():
        raise Conflict(f"{host} is retired already.")
    made = Retirement.objects.create(host=host, last_sample_at=last, retired_at=now, retired_by=by)
    for alert in Alert.objects.filter(host=host).exclude(state=AlertState.RESOLVED):
        moves.close(alert, now, "Its host was retired.", by)
    return made


def restore(*, host: str, by: Any) -> None:
    """Takes a retirement back: the host is missed again until it is sampled."""
    if not standing(host, last_sample_of(host)).update(undone_at=timezone.now(), undone_by=by):
        raise Conflict(f"{host} is not retired: load the page again.")


def standing(host: str, last: datetime) -> Any:
    """The host's retirements that hold."""
    return Retirement.objects.filter(host=host, undone_at=None, last_sample_at__gte=last)


def last_sample_of(host: str) -> datetime:
    samples = SystemSample.objects.filter(host=host) if "\0" not in host else SystemSample.objects.none()
    last = samples.order_by("-taken_at").values_list("taken_at", flat=True).first()
    if last is None:
        remedy = "Choose one of the list of hosts."
        raise InvalidInput.at("host", host[:LONGEST], "No such host was ever sampled.", remedy)
    return last
