"""The first steps of an operator, ticked by what was really done."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from performance.alerts import outbox
from performance.alerts.choices import EventKind
from performance.alerts.models import AlertEvent, ThresholdChange
from performance.glance import Glance
from performance.models import ActionRun, SystemSample
from valor.accounts.checklists import Checklist, Step, declare, is_closed

NAME = declare("performance", "performance:overview")
HANDLED = (EventKind.ACKNOWLEDGED, EventKind.SILENCED)


def first_steps(user: Any, glance: Glance) -> Checklist | None:
    """None once this operator has closed them."""
    if is_closed(user=user, name=NAME):
        return None
    changed, handled, acted = done_by(user)
    told = changed or len(outbox.channels()) > 1
    steps = (
        Step(
            "Samples arrive",
            "Start manage.py sample_metrics on each host; the first sample comes within 30 s.",
            reverse("performance:sampling"),
            bool(glance.latest(SystemSample)),
        ),
        Step(
            "Say when you want to hear of it",
            "Change a threshold, or set an address that alerts go to.",
            reverse("performance:settings"),
            told,
        ),
        Step(
            "Handle something",
            "Acknowledge or silence an alert, or run an optimisation after seeing what it would do.",
            reverse("performance:optimize"),
            handled or acted,
        ),
    )
    return Checklist(NAME, steps)


def done_by(user: Any) -> tuple[bool, bool, bool]:
    """Whether anybody changed a threshold, and whether this user has handled an alert or run an action."""
    mine = Q(by=OuterRef("pk"), kind__in=HANDLED)
    asked = User.objects.filter(pk=user.pk).values_list(
        Exists(ThresholdChange.objects.all()),
        Exists(AlertEvent.objects.filter(mine)),
        Exists(ActionRun.objects.filter(requested_by=OuterRef("pk"))),
    )
    changed, handled, acted = asked.get()
    return changed, handled, acted
