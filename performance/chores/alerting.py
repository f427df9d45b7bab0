"""Judges each sample by the thresholds, and wakes whoever tells of it."""

from __future__ import annotations

from datetime import timedelta

from performance.alerts.choices import AlertState
from performance.alerts.courier import Courier
from performance.alerts.culprits import WRONG, Suspects, suspected
from performance.alerts.evaluation import evaluate
from performance.alerts.models import Alert, Silence
from performance.chores import Chore, Tick, register

KEEP = timedelta(days=365)
BATCH = 200


@register
class Judge(Chore):
    name = "judge"

    def __init__(self) -> None:
        self.suspects, self.courier = Suspects(), Courier()

    def run(self, tick: Tick) -> None:
        self.suspects.begin()
        alerts = evaluate(tick, self.suspects)
        tick.notes.wrong = any(alert.state in WRONG for alert in alerts)
        tick.notes.processes = suspected(alerts, tick.host, self.suspects)
        self.courier.wake()


@register
class PruneAlerts(Chore):
    """Alerts that are long over, with their history and who was told of them; and silences that have ended."""

    name, every = "prune alerts", 3600.0

    def run(self, tick: Tick) -> None:
        before = tick.taken_at - KEEP
        old = Alert.objects.filter(state=AlertState.RESOLVED, resolved_at__lt=before).order_by("resolved_at")
        Alert.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])).delete()
        Silence.objects.filter(until__lt=before).delete()
