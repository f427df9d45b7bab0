"""What behaved as never before, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from performance.metrics import CATEGORIES, Metric
from performance.models import Anomaly
from performance.units import clock, shown

RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Noted:
    """An anomaly with its metric."""

    row: Anomaly
    metric: Metric
    now: datetime

    @property
    def sentence(self) -> str:
        """ "latency, p95 on web-1 1,240 ms at 14:05 UTC, usually 210 ms"."""
        where = f" on {self.row.host}" if self.row.host else ""
        value, expected = (shown(figure, self.metric.unit) for figure in (self.row.value, self.row.expected))
        return f"{self.metric.noun}{where} {value} at {clock(self.row.worst_at, self.now)}, usually {expected}"


def recent_anomalies(now: datetime, span: timedelta = RECENT, most: int = 20) -> list[Noted]:
    """The latest first. A metric that is no longer measured is left out."""
    rows = Anomaly.objects.filter(at__gt=now - span, at__lte=now).order_by("-at")[:most]
    known = ((row, CATEGORIES[row.category].by_name.get(row.metric)) for row in rows if row.category in CATEGORIES)
    return [Noted(row, metric, now) for row, metric in known if metric is not None]
