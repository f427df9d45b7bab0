"""What the fleet counted and how it is doing, as families of Prometheus metrics.

| metrics | from |
|---|---|
| counters and histograms | what all processes counted, those included that are no more: they never fall |
| ``valor_processes``, ``valor_in_flight`` | the rows of the processes at work |
| ``valor_system_...``, ``valor_cache_...`` and so on | each host's last sample, as long as it is not out of date |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from performance.counted import STATEMENTS
from performance.fleet import NAME, Member, members, together
from performance.histogram import Histogram, middle_of
from performance.metrics import CATEGORIES, Category
from performance.reporter import at_work
from performance.scope import Kind as WorkKind
from performance.selectors import latest_of
from performance.totals import PARTS, Counted, Kind, Labels, Spent, Task, Totals

SPACE = "valor"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LONG = (0.01, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
SIZES = (100.0, 1000.0, 10_000.0, 100_000.0, 1_000_000.0, 10_000_000.0)
ANY = tuple(10.0**power for power in range(-3, 8))


class Fleet(Collector):
    """Asks the database once for all processes and once for each category's samples."""

    def collect(self) -> Iterator[Family]:
        everyone = list(members())
        totals = together(everyone)
        yield from work(totals, WorkKind.REQUEST, ("route", "method", "status"), SECONDS)
        yield from work(totals, WorkKind.JOB, ("kind", "outcome"), LONG)
        yield from measured(totals)
        yield from counted(totals)
        yield from present(everyone)
        for category in CATEGORIES.values():
            yield from sampled(category)


def registry() -> CollectorRegistry:
    made = CollectorRegistry()
    made.register(Fleet())
    return made


def work(totals: Totals, kind: WorkKind, labels: Sequence[str], bounds: Sequence[float]) -> Iterator[Family]:
    """How long requests or jobs took, by what they were and how they went, and where the time went."""
    noun = f"{kind}s"
    seconds = HistogramMetricFamily(f"{SPACE}_{kind}_seconds", f"Seconds of {noun}.", labels=labels)
    sizes = HistogramMetricFamily(f"{SPACE}_response_bytes", "Bytes of answers.", labels=["route"])
    spent_by: dict[tuple[str, ...], Spent] = {}
    sizes_by: dict[str, Histogram] = {}
    for task, spent in totals.work.items():
        if task.kind == kind:
            seconds.add_metric(values_of(task, kind), *cumulative(spent.times, bounds))
            spent_by.setdefault((task.name, task.method)[: len(labels) - 1], Spent()).merge(spent)
            sizes_by.setdefault(task.name, Histogram()).merge(spent.sizes)
    parts = CounterMetricFamily(
        f"{SPACE}_{kind}_part_seconds",
        f"Seconds of {noun} by where they went: processor, database, shared cache, others' servers.",
        labels=[*labels[:-1], "part"],
    )
    statements = CounterMetricFamily(f"{SPACE}_{kind}_statements", f"Statements of {noun}.", labels=labels[:-1])
    for names, spent in spent_by.items():
        for part in PARTS:
            parts.add_metric([*names, part], spent.named[part])
        statements.add_metric(names, spent.named["statements"])
    yield from (seconds, parts, statements)
    if kind == WorkKind.REQUEST:
        for route, histogram in sizes_by.items():
            sizes.add_metric([route], *cumulative(histogram, SIZES))
        yield sizes


def values_of(task: Task, kind: WorkKind) -> list[str]:
    return [task.name, task.method, task.status] if kind == WorkKind.REQUEST else [task.name, task.status]


