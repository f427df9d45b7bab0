"""The dashboard as plain data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from performance.alerts.models import Alert
from performance.alerts.sentences import metric_of, sentence
from performance.api.advice_serializers import ActionRunSerializer, RecommendationSerializer
from performance.api.documents import iso, series_document
from performance.api.foresight import AnomalySerializer
from performance.api.health_serializers import ComponentSerializer
from performance.boards import OVERVIEW
from performance.dashboard import Dashboard
from performance.marks import Mark
from performance.panels import Panel, spoken
from performance.panels.ahead import Ahead, later
from performance.sampling import LONGEST, SHORTEST, Sampling
from performance.summary import Figure
from performance.timerange import Window

MOST_ALERTS = 20


def dashboard_document(found: Dashboard, *, operator: bool) -> dict[str, Any]:
    """What everybody sees; for operators what concerns only them, too."""
    status = found.status
    document = {
        "status": status.word,
        "sentence": status.sentence,
        "since": status.since,
        "components": ComponentSerializer(found.components, many=True).data,
        "host": found.look.host,
        "hosts": found.hosts,
        "taken_at": found.latest.taken_at if found.latest else None,
        "interval": found.latest.interval if found.latest else None,
        "range": found.look.window.name,
        "figures": [figure_document(figure) for figure in found.cards],
        "compare": found.look.compare,
        "series": [series_document(series) for series in found.charts.values()],
        "earlier": [series_document(series) for series in found.earlier.values()],
        "charts": [chart_document(panel, found) for panel in OVERVIEW.panels],
        "marks": [mark_document(mark, found.look.window.end) for mark in found.marks],
        "alerts": [alert_document(alert, found.now, operator=operator) for alert in found.glance.open[:MOST_ALERTS]],
        "alerts_open": len(found.glance.open),
        "anomalies": AnomalySerializer(found.anomalies, many=True).data,
        "sampling": sampling_document(found.glance.sampling, operator=operator),
    }
    if operator:
        document |= {
            "recommendations": RecommendationSerializer(found.advice, many=True).data,
            "actions": ActionRunSerializer(found.runs, many=True).data,
        }
    return document


def figure_document(figure: Figure) -> dict[str, Any]:
    return {
        "category": figure.category,
        "name": figure.metric.name,
        "label": figure.metric.label,
        "unit": figure.metric.unit,
        "value": figure.value,
        "previous": figure.previous,
        "change": figure.change,
        "compared_with": figure.compared_with,
        "threshold": figure.limit,
        "state": figure.state,
        "sparkline": figure.points,
    }


def chart_document(panel: type[Panel], found: Dashboard) -> dict[str, Any]:
    """Which lines of its category's series a chart draws, how they may go on, and the same in words."""
    series = found.charts[panel.source().key]
    return {
        "name": panel.slug,
        "title": panel.title,
        "category": series.category,
        "unit": panel.unit(),
        "lines": panel.lines,
        "threshold": panel.threshold(),
        "summary": spoken(panel, series),
        "ahead": [ahead_document(panel, one, series.window) for one in found.ahead.get(panel.slug, ())],
    }


def ahead_document(panel: type[Panel], ahead: Ahead, window: Window) -> dict[str, Any]:
    return {
        "line": panel.lines[ahead.of],
        "sentence": ahead.sentence,
        "times": [iso(time) for time in later(window)],
        "values": ahead.middle,
        "low": ahead.low,
        "high": ahead.high,
    }


def mark_document(mark: Mark, end: datetime) -> dict[str, Any]:
    """As the list below the charts tells it; what goes on has no end, else every answer would be another."""
    told = {name: getattr(mark, name) for name in ("at", "until", "kind", "tone", "word", "sentence", "url")}
    return told | ({"until": None} if mark.until is not None and mark.until >= end else {})


def alert_document(alert: Alert, now: datetime, *, operator: bool) -> dict[str, Any]:
    """As its row on the page; what is behind it for operators only."""
    document = {
        "id": alert.pk,
        "category": alert.category,
        "metric": alert.metric,
        "unit": metric_of(alert).unit,
        "host": alert.host,
        "state": alert.state,
        "severity": alert.severity,
        "sentence": sentence(alert, now),
        "value": alert.value,
        "limit": alert.limit,
        "began_at": alert.began_at,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledged_by": alert.acknowledged_by.get_username() if alert.acknowledged_by else None,
        "silenced": alert.muted_by == "silence",
    }
    return document | {"culprits": alert.culprits} if operator else document


def sampling_document(held: Sampling, *, operator: bool) -> dict[str, Any]:
    """Whether the platform samples, and what may be done about it."""
    return {
        "state": held.state,
        "interval": held.interval,
        "changed_by": held.by,
        "changed_at": held.since,
        "may_change": operator,
        "shortest": SHORTEST,
        "longest": LONGEST,
    }
