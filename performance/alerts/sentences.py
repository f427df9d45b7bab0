"""An alert in words: the same on pages, in the status, in the API and in what is sent."""

from __future__ import annotations

from datetime import datetime

from performance.alerts import catalogue
from performance.alerts.choices import AlertState
from performance.alerts.models import Alert, Silence, Threshold
from performance.metrics import Metric
from performance.units import PERCENT, SECONDS, lasting, shown
from performance.workers import rounded

WORDS = {AlertState.PENDING: "Pending", AlertState.RECOVERING: "Recovering", AlertState.RESOLVED: "Resolved"}


def metric_of(row: Alert | Threshold | Silence) -> Metric:
    return catalogue.known(row.category, row.metric)


def level(metric: Metric, value: float | None) -> str:
    """A figure as short as it can be: "80 %", "1 s", "2.5 s", "12 /min"."""
    if value is None:
        return "not known"
    if metric.unit == SECONDS:
        return rounded(value) if value >= 120 else f"{value:.3g} s"
    if metric.unit == "ms" and value >= 1000:
        return f"{value / 1000:.3g} s"
    if metric.unit == PERCENT:
        return str(shown(value, PERCENT, digits=0))
    return str(shown(value, metric.unit, digits=0 if round(value, 1) == round(value) else None))


def where(alert: Alert, several: bool = True) -> str:
    return f" on {alert.host}" if alert.host and several else ""


def clause(alert: Alert, several: bool = True) -> str:
    """ "CPU on web-1 at 93 % (limit 80 %): stress 4711 takes 98 % of a core"; *several* hosts need naming."""
    metric = metric_of(alert)
    limit = f"(limit {level(metric, alert.limit)})"
    behind = alert.culprits[0]["sentence"] if alert.culprits else ""
    if alert.value is None:
        return f"{metric.noun}{where(alert, several)} can't be read {limit}"
    if metric.name == "latency_p95" and behind:
        # The route is what is slow: naming the whole platform's latency before it would say it twice.
        slow, comma, goes = behind.partition(",")
        return f"{slow}{where(alert, several)} {limit}{comma}{goes}"
    said = f"{metric.noun}{where(alert, several)} at {level(metric, alert.value)} {limit}"
    return f"{said}: {behind}" if behind else said


def told(alert: Alert) -> str:
    """What it is while it is open, and how bad it was once it is over."""
    if alert.open:
        return clause(alert)
    metric = metric_of(alert)
    return f"{title(alert)}, at worst {level(metric, alert.worst)} (limit {level(metric, alert.limit)})"


def title(alert: Alert) -> str:
    """ "CPU on web-1", for lists and headings."""
    return f"{metric_of(alert).label}{where(alert)}"


def sentence(alert: Alert, now: datetime) -> str:
    """ "Critical for 6 min: CPU on web-1 at 97 % (limit 80 %): …" """
    word = alert.get_severity_display() if alert.state == AlertState.FIRING else WORDS[AlertState(alert.state)]
    span = f"for {lasting(now - alert.began_at)}" if alert.open else f"after {lasting(alert.lasted)}"
    return f"{word} {span}: {told(alert)}."
