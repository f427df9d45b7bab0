"""Reads of samples and of who takes them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from performance.lease import started_at, this_host
from performance.metrics import Metric
from performance.models import SamplerLease, SystemSample
from valor.lib.errors import InvalidInput

RETIRED = timedelta(days=1)
LOOK_BACK = timedelta(days=1)


def latest_samples() -> list[SystemSample]:
    """The last sample of every host, by name."""
    last = SystemSample.objects.filter(host=OuterRef("host")).order_by("-taken_at").values("pk")[:1]
    leases = SamplerLease.objects.annotate(last=Subquery(last)).values("last")
    return list(SystemSample.objects.filter(pk__in=leases).order_by("host"))


def in_service(samples: list[SystemSample]) -> list[SystemSample]:
    """Without the hosts that have been silent a day longer than the others: those were taken out of service."""
    newest = max((sample.taken_at for sample in samples), default=None)
    return [sample for sample in samples if newest is None or newest - sample.taken_at <= RETIRED]


def sampling_since() -> datetime | None:
    """When the latest sampler at work was started: with it the whole platform, as a rule. None where none is."""
    holders = SamplerLease.objects.exclude(holder="").values_list("holder", flat=True)
    return max((started for started in map(started_at, holders) if started), default=None)


def choose_host(asked: str, samples: list[SystemSample]) -> str:
    """The host asked for; without one, this machine if it is sampled, else the first that is."""
    names = [sample.host for sample in samples]
    if asked and asked not in names:
        known = ", ".join(names) or "none yet"
        raise InvalidInput.at("host", asked, "No samples of such a host are stored.", f"Sampled hosts: {known}.")
    here = this_host()
    return asked or (here if here in names else next(iter(names), here))


def trouble_since(sample: SystemSample, metric: Metric) -> datetime | None:
    """Since when the metric has been above its threshold for longer than it may; None while all is well."""
    if not metric.exceeded(getattr(sample, metric.name)):
        return None
    since = above_since(sample, metric)
    return since if sample.taken_at - since >= metric.patience else None


def above_since(sample: SystemSample, metric: Metric) -> datetime:
    """Since when the metric has been above its threshold without a break, as far back as a day."""
    column = metric.name
    start = sample.taken_at - LOOK_BACK
    recent = SystemSample.objects.filter(host=sample.host, taken_at__gt=start, taken_at__lte=sample.taken_at)
    fine = recent.filter(**{f"{column}__lte": metric.threshold}).order_by("-taken_at").values("taken_at")[:1]
    above = recent.filter(taken_at__gt=Coalesce(Subquery(fine), start), **{f"{column}__gt": metric.threshold})
    return above.order_by("taken_at").values_list("taken_at", flat=True).first() or sample.taken_at
