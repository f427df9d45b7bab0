"""Looks for advice after each sample, and takes the measures of actions whose effect shows with time.

While the platform starts nothing is advised: the workers are still on their way.
"""

from __future__ import annotations

from performance.actions.services import close_orphans, measure_due
from performance.analysis.rules import findings
from performance.checks import starting
from performance.chores import Chore, Tick, register
from performance.facts import Past, gather
from performance.recommendations.services import refresh


@register
class Advise(Chore):
    """On one host, for the whole platform; who is behind an alert was found out when it was judged."""

    name = "advise"

    def __init__(self) -> None:
        self.past = Past()

    def run(self, tick: Tick) -> None:
        if not tick.lead or starting(tick.taken_at):
            return
        if tick.notes.wrong:
            self.past = Past()
        facts = gather(tick.taken_at, tick.notes.processes, self.past)
        refresh(findings(facts), tick.taken_at, tick.interval)
        measure_due(tick.taken_at)
        close_orphans(tick.taken_at)