def measured(totals: Totals) -> Iterator[Family]:
    """Every name that was measured or observed; what failed has a counter of its own."""
    # Statements and slow ones are always told, so that a dashboard finds them.
    totals.values.setdefault((Kind.SECONDS, STATEMENTS, ()), Counted())
    for (kind, name), found in by_name(totals).items():
        labels = [label for label, _ in found[0][0]]
        unit = "_seconds" if kind == Kind.SECONDS else ""
        bounds = SECONDS if kind == Kind.SECONDS or name.endswith("_seconds") else ANY
        histogram = HistogramMetricFamily(f"{SPACE}_{name}{unit}", f"{name}, {kind.about}.", labels=labels)
        errors = CounterMetricFamily(f"{SPACE}_{name}_errors", f"{name}, those that failed.", labels=labels)
        for told, counts in found:
            texts = [text for _, text in told]
            histogram.add_metric(texts, *cumulative(counts.values, bounds))
            errors.add_metric(texts, counts.errors)
        yield histogram
        if kind == Kind.SECONDS:
            yield errors


def by_name(totals: Totals) -> dict[tuple[Kind, str], list[tuple[Labels, Counted]]]:
    """The series of each name; where two releases give a name different labels, those of the first are told."""
    found: dict[tuple[Kind, str], list[tuple[Labels, Counted]]] = {}
    for (kind, name, labels), counts in totals.values.items():
        series = found.setdefault((kind, name), [])
        if not series or [label for label, _ in series[0][0]] == [label for label, _ in labels]:
            series.append((labels, counts))
    return found


def counted(totals: Totals) -> Iterator[Family]:
    totals.counts.setdefault(("slow_statements", ()), 0)
    families: dict[str, tuple[list[str], CounterMetricFamily]] = {}
    for (name, told), amount in totals.counts.items():
        labels = [label for label, _ in told]
        if name not in families:
            families[name] = labels, CounterMetricFamily(f"{SPACE}_{name}", f"{name}, counted.", labels=labels)
        known, family = families[name]
        if known == labels:
            family.add_metric([text for _, text in told], amount)
    yield from (family for _, family in families.values())
    folded = CounterMetricFamily(f"{SPACE}_folded_labels", "Labels that had to share a series.", labels=["name"])
    for name, number in totals.folded.items():
        folded.add_metric([name], number)
    yield folded


def present(everyone: Iterable[Member]) -> Iterator[Family]:
    now = timezone.now()
    processes = GaugeMetricFamily(f"{SPACE}_processes", "Processes that publish.", labels=["host", "role"])
    in_flight = GaugeMetricFamily(f"{SPACE}_in_flight", "Requests and jobs in hand.", labels=["host", "role"])
    busy: Counter[tuple[str, str]] = Counter()
    number: Counter[tuple[str, str]] = Counter()
    for member in (member for member in everyone if at_work(member, now)):
        key = member.host, member.role
        number[key] += 1
        busy[key] += member.readings.get(NAME, {}).get("in_flight", 0)
    for key, count in number.items():
        processes.add_metric(key, count)
        in_flight.add_metric(key, busy[key])
    yield processes
    yield in_flight


def sampled(category: Category) -> Iterator[Family]:
    """Each column that a metric is made of, of every host whose last sample still stands."""
    now = timezone.now()
    samples: list[Any] = [
        sample for sample in latest_of(category.model) if (now - sample.taken_at).total_seconds() <= 2 * sample.interval
    ]
    labels = {column: metric.label for metric in category.metrics for column in metric.sources}
    for column, label in labels.items():
        gauge = GaugeMetricFamily(f"{SPACE}_{category.name}_{column}", f"{label}, last sample.", labels=["host"])
        for sample in samples:
            if (value := getattr(sample, column)) is not None:
                gauge.add_metric([sample.host], value)
        yield gauge


def cumulative(histogram: Histogram, bounds: Sequence[float]) -> tuple[list[tuple[str, float]], float]:
    """How many values lie below each bound, and their sum. One within 5 % of a bound may count on its other side."""
    counts = sorted(histogram.buckets.items())
    below, place, told = 0, 0, []
    for bound in bounds:
        while place < len(counts) and middle_of(counts[place][0]) <= bound:
            below += counts[place][1]
            place += 1
        told.append((repr(bound), float(below)))
    told.append(("+Inf", float(histogram.count)))
    return told, histogram.total
