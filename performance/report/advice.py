"""What was wrong, and what would help."""

from __future__ import annotations

from django.db.models import Q

from performance.alerts.choices import AlertState
from performance.alerts.models import Alert
from performance.alerts.sentences import title, told
from performance.recommendations.selectors import open_recommendations
from performance.report.sections import TIME, Column, Content, Table, section
from performance.timerange import Window

MOST = 20
ALERTS = (
    Column("title", "Alert"),
    Column("severity", "Severity"),
    Column("state", "State"),
    Column("fired", "Fired", TIME),
    Column("resolved", "Resolved", TIME),
    Column("sentence", "What it was"),
)
ADVICE = (
    Column("title", "Recommendation"),
    Column("cause", "Cause"),
    Column("cure", "Cure"),
    Column("effect", "Effect"),
)


@section("alerts", "Alerts")
def alerts_of(window: Window) -> Content:
    """Those that fired within the span or are not resolved yet, the latest first."""
    fired = Alert.objects.filter(fired_at__lte=window.end).exclude(state=AlertState.PENDING)
    found = fired.filter(Q(resolved_at=None) | Q(resolved_at__gt=window.start)).order_by("-fired_at")
    rows = [
        {
            "title": title(alert),
            "severity": alert.get_severity_display(),
            "state": alert.get_state_display(),
            "fired": alert.fired_at,
            "resolved": alert.resolved_at,
            "sentence": told(alert),
        }
        for alert in found[:MOST]
    ]
    return Content(tables=[Table("The latest first", ALERTS, rows)], empty="No alert fired.")


@section("recommendations", "Recommendations")
def recommendations_of(window: Window) -> Content:
    """Those that are open now, the best first: what was cured within the span needs no advice."""
    rows = list(open_recommendations().values("title", "cause", "cure", "effect")[:MOST])
    return Content(tables=[Table("The best first", ADVICE, rows)], empty="Nothing to recommend.")
