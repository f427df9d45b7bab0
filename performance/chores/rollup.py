"""Rolls samples up as their stretches of time are complete; a backlog is worked off over several ticks."""

from __future__ import annotations

from performance.chores import Chore, Tick, register
from performance.metrics import CATEGORIES
from performance.rollups.services import Latecomers, Turns, catch_up, closed_before

SECONDS = 0.2  # of one tick, in transactions of a few milliseconds each


@register
class RollUp(Chore):
    """One host's sampler does it for all hosts, also for those that are gone."""

    name = "rollup"

    def __init__(self) -> None:
        self.done = 0
        self.latecomers = [Latecomers(category) for category in CATEGORIES.values()]
        self.turns: Turns = {}

    def run(self, tick: Tick) -> None:
        closed = closed_before(tick.taken_at)
        if not tick.lead or closed <= self.done:
            return
        if catch_up(self.latecomers, tick.taken_at, SECONDS, self.turns):
            self.done = closed
