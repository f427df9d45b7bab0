"""Judges each sample by the thresholds, and wakes whoever tells of it."""

from __future__ import annotations

from performance.alerts.courier import Courier
from performance.alerts.culprits import Suspects
from performance.alerts.evaluation import evaluate
from performance.chores import Chore, Tick, register


@register
class Judge(Chore):
    name = "judge"

    def __init__(self) -> None:
        self.suspects, self.courier = Suspects(), Courier()

    def run(self, tick: Tick) -> None:
        self.suspects.begin()
        evaluate(tick, self.suspects)
        self.courier.wake()
