"""What happened while a chart's lines ran: alerts, jobs, actions, starts, versions, and what operators changed.

Operators are told everything, with links; others only what the overview shows them, and their own jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from performance.actions.registry import find
from performance.actions.services import KIND as ACTION
from performance.alerts import sentences
from performance.alerts.models import Alert, ThresholdChange
from performance.models import ActionRun, PlatformEvent, SamplingChange, SamplingState, Verdict
from performance.timerange import Window
from performance.united import united
from performance.units import lasting
from tasks import registry
from tasks.choices import State
from tasks.models import Job
from tasks.selectors import LARGE, Viewer, visible_to

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

    def key(self, end: datetime) -> tuple[object, ...]:
        """Changes with whatever makes it another one; that it lasts still at the window's *end* does not."""
        lasts = self.until is not None and self.until >= end
        return self.at, self.kind, self.tone, self.word, self.url, *(() if lasts else (self.until, self.sentence))

    def document(self) -> dict[str, Any]:
        """As a chart draws it."""
        until = self.until.timestamp() if self.until else None
        return {"at": self.at.timestamp(), "until": until, "kind": self.kind, "tone": self.tone, "word": self.word}


KINDS = ("alert", "job", "start", "version", "action", "sampling", "threshold")
RANKS = {"critical": 0, "warning": 1, "info": 2, "quiet": 3}


@dataclass(frozen=True)
class View:
    """Of which host and time who is told."""

    window: Window
    host: str
    viewer: Viewer
    operator: bool

    @property
    def long(self) -> timedelta:
        """From how long on a job is worth a mark."""
        return max(LONG, self.window.span * SHARE)

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.window.start, self.window.end


@dataclass(frozen=True)
class Source:
    """Which rows there are of one kind, and how they are told, given in any order."""

    rows: Callable[[View], QuerySet[Any]]
    told: Callable[[Sequence[Any], View], Iterator[Mark]]


def marks(window: Window, host: str, viewer: Viewer, operator: bool) -> list[Mark]:
    """By time; where there are too many, the gravest and of those the newest. One query."""
    view = View(window, host, viewer, operator)
    sources = EVERYBODYS + OPERATORS if operator else EVERYBODYS
    rows = united([source.rows(view) for source in sources], *LARGE)
    found = [mark for source, each in zip(sources, rows, strict=True) for mark in source.told(each, view)]
    gravest = sorted(found, key=lambda mark: (RANKS[mark.tone], -mark.at.timestamp()))[:MOST]
    return sorted(gravest, key=lambda mark: mark.at)


def first(rows: QuerySet[Any], *order: str, most: int = MOST) -> QuerySet[Any]:
    """The first of them as a set of their own: what is united may be neither ordered nor cut."""
    found: QuerySet[Any] = rows.model._default_manager.filter(pk__in=rows.order_by(*order).values("pk")[:most])
    return found


def alert_rows(view: View) -> QuerySet[Alert]:
    fired = Alert.objects.filter(fired_at__lte=view.window.end, host__in=("", view.host))
    over = Q(resolved_at=None) | Q(resolved_at__gte=view.window.start)
    return first(fired.filter(over), "severity", "-fired_at")


def alerts(rows: Sequence[Alert], view: View) -> Iterator[Mark]:
    """From the firing to the end, or to the end of the window."""
    for alert in rows:
        word = alert.get_severity_display()
        url = reverse("performance:alert", args=[alert.pk]) if view.operator else ""
        sentence = f"{word} for {lasting(alert.lasted)}: {sentences.told(alert)}"
        start, end = alert.fired_at or alert.began_at, alert.resolved_at or view.window.end
        yield Mark(start, end, "alert", alert.severity, sentences.metric_of(alert).label, sentence, url)


def job_rows(view: View) -> QuerySet[Job]:
    """Those that failed, or took or take long; actions are told of as such."""
    took = ExpressionWrapper(F("finished_at") - F("started_at"), output_field=DurationField())
    lasted = Q(finished_at__gte=view.window.start, began__lte=view.window.end)
    ended = lasted & (Q(state=State.FAILED) | Q(took__gte=view.long))
    at_work = Q(state=State.RUNNING, started_at__lte=view.window.end - view.long)
    rows = visible_to(view.viewer).alias(took=took, began=Coalesce("started_at", "queued_at"))
    found = rows.exclude(kind=ACTION).filter(ended | at_work)
    return first(found, "-took")


def jobs(rows: Sequence[Job], view: View) -> Iterator[Mark]:
    return (job_mark(job, view.window) for job in rows)


