"""What each part of the platform says about itself. Database errors pass through: status turns them into Down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from performance.alerts.choices import MissingData
from performance.alerts.models import Alert
from performance.alerts.readings import supported, value_of
from performance.alerts.selectors import thresholds
from performance.alerts.sentences import clause, metric_of
from performance.cache.line import Away
from performance.cache.registry import current_store
from performance.cache.tiered import Tiered
from performance.glance import Glance
from performance.metrics import CATEGORIES, SYSTEM, Metric
from performance.models import DatabaseSample, SystemSample
from performance.models.samples import Sample
from performance.sampling import Sampling
from performance.selectors import in_service, sampling_since
from performance.units import PERCENT, clock, lasting, shown
from performance.words import Part, Word
from tasks import selectors as task_selectors

STARTING = timedelta(seconds=20)
FRESH = 3  # A sample is fresh for so many intervals.
NO_SAMPLES = "no samples yet, start manage.py sample_metrics"
CALM = ("cpu_percent", "memory_percent", "disk_percent")  # what a healthy host says of itself
# What a check says by itself need not be said by an alert, too.
DISK, SAMPLER, WEB = "disk", "sampler", "web"
# What a category tells of: the machines themselves are there to serve pages, their disks apart.
BELONGS = {
    "system": WEB,
    "application": WEB,
    "database": "database",
    "queries": "database",
    "cache": "cache",
    "tasks": "workers",
    "sampler": SAMPLER,
}
SAID = {("tasks", "workers"): "workers", ("cache", "breakers_open"): "cache", ("sampler", "lag"): "sampler"}


def fresh(sample: Sample, now: datetime) -> bool:
    return lately(sample.taken_at, sample.interval, now)


def lately(taken_at: datetime, interval: int, now: datetime) -> bool:
    """Whether what was taken then still tells of now."""
    return (now - taken_at).total_seconds() <= FRESH * interval


def component_of(category: str, metric: str) -> str:
    """Which component a metric tells of."""
    return DISK if metric.startswith("disk") else BELONGS.get(category, WEB)


def hosts(samples: Sequence[SystemSample], held: Sampling, now: datetime) -> list[Part]:
    """The sampler and the calm figures of every host in service; nothing is known while sampling is stopped."""
    if held.paused:
        return [Part("sampler", Word.UNKNOWN, held.clause(now), held.since, component=SAMPLER)]
    if not samples:
        return [Part("sampler", Word.UNKNOWN, NO_SAMPLES, component=SAMPLER)]
    several = len(samples) > 1
    return [part for sample in samples for part in host(sample, now, several)]


def host(sample: SystemSample, now: datetime, several: bool) -> list[Part]:
    """One host's parts; without a fresh sample only that its sampler is silent, since nothing else is known."""
    where = f" on {sample.host}" if several else ""
    sampler = sampled(sample.host, sample.taken_at, sample.interval, now, several=several)
    if sampler.word is Word.UNKNOWN:
        return [sampler]
    known = [SYSTEM.by_name[name] for name in CALM if getattr(sample, name) is not None]
    return [sampler, *(measured(sample, metric, where) for metric in known)]


def sampled(host: str, taken_at: datetime, interval: int, now: datetime, *, several: bool) -> Part:
    """A host's sampler, by its last sample."""
    where = f" on {host}" if several else ""
    if lately(taken_at, interval, now):
        return Part("sampler", Word.HEALTHY, f"samples{where} every {interval} s", None, host, SAMPLER)
    since = f"since {clock(taken_at, now)} ({lasting(now - taken_at)})"
    return Part("sampler", Word.UNKNOWN, f"sampler silent{where} {since}", taken_at, host, SAMPLER)


def measured(sample: Sample, metric: Metric, where: str) -> Part:
    share = shown(getattr(sample, metric.name), PERCENT, digits=0)
    sentence = f"{metric.noun}{where} {share}"
    return Part(metric.noun, Word.HEALTHY, sentence, None, sample.host, component_of(SYSTEM.name, metric.name))


