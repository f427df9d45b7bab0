"""Shows the detectors of anomalies the mean of every five minutes, so that most ticks cost nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from performance.analysis.anomalies import STEP
from performance.chores import Chore, Tick, register
from performance.foresight.watch import WATCHED, Watched, feed


@register
class Watch(Chore):
    """Gathers each tick's figures; the first tick of a new step hands over the means of the one before."""

    name = "watch"

    def __init__(self) -> None:
        self.step: int | None = None
        self.gathered: dict[Watched, list[float]] = {}

    def run(self, tick: Tick) -> None:
        step = int(tick.taken_at.timestamp()) // STEP
        if self.step is not None and step != self.step and self.gathered:
            means = {watched: sum(values) / len(values) for watched, values in self.gathered.items()}
            at = datetime.fromtimestamp(self.step * STEP, UTC)
            # Given up before it is tried, or a database that is away would be shown the same again and again.
            self.gathered = {}
            feed(host=tick.host, at=at, means=means)
        self.step = step
        for watched in WATCHED:
            value = tick.rows.get(watched.category, {}).get(watched.metric)
            if value is not None and (tick.lead or not watched.declared.platform):
                self.gathered.setdefault(watched, []).append(float(value))