def job_mark(job: Job, window: Window) -> Mark:
    start = job.started_at or job.queued_at
    end = job.finished_at or window.end
    failed, title = job.state == State.FAILED, registry.title_of(job.kind)
    spent = lasting(end - start)
    ended = f"failed after {spent}: {job.error_message}" if failed else f"took {spent}"
    sentence = f"Job {title}: {ended if job.finished_at else f'at work for {spent}'}".rstrip(" .:")
    url = reverse("tasks:job", args=[job.pk])
    return Mark(start, end, "job", "warning" if failed else "quiet", title, sentence, url)


def event_rows(view: View) -> QuerySet[PlatformEvent]:
    found = PlatformEvent.objects.filter(at__range=view.span, host=view.host)
    return first(found, "-at", "-pk", most=3 * MOST)


def events(rows: Sequence[PlatformEvent], view: View) -> Iterator[Mark]:
    """Starts of the platform's parts, those that came together as one; and changes of version."""
    found = sorted(rows, key=lambda row: (row.at, row.pk))
    for group in together([row for row in found if row.kind == PlatformEvent.Kind.STARTED]):
        last = group[-1]
        parts = sorted({row.part for row in group})
        sentence = f"Started on {view.host}: {', '.join(parts)}, version {last.version}"
        yield Mark(group[0].at, None, "start", "quiet", "Start", sentence)
    for row in found:
        if row.kind == PlatformEvent.Kind.VERSION:
            sentence = f"Version {row.version} on {view.host}, {row.before} before"
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


def action_rows(view: View) -> QuerySet[Any]:
    """Those that were at work meanwhile, or were asked for and have not begun."""
    rows = ActionRun.objects.alias(began=Coalesce("began_at", "requested_at"), ended=Coalesce("done_at", "finished_at"))
    meanwhile = Q(began__lte=view.window.end) & (Q(ended=None) | Q(ended__gte=view.window.start))
    runs = first(rows.filter(meanwhile), "-requested_at")
    found: QuerySet[Any] = runs.annotate(asked_by=F("requested_by__username"))
    return found


def actions(rows: Sequence[Any], view: View) -> Iterator[Mark]:
    """What operators had done, and what it achieved."""
    url = reverse("performance:recommendations")
    for run in rows:
        action = find(run.action)
        title = action.title if action else run.action
        by = f" by {run.asked_by}" if run.asked_by else ""
        verdict = f": {run.get_verdict_display().lower()}" if run.verdict else ""
        tone = "warning" if run.verdict == Verdict.WORSE else "info"
        start = run.began_at or run.requested_at
        yield Mark(start, run.done_at, "action", tone, title, f"Action {title}{by}{verdict}", url)


def sampling_rows(view: View) -> QuerySet[SamplingChange]:
    return first(SamplingChange.objects.filter(changed_at__lte=view.window.end), "-number")


def sampling(rows: Sequence[SamplingChange], view: View) -> Iterator[Mark]:
    """While it was stopped, a span; each change is a row, and what was so already is none."""
    found = sorted(rows, key=lambda row: row.number)
    url = reverse("performance:sampling")
    for row, following in zip_longest(found, found[1:]):
        until = following.changed_at if following else view.window.end
        if row.state == SamplingState.PAUSED and until >= view.window.start:
            sentence = f"Sampling stopped by {row.changed_by} for {lasting(until - row.changed_at)}"
            yield Mark(row.changed_at, until, "sampling", "info", "Sampling stopped", sentence, url)


def threshold_rows(view: View) -> QuerySet[Any]:
    changes = first(ThresholdChange.objects.filter(at__range=view.span), "-at")
    of = {"category": F("threshold__category"), "metric": F("threshold__metric")}
    found: QuerySet[Any] = changes.annotate(changed_by=F("by__username"), **of)
    return found


def thresholds(rows: Sequence[Any], view: View) -> Iterator[Mark]:
    """Levels that operators changed, each from what to what."""
    for change in rows:
        label = sentences.metric_of(change).label
        fields = ", ".join(f"{name} {old} to {new}" for name, (old, new) in change.fields.items())
        by = f" by {change.changed_by}" if change.changed_by else ""
        url = reverse("performance:threshold", args=[change.threshold_id])
        yield Mark(change.at, None, "threshold", "quiet", f"{label} limit", f"Threshold of {label}{by}: {fields}", url)


EVERYBODYS = (Source(alert_rows, alerts), Source(job_rows, jobs), Source(event_rows, events))
OPERATORS = (Source(action_rows, actions), Source(sampling_rows, sampling), Source(threshold_rows, thresholds))
