"""One glance at the platform for one answer: status, cards and page need the same samples and alerts, read once."""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

from performance import sampling
from performance.alerts.choices import AlertState
from performance.alerts.models import Alert
from performance.alerts.selectors import MOST_OPEN, open_alerts
from performance.models.samples import Sample
from performance.sampling import Sampling
from performance.selectors import last_of, latest_of

S = TypeVar("S", bound=Sample)


class Glance:
    """Reads what is asked for when it is first asked for; lives as long as the answer."""

    def __init__(self) -> None:
        self.samples: dict[type[Sample], list[Sample]] = {}

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

    @cached_property
    def open(self) -> list[Alert]:
        return list(open_alerts()[:MOST_OPEN])

    @property
    def firing(self) -> list[Alert]:
        """What fires, the worst first; what another alert explains comes with it."""
        return [alert for alert in self.open if alert.state == AlertState.FIRING]

    @cached_property
    def sampling(self) -> Sampling:
        return sampling.state()

    def wrong(self, category: str, host: str) -> set[str]:
        """The metrics of a category that are in trouble on a host, or on the platform as a whole."""
        return {alert.metric for alert in self.firing if alert.category == category and alert.host in ("", host)}
