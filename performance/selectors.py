"""Reads of samples and of who takes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Exists, OuterRef, Subquery

from performance.lease import started_at, this_host
from performance.models import Retirement, SamplerLease, SystemSample
from performance.models.samples import Sample
from valor.lib.errors import InvalidInput

RETIRED = timedelta(days=1)
S = TypeVar("S", bound=Sample)


def latest_samples() -> list[SystemSample]:
    """The last system sample of every host, by name."""
    return latest_of(SystemSample)


def latest_of(model: type[S]) -> list[S]:
    """The last sample of a category of every host, by name."""
    last = model._default_manager.filter(host=OuterRef("host")).order_by("-taken_at").values("pk")[:1]
    leases = SamplerLease.objects.annotate(last=Subquery(last)).values("last")
    return list(model._default_manager.filter(pk__in=leases).annotate(retired=gone()).order_by("host"))


def gone(last: str = "taken_at") -> Exists:
    """Whether a host was retired after its last sample, which *last* names."""
    return Exists(Retirement.objects.filter(host=OuterRef("host"), undone_at=None, last_sample_at__gte=OuterRef(last)))


def hosts_in_service(model: type[Sample]) -> list[str]:
    """The hosts whose last samples of a category ``in_service`` would leave, without reading those."""
    last = model._default_manager.filter(host=OuterRef("host")).order_by("-taken_at").values("taken_at")[:1]
    leases = SamplerLease.objects.annotate(last=Subquery(last)).exclude(last=None).exclude(gone("last"))
    found = dict(leases.order_by("host").values_list("host", "last"))
    newest = max(found.values(), default=None)
    return [host for host, at in found.items() if newest is None or newest - at <= RETIRED]


def last_of(model: type[S], host: str) -> S | None:
    """A host's last sample of a category, without its detail."""
    return model._default_manager.filter(host=host).defer("detail").order_by("-taken_at").first()


def in_service(samples: list[S]) -> list[S]:
    """Without the hosts that were retired, or have been silent a day longer than the others."""
    there = [sample for sample in samples if not sample.retired]
    newest = max((sample.taken_at for sample in there), default=None)
    return [sample for sample in there if newest is None or newest - sample.taken_at <= RETIRED]


def leading_host(at: datetime) -> str | None:
    """The host that judges for the platform: the first whose sampler is at work. None: none is."""
    at_work = SamplerLease.objects.filter(expires_at__gt=at).order_by("host")
    return at_work.values_list("host", flat=True).first()


def sampling_since() -> datetime | None:
    """When the latest sampler at work was started: with it the whole platform, as a rule. None where none is."""
    holders = SamplerLease.objects.exclude(holder="").values_list("holder", flat=True)
    return max((started for started in map(started_at, holders) if started), default=None)


def choose_host(asked: str, samples: Sequence[Sample]) -> str:
    """The host asked for; without one, this machine if it is sampled, else the first that is.

    This machine may be asked for before its first sample: its page stands open and waits for it.
    """
    names, here = [sample.host for sample in samples], this_host()
    if asked and asked not in (*names, here):
        known = ", ".join(names) or "none yet"
        raise InvalidInput.at("host", asked, "No samples of such a host are stored.", f"Sampled hosts: {known}.")
    return asked or (here if here in names else next(iter(names), here))
