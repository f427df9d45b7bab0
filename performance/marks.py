"""What happened while a chart's lines ran: alerts, jobs, actions, starts, versions, and what operators changed.

Operators are told everything, with links; others only what the overview shows them, and their own jobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, Q
from django.urls import reverse

from performance.actions.registry import find
from performance.actions.services import KIND as ACTION
from performance.alerts import sentences
from performance.alerts.models import Alert, ThresholdChange
from performance.models import ActionRun, PlatformEvent, SamplingChange, SamplingState, Verdict
from performance.timerange import Window
from performance.units import lasting
from tasks import registry
from tasks.choices import State
from tasks.models import Job
from tasks.selectors import Viewer, visible_to

MOST = 50
LONG, SHARE = timedelta(minutes=1), 0.02  # A job is worth a mark from so long on, and so much of the window.
TOGETHER = timedelta(minutes=1)  # Parts of the platform that start within it are one start.


@dataclass(frozen=True)
class Mark:
    """*word* stands beside the mark on a chart, *sentence* in the list below; *until* is None for a moment."""

    at: datetime
    until: datetime | None
    kind: str
    tone: str
    word: str
    sentence: str
    url: str = ""

    @property
    def icon(self) -> str:
        """The state whose icon says as much in the list."""
        if self.kind == "job":
            return "failed" if self.tone == "warning" else "done"
        return {"start": "busy", "action": "busy"}.get(self.kind, "info" if self.tone == "quiet" else self.tone)

    def document(self) -> dict[str, Any]:
        """As a chart draws it."""
        until = self.until.timestamp() if self.until else None
        return {"at": self.at.timestamp(), "until": until, "kind": self.kind, "tone": self.tone, "word": self.word}


RANKS = {"critical": 0, "warning": 1, "info": 2, "quiet": 3}


def marks(window: Window, host: str, viewer: Viewer, operator: bool) -> list[Mark]:
    """By time; where there are too many, the gravest and of those the newest. At most six queries."""
    found = [*alerts(window, host, operator), *jobs(window, viewer), *events(window, host)]
    if operator:
        found += [*actions(window), *sampling(window), *thresholds(window)]
    gravest = sorted(found, key=lambda mark: (RANKS[mark.tone], -mark.at.timestamp()))[:MOST]
    return sorted(gravest, key=lambda mark: mark.at)


def alerts(window: Window, host: str, operator: bool) -> Iterator[Mark]:
    """From the firing to the end, or to the end of the window."""
    fired = Alert.objects.filter(fired_at__lte=window.end, host__in=("", host))
    over = Q(resolved_at=None) | Q(resolved_at__gte=window.start)
    for alert in fired.filter(over).order_by("severity", "-fired_at")[:MOST]:
        word = alert.get_severity_display()
        url = reverse("performance:alert", args=[alert.pk]) if operator else ""
        sentence = f"{word} for {lasting(alert.lasted)}: {sentences.told(alert)}"
        start, end = alert.fired_at or alert.began_at, alert.resolved_at or window.end
        yield Mark(start, end, "alert", alert.severity, sentences.metric_of(alert).label, sentence, url)


def jobs(window: Window, viewer: Viewer) -> Iterator[Mark]:
    """Those that failed, or took or take long; actions are told of as such."""
    long = max(LONG, window.span * SHARE)
    took = ExpressionWrapper(F("finished_at") - F("started_at"), output_field=DurationField())
    ended = Q(finished_at__range=(window.start, window.end)) & (Q(state=State.FAILED) | Q(took__gte=long))
    at_work = Q(state=State.RUNNING, started_at__lte=window.end - long)
    found = visible_to(viewer).annotate(took=took).exclude(kind=ACTION).filter(ended | at_work)
    for job in found.order_by("-took")[:MOST]:
        yield job_mark(job, window)


def job_mark(job: Job, window: Window) -> Mark:
    start = job.started_at or job.queued_at
    end = job.finished_at or window.end
    failed, title = job.state == State.FAILED, registry.title_of(job.kind)
    spent = lasting(end - start)
    ended = f"failed after {spent}: {job.error_message}" if failed else f"took {spent}"
    sentence = f"Job {title}: {ended if job.finished_at else f'at work for {spent}'}".rstrip(" .:")
    url = reverse("tasks:job", args=[job.pk])
    return Mark(start, end, "job", "warning" if failed else "quiet", title, sentence, url)


def events(window: Window, host: str) -> Iterator[Mark]:
    """Starts of the platform's parts, those that came together as one; and changes of version."""
    found = PlatformEvent.objects.filter(at__range=(window.start, window.end), host=host)
    rows = list(found.order_by("-at", "-pk")[: 3 * MOST])[::-1]
    for group in together([row for row in rows if row.kind == PlatformEvent.Kind.STARTED]):
        last = group[-1]
        parts = sorted({row.part for row in group})
        sentence = f"Started on {host}: {', '.join(parts)}, version {last.version}"
        yield Mark(group[0].at, None, "start", "quiet", "Start", sentence)
    for row in rows:
        if row.kind == PlatformEvent.Kind.VERSION:
            sentence = f"Version {row.version} on {host}, {row.before} before"
            yield Mark(row.at, None, "version", "info", row.version.partition(" ")[0], sentence)


def together(rows: Iterable[PlatformEvent]) -> list[list[PlatformEvent]]:
    """Those that follow each other closely."""
    groups: list[list[PlatformEvent]] = []
    for row in rows:
        if groups and row.at - groups[-1][0].at <= TOGETHER:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def actions(window: Window) -> Iterator[Mark]:
    """What operators had done, and what it achieved."""
    found = ActionRun.objects.filter(requested_at__range=(window.start, window.end)).select_related("requested_by")
    for run in found.order_by("-requested_at")[:MOST]:
        action = find(run.action)
        title = action.title if action else run.action
        by = f" by {run.requested_by}" if run.requested_by else ""
        verdict = f": {run.get_verdict_display().lower()}" if run.verdict else ""
        tone = "warning" if run.verdict == Verdict.WORSE else "info"
        url = reverse("performance:recommendations")
        start = run.began_at or run.requested_at
        yield Mark(start, run.done_at, "action", tone, title, f"Action {title}{by}{verdict}", url)


def sampling(window: Window) -> Iterator[Mark]:
    """While it was stopped, a span; each change is a row, and what was so already is none."""
    rows = list(SamplingChange.objects.filter(changed_at__lte=window.end).order_by("-number")[:MOST])[::-1]
    url = reverse("performance:sampling")
    for row, following in zip_longest(rows, rows[1:]):
        until = following.changed_at if following else window.end
        if row.state == SamplingState.PAUSED and until >= window.start:
            sentence = f"Sampling stopped by {row.changed_by} for {lasting(until - row.changed_at)}"
            yield Mark(row.changed_at, until, "sampling", "info", "Sampling stopped", sentence, url)


def thresholds(window: Window) -> Iterator[Mark]:
    """Levels that operators changed, each from what to what."""
    found = ThresholdChange.objects.filter(at__range=(window.start, window.end)).select_related("threshold", "by")
    for change in found.order_by("-at")[:MOST]:
        label = sentences.metric_of(change.threshold).label
        fields = ", ".join(f"{name} {old} to {new}" for name, (old, new) in change.fields.items())
        by = f" by {change.by}" if change.by else ""
        url = reverse("performance:threshold", args=[change.threshold_id])
        yield Mark(change.at, None, "threshold", "quiet", f"{label} limit", f"Threshold of {label}{by}: {fields}", url)