def unreadable(glance: Glance, now: datetime) -> Iterator[Part]:
    """What can't be read, where the threshold says that nothing is known then."""
    wanted = [row for row in thresholds().values() if row.enabled and row.missing == MissingData.UNKNOWN]
    for category in sorted({row.category for row in wanted} & set(CATEGORIES)):
        found = in_service(glance.latest(CATEGORIES[category].model))
        for sample in (each for each in found if fresh(each, now)):
            where = f" on {sample.host}" if len(found) > 1 else ""
            for row in (each for each in wanted if each.category == category):
                metric = metric_of(row)
                if value_of(metric, vars(sample)) is None and supported(metric, vars(sample)):
                    sentence = f"{metric.noun}{where} can't be read"
                    component = component_of(category, row.metric)
                    yield Part(metric.noun, Word.UNKNOWN, sentence, None, sample.host, component)


def alerts(firing: Sequence[Alert], samples: Sequence[SystemSample], said: Iterable[str], now: datetime) -> list[Part]:
    """What fires, as long as somebody still judges it; not what another alert or a check explains."""
    intervals = {sample.host: sample.interval for sample in samples}
    longest, several = max(intervals.values(), default=0), len(samples) > 1
    explained = {key for key, name in SAID.items() if name in set(said)}
    parts = []
    for alert in firing:
        lag = (now - alert.judged_at).total_seconds()
        if lag > FRESH * intervals.get(alert.host, longest) or alert.key in explained or explained_by_another(alert):
            continue
        sentence = clause(alert, several or alert.category == "sampler")
        component = component_of(*alert.key)
        parts.append(Part(metric_of(alert).noun, Word.DEGRADED, sentence, alert.began_at, alert.host, component))
    return parts


def explained_by_another(alert: Alert) -> bool:
    return "." in alert.muted_by


def damages(glance: Glance, now: datetime) -> list[Part]:
    """A database file that failed its check; a database that just works says nothing here."""
    samples = [sample for sample in in_service(glance.latest(DatabaseSample)) if fresh(sample, now)]
    return [damaged(sample) for sample in samples if sample.sound is False]


def damaged(sample: DatabaseSample) -> Part:
    clause = f"the database file on {sample.host} is damaged, restore a backup"
    return Part("integrity", Word.DEGRADED, clause, sample.checked_at, sample.host, "database")


def cache() -> list[Part]:
    """The shared tier where there is one; the memory of the process cannot fail."""
    store = current_store()
    if not isinstance(store, Tiered):
        return [Part("cache", Word.HEALTHY, "each process caches for itself, without Redis", component="cache")]
    try:
        store.ask(store.shared.redis.ping)
    except Away:
        since = store.breaker.opened_at
        lost = datetime.fromtimestamp(since, UTC) if since else None
        sentence = "Redis does not answer, everything works without the shared cache"
        return [Part("cache", Word.DEGRADED, sentence, lost, component="cache")]
    return [Part("cache", Word.HEALTHY, "Redis answers", component="cache")]


def workers(now: datetime) -> list[Part]:
    """Whether anybody is there to run jobs."""
    present = task_selectors.workers().count()
    if present:
        ready = f"{present} {'worker' if present == 1 else 'workers'} ready"
        return [Part("workers", Word.HEALTHY, ready, component="workers")]
    if starting(now):
        return [Part("workers", Word.UNKNOWN, "the workers are starting", component="workers")]
    waiting = task_selectors.waiting_since()
    wait = f" and a job waits since {clock(waiting, now)}" if waiting else ""
    sentence = f"no worker runs{wait}, start manage.py run_worker"
    return [Part("workers", Word.DEGRADED, sentence, waiting, component="workers")]


def starting(now: datetime) -> bool:
    """Whether the platform was started so lately that the workers may still be loading.

    The sampler is started with them and is there first. It is never called healthy: a worker that does not come is
    told when the time is over.
    """
    since = sampling_since()
    return since is not None and abs(now - since) < STARTING
