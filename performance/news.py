"""What the fragments of a page show besides status and cards; read once for an answer, and when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from performance.actions.selectors import runs
from performance.alerts.forms import AlertSilenceForm
from performance.alerts.models import Alert, Silence
from performance.alerts.pages import row_of
from performance.alerts.selectors import silences
from performance.first_steps import first_steps
from performance.foresight import recent_anomalies
from performance.glance import Glance
from performance.models import ActionRun, Recommendation
from performance.models.samples import Sample
from performance.polls import MOVING, RUNNING, Part
from performance.recommendations.presenter import advice_of, run_of
from performance.recommendations.selectors import top_advice
from performance.workers import at_work
from tasks.readings import reading
from valor.accounts.checklists import Checklist
from valor.accounts.roles import is_operator

if TYPE_CHECKING:
    from performance.boards import Lead
    from performance.summary import Figure
    from performance.words import Status

MOST_ALERTS, MOST_ADVICE, MOST_RUNS, MOST_ANOMALIES = 3, 3, 3, 5


@dataclass(frozen=True)
class Showing:
    """What an answer shows already: how the platform is, and the cards of the host that is looked at."""

    status: Status
    host: str
    cards: Sequence[tuple[Lead, Figure]]


class News:
    """Of a page that shows samples only.

    Attributes
    ----------
    user, operator : who looks, and whether they may see and do what is for operators
    status : how the platform is, as the answer says it
    """

    def __init__(self, glance: Glance, now: datetime, user: Any, status: Status) -> None:
        self.glance, self.now, self.user, self.status = glance, now, user, status
        self.operator = is_operator(user)

    def marks(self) -> Iterable[object]:
        """What makes an answer a new one, beside samples and status: whatever a card's state may hang on."""
        yield from ((alert.pk, alert.state, alert.judged_at) for alert in self.glance.open)

    def context(self, sample: Sample | None) -> dict[str, Any]:
        """What its fragments need."""
        return {}

    def parts(self, shown: Showing) -> Sequence[Part]:
        """What the page shows besides the fragments that its board names."""
        return ()

    def seconds(self, usual: int) -> int:
        """When to ask again, where the next sample is due in *usual* seconds."""
        return min(usual, MOVING) if self.glance.moving(self.now) else usual


class OverviewNews(News):
    """What is wrong or odd on any host, what would help, and what was done: of one host one is told of the others."""

    @cached_property
    def silences(self) -> list[Silence]:
        return list(silences(self.now)) if self.glance.open else []

    @cached_property
    def anomalies(self) -> list[Any]:
        return recent_anomalies(self.now, timedelta(days=1), most=MOST_ANOMALIES)

    @cached_property
    def advice(self) -> list[Recommendation]:
        return top_advice(MOST_ADVICE, self.now) if self.operator else []

    @cached_property
    def runs(self) -> list[ActionRun]:
        return list(runs()[:MOST_RUNS]) if self.operator else []

    @cached_property
    def checklist(self) -> Checklist | None:
        return first_steps(self.user, self.glance) if self.operator else None

    def marks(self) -> Iterable[object]:
        yield from super().marks()
        yield self.glance.sampling
        yield self.checklist
        yield from (alert_marks(alert) for alert in self.glance.open)
        yield from ((row.pk, row.until) for row in self.silences)
        yield from ((note.row.pk, note.row.worst_at) for note in self.anomalies)
        yield from ((row.pk, row.state, row.title, row.cure, row.evidence) for row in self.advice)
        yield from (run_marks(run) for run in self.runs)

    def context(self, sample: Sample | None) -> dict[str, Any]:
        shown = self.glance.open[:MOST_ALERTS]
        return {
            "alerts": [(row_of(alert, self.now), covering(self.silences, alert)) for alert in shown],
            "more_alerts": max(0, len(self.glance.open) - MOST_ALERTS),
            "silence": AlertSilenceForm(auto_id=False),
            "advice": [advice_of(row) for row in self.advice],
            "runs": [run_of(run) for run in self.runs],
            "anomalies": self.anomalies,
            "checklist": self.checklist,
            "sampling": self.glance.sampling,
        }

    def seconds(self, usual: int) -> int:
        working = any(run.finished_at is None and run.done_at is None for run in self.runs)
        return RUNNING if working else super().seconds(usual)


class WorkersNews(News):
    """Who works and what waits: it moves by the second, and is not bound to samples."""

    @cached_property
    def work(self) -> dict[str, Any]:
        return at_work(reading(), self.now)

    def marks(self) -> Iterable[object]:
        yield from super().marks()
        yield render_to_string("performance/_workers.html", self.work)

    def context(self, sample: Sample | None) -> dict[str, Any]:
        return self.work

    def seconds(self, usual: int) -> int:
        return min(super().seconds(usual), int(self.work["ask_again"]))


def alert_marks(alert: Alert) -> tuple[object, ...]:
    """Whatever a row about an alert shows."""
    return (
        *(alert.pk, alert.state, alert.severity, alert.value, alert.worst, alert.missing_since),
        *(alert.acknowledged_at, alert.note, alert.muted_by, alert.culprits),
    )


def run_marks(run: ActionRun) -> tuple[object, ...]:
    return run.pk, run.began_at, run.done_at, run.finished_at, run.verdict


def covering(found: Iterable[Silence], alert: Alert) -> Silence | None:
    """The silence that ends last of those that cover it."""
    held = [silence for silence in found if silence.covers(alert)]
    return max(held, key=lambda silence: silence.until, default=None)
