"""What the dashboard is made of, in one number for each table: equal revisions mean that nothing was written since.

What nobody writes, such as a sample that grows old, is not in it: what is kept under a revision is kept shortly.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from django.db import connection
from django.db.models import Model

from performance.alerts import selectors
from performance.alerts.choices import AlertState
from performance.alerts.models import Alert, AlertEvent, Silence, ThresholdChange
from performance.metrics import CATEGORIES
from performance.models import ActionRun, Anomaly, Recommendation, Retirement, SamplingChange

OPEN_ALERT = "state IN ('{}')".format("', '".join(state for state in AlertState if state != AlertState.RESOLVED))
OPEN_ADVICE = f"state = '{Recommendation.State.OPEN}'"
AT_WORK = "finished_at IS NULL"
# Of a table: what is worked out, and of which rows.
LOOKS: tuple[tuple[type[Model], str, str], ...] = (
    *((category.model, "max(id)", "") for category in CATEGORIES.values()),
    (Retirement, "max(id)", ""),
    (Retirement, "max(undone_at)", ""),
    (SamplingChange, "max(number)", ""),
    (ThresholdChange, "max(id)", ""),
    (AlertEvent, "max(id)", ""),
    (Silence, "max(id)", ""),
    (Alert, "count(*)", OPEN_ALERT),
    (Alert, "max(judged_at)", OPEN_ALERT),
    (Anomaly, "max(id)", ""),
    (Anomaly, "max(worst_at)", ""),
    (Recommendation, "sum(id)", OPEN_ADVICE),
    (Recommendation, "max(last_seen)", OPEN_ADVICE),
    (ActionRun, "max(id)", ""),
    (ActionRun, "count(*)", AT_WORK),
    (ActionRun, "max(began_at)", AT_WORK),
    (ActionRun, "max(done_at)", AT_WORK),
)
_limits: str | None = None  # the thresholds' part of the revision that this process saw last


class Revision(NamedTuple):
    """*parts* in the order of LOOKS, as text; what there is none of need not be read."""

    parts: tuple[str, ...]

    def has(self, model: type[Model]) -> bool:
        """Whether there is any of it; of alerts and recommendations: any open one."""
        return self.of(model) not in ("", "0")

    def of(self, model: type[Model]) -> str:
        return next(part for part, look in zip(self.parts, LOOKS, strict=True) if look[0] is model)


@cache
def statement() -> str:
    parts = [f"(SELECT {what} FROM {model._meta.db_table} WHERE {which or 'true'})" for model, what, which in LOOKS]
    return f"SELECT {', '.join(parts)}"


def revision() -> Revision:
    """One query. Thresholds that another process changed are read again, too."""
    global _limits
    with connection.cursor() as cursor:
        cursor.execute(statement())
        found = Revision(tuple("" if value is None else str(value) for value in cursor.fetchone()))
    limits = found.of(ThresholdChange)
    if limits != _limits:
        selectors.forget_thresholds()
        _limits = limits
    return found
