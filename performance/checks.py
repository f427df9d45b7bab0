"""What each part of the platform says about itself. Database errors pass through: status turns them into Down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from performance.cache.line import Away
from performance.cache.registry import current_store
from performance.cache.tiered import Tiered
from performance.metrics import SYSTEM
from performance.models import SystemSample
from performance.selectors import in_service, latest_samples, sampling_since, trouble_since
from performance.units import PERCENT, clock, lasting, shown
from performance.words import Part, Word
from tasks import selectors as task_selectors

STARTING = timedelta(seconds=20)
FRESH = 3  # A sample is fresh for so many intervals.
NO_SAMPLES = "no samples yet, start manage.py sample_metrics"


def fresh(sample: SystemSample, now: datetime) -> bool:
    return (now - sample.taken_at).total_seconds() <= FRESH * sample.interval


def hosts(now: datetime) -> list[Part]:
    """The sampler and the measured figures of every host in service."""
    samples = in_service(latest_samples())
    if not samples:
        return [Part("sampler", Word.UNKNOWN, NO_SAMPLES)]
    several = len(samples) > 1
    return [part for sample in samples for part in host(sample, now, several)]


def host(sample: SystemSample, now: datetime, several: bool) -> list[Part]:
    """One host's parts; without a fresh sample only that its sampler is silent, since nothing else is known."""
    where = f" on {sample.host}" if several else ""
    if not fresh(sample, now):
        since = f"since {clock(sample.taken_at, now)} ({lasting(now - sample.taken_at)})"
        return [Part("sampler", Word.UNKNOWN, f"sampler silent{where} {since}", sample.taken_at, sample.host)]
    parts = [Part("sampler", Word.HEALTHY, f"samples{where} every {sample.interval} s", None, sample.host)]
    for metric in SYSTEM.metrics:
        if metric.threshold is None:
            continue
        value = getattr(sample, metric.name)
        name, label = metric.noun, metric.noun + where
        if value is None:
            parts.append(Part(name, Word.UNKNOWN, f"{label} can't be read", None, sample.host))
        elif troubled_at := trouble_since(sample, metric):
            limit = shown(metric.threshold, PERCENT, digits=0)
            clause = f"{label} at {shown(value, PERCENT, digits=0)} (limit {limit})"
            parts.append(Part(name, Word.DEGRADED, clause, troubled_at, sample.host))
        else:
            clause = f"{label} {shown(value, PERCENT, digits=0)}"
            parts.append(Part(name, Word.HEALTHY, clause, None, sample.host))
    return parts


def cache() -> list[Part]:
    """The shared tier where there is one; the memory of the process cannot fail."""
    store = current_store()
    if not isinstance(store, Tiered):
        return [Part("cache", Word.HEALTHY, "each process caches for itself, without Redis")]
    try:
        store.ask(store.shared.redis.ping)
    except Away:
        since = store.breaker.opened_at
        lost = datetime.fromtimestamp(since, UTC) if since else None
        sentence = "Redis does not answer, everything works without the shared cache"
        return [Part("cache", Word.DEGRADED, sentence, lost)]
    return [Part("cache", Word.HEALTHY, "Redis answers")]


def workers(now: datetime) -> list[Part]:
    """Whether anybody is there to run jobs."""
    present = task_selectors.workers().count()
    if present:
        return [Part("workers", Word.HEALTHY, f"{present} {'worker' if present == 1 else 'workers'} ready")]
    if starting(now):
        return [Part("workers", Word.UNKNOWN, "the workers are starting")]
    waiting = task_selectors.waiting_since()
    wait = f" and a job waits since {clock(waiting, now)}" if waiting else ""
    return [Part("workers", Word.DEGRADED, f"no worker runs{wait}, start manage.py run_worker", waiting)]


def starting(now: datetime) -> bool:
    """Whether the platform was started so lately that the workers may still be loading.

    The sampler is started with them and is there first. It is never called healthy: a worker that does not come is
    told when the time is over.
    """
    since = sampling_since()
    return since is not None and abs(now - since) < STARTING
