"""Which metrics can have a threshold: those of the samples, and a few that are no column of any sample."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from performance.metrics import CATEGORIES, Metric
from performance.units import COUNT, SECONDS

# Judged by the leading host's sampler from what all of them wrote; there is no history of them to draw.
LAG = Metric("lag", "Lag of the sampler", SECONDS)
REPEATED = Metric("repeated", "Runs of one statement in a request", COUNT, platform=True)
UNSAMPLED: Mapping[tuple[str, str], Metric] = MappingProxyType(
    {("sampler", LAG.name): LAG, ("queries", REPEATED.name): REPEATED}
)


def find(category: str, metric: str) -> Metric | None:
    """The metric of that name, None where nobody measures it."""
    sampled = CATEGORIES.get(category)
    return sampled.by_name.get(metric) if sampled else UNSAMPLED.get((category, metric))


def known(category: str, metric: str) -> Metric:
    """A metric that is stored with a threshold, and so was measured when that was made."""
    return find(category, metric) or Metric(metric, metric.replace("_", " ").capitalize(), COUNT)


def sampled(category: str, metric: str) -> bool:
    """Whether its history can be drawn."""
    return category in CATEGORIES and metric in CATEGORIES[category].by_name
