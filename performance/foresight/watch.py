"""Watches a handful of series with the streaming detector; what it knows of each outlives the sampler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from performance.analysis.anomalies import REFRACTORY, Detector, Verdict
from performance.metrics import APPLICATION, CATEGORIES, DATABASE, SYSTEM, TASKS, Metric
from performance.models import Anomaly, DetectorState

KEEP = timedelta(days=90)


@dataclass(frozen=True)
class Watched:
    """A series worth a note when it does what it never did; differences below *least* are never worth one."""

    category: str
    metric: str
    least: float

    @property
    def declared(self) -> Metric:
        return CATEGORIES[self.category].by_name[self.metric]


WATCHED = (
    Watched(SYSTEM.name, "cpu_percent", 10.0),
    Watched(SYSTEM.name, "memory_percent", 5.0),
    Watched(APPLICATION.name, "request_rate", 0.5),
    Watched(APPLICATION.name, "latency_p95", 50.0),
    Watched(DATABASE.name, "query_p95_ms", 20.0),
    Watched(TASKS.name, "waiting", 5.0),
)


@transaction.atomic
def feed(*, host: str, at: datetime, means: Mapping[Watched, float]) -> list[Anomaly]:
    """Shows each detector the mean of the step that began at *at*; a step that it knows already is left out."""
    states = {
        (row.host, row.category, row.metric): row.state
        for row in DetectorState.objects.filter(host__in=("", host)).select_for_update()
    }
    rows, found = [], []
    for watched, value in means.items():
        owner = "" if watched.declared.platform else host
        state = states.get((owner, watched.category, watched.metric))
        detector = Detector.from_json(state) if state else Detector()
        if detector.seen and at.timestamp() <= detector.at:
            continue
        verdict = detector.feed(at.timestamp(), value)
        if verdict.anomalous and abs(verdict.value - verdict.expected) >= watched.least:
            found.append(note(owner, watched, at, verdict))
        rows.append(
            DetectorState(
                host=owner,
                category=watched.category,
                metric=watched.metric,
                state=detector.as_json(),
                updated_at=datetime.now(UTC),
            )
        )
    DetectorState.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["host", "category", "metric"],
        update_fields=["state", "updated_at"],
    )
    return found


def note(host: str, watched: Watched, at: datetime, verdict: Verdict) -> Anomaly:
    """A new anomaly; or the open one of the series, which got worse. Old ones go on this occasion."""
    worst = {"worst_at": at, "value": verdict.value, "expected": verdict.expected, "score": verdict.score}
    series = Anomaly.objects.filter(host=host, category=watched.category, metric=watched.metric)
    recent = series.filter(worst_at__gte=at - timedelta(seconds=REFRACTORY)).order_by("-at").first()
    if recent is not None:
        Anomaly.objects.filter(pk=recent.pk).update(**worst)
        return recent
    series.filter(at__lt=at - KEEP).delete()
    return series.create(host=host, category=watched.category, metric=watched.metric, at=at, **worst)
