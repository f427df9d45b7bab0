"""What each part of the platform says about itself. Database errors pass through: status turns them into Down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from performance import sampling
from performance.cache.line import Away
from performance.cache.registry import current_store
from performance.cache.tiered import Tiered
from performance.metrics import DATABASE, SYSTEM, Metric
from performance.models import DatabaseSample, SystemSample
from performance.models.samples import Sample
from performance.selectors import in_service, latest_of, latest_samples, sampling_since, trouble_since
from performance.units import PERCENT, clock, lasting, shown
from performance.words import Part, Word
from tasks import selectors as task_selectors

STARTING = timedelta(seconds=20)
FRESH = 3  # A sample is fresh for so many intervals.
NO_SAMPLES = "no samples yet, start manage.py sample_metrics"


def fresh(sample: Sample, now: datetime) -> bool:
    return (now - sample.taken_at).total_seconds() <= FRESH * sample.interval


def hosts(now: datetime) -> list[Part]:
    """The sampler and the measured figures of every host in service; nothing is known while sampling is stopped."""
    held = sampling.state()
    if held.paused:
        return [Part("sampler", Word.UNKNOWN, held.clause(now), held.since)]
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
    return parts + [limited(sample, metric, where) for metric in SYSTEM.metrics if metric.threshold is not None]


def limited(sample: Sample, metric: Metric, where: str) -> Part:
    """A figure of the sample that has a limit."""
    value = getattr(sample, metric.name)
    label = metric.noun + where
    if value is None:
        return Part(metric.noun, Word.UNKNOWN, f"{label} can't be read", None, sample.host)
    share = shown(value, PERCENT, digits=0)
    if troubled_at := trouble_since(sample, metric):
        limit = shown(metric.threshold, PERCENT, digits=0)
        return Part(metric.noun, Word.DEGRADED, f"{label} at {share} (limit {limit})", troubled_at, sample.host)
    return Part(metric.noun, Word.HEALTHY, f"{label} {share}", None, sample.host)


def databases(now: datetime) -> list[Part]:
    """What is wrong with the database as each host last saw it; a database that just works says nothing here."""
    samples = [sample for sample in in_service(latest_of(DatabaseSample)) if fresh(sample, now)]
    where = {sample.host: f" on {sample.host}" if len(samples) > 1 else "" for sample in samples}
    worst = DATABASE.by_name["worst_percent"]
    parts = [limited(sample, worst, where[sample.host]) for sample in samples if sample.worst_percent is not None]
    parts += [damaged(sample) for sample in samples if sample.sound is False]
    return [part for part in parts if part.word is not Word.HEALTHY]


def damaged(sample: DatabaseSample) -> Part:
    clause = f"the database file on {sample.host} is damaged, restore a backup"
    return Part("integrity", Word.DEGRADED, clause, sample.checked_at, sample.host)


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
