"""One glance at the platform for one answer: status, cards and page need the same samples and alerts, read once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

from performance import sampling
from performance.alerts.choices import AlertState
from performance.alerts.models import Alert
from performance.alerts.selectors import MOST_OPEN, open_alerts
from performance.latest import latest_of_all
from performance.models.samples import Sample
from performance.sampling import Sampling
from performance.selectors import last_of, latest_of

S = TypeVar("S", bound=Sample)
LATELY = timedelta(minutes=2)


class Glance:
    """Reads what is asked for when it is first asked for; lives as long as the answer."""

    def __init__(self) -> None:
        self.samples: dict[type[Sample], list[Sample]] = {}
        self.has_all = False

    def latest(self, model: type[S]) -> list[S]:
        """The last sample of a category of every host, by name."""
        if model not in self.samples:
            self.samples[model] = list(latest_of(model))
        return [sample for sample in self.samples[model] if isinstance(sample, model)]

    def last(self, model: type[S], host: str) -> S | None:
        """A host's last sample of a category, perhaps without its detail."""
        if model not in self.samples:
            return last_of(model, host)
        return next((sample for sample in self.latest(model) if sample.host == host), None)

    def read_all(self) -> None:
        """The last samples of every category in one query, for who needs more than one."""
        if not self.has_all:
            self.has_all = True
            self.samples = {model: list(found) for model, found in latest_of_all().items()} | self.samples

    @cached_property
    def open(self) -> list[Alert]:
        """Every alert that is not over, the worst first."""
        return list(open_alerts()[:MOST_OPEN])

    @cached_property
    def firing(self) -> list[Alert]:
        """What fires, the worst first; what another alert explains comes with it."""
        return [alert for alert in self.open if alert.state == AlertState.FIRING]

    def moving(self, now: datetime) -> bool:
        """Whether an alert is about to change, or changed just now; not where nobody judges it any more."""
        return any(moves(alert, now) for alert in self.open)

    @cached_property
    def sampling(self) -> Sampling:
        return sampling.state()

    def wrong(self, category: str, host: str) -> set[str]:
        """The metrics of a category that are in trouble on a host, or on the platform as a whole."""
        return {alert.metric for alert in self.firing if alert.category == category and alert.host in ("", host)}


def moves(alert: Alert, now: datetime) -> bool:
    if now - alert.judged_at > LATELY:
        return False
    fired = alert.fired_at
    return alert.state != AlertState.FIRING or (fired is not None and now - fired < LATELY)
