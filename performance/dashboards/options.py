"""What can be chosen for a panel: always one or several of what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from performance.lease import this_host
from performance.metrics import CATEGORIES, Category, Metric
from performance.models import SamplerLease
from performance.panels import MOST_LINES, declared
from valor.lib.errors import Problem

Choices = Sequence[tuple[str, str]]
SHOWN = 80  # characters of what is echoed
TOLD = 12  # choices that a remedy lists


@dataclass(frozen=True)
class Option:
    """One of them.

    Attributes
    ----------
    choices : by group, which has no name where there is only one
    default : what counts where nothing is said; None: it must be said
    most : how many may be chosen at once; from two on the value is a list
    fleeting : whether choices come and go, so that what was chosen once may be kept
    where : in the API's words, where the choices stand
    """

    name: str
    label: str
    choices: Callable[[], Mapping[str, Choices]]
    default: str | None = None
    most: int = 1
    fleeting: bool = False
    where: str = ""

    def of(self, values: Mapping[str, Any]) -> Any:
        """The value in an entry, or what counts where it says nothing."""
        return values.get(self.name, [] if self.most > 1 else self.default)

    @property
    def known(self) -> list[str]:
        return [value for group in self.choices().values() for value, _ in group]

    def problems(self, value: Any, stored: bool) -> Iterator[Problem]:
        """What is wrong with a value; *stored*: it was right once."""
        if self.most > 1:
            yield from self.problems_of_several(value)
        elif value is None or value == "" != self.default:
            yield Problem(self.name, value, "Nothing is chosen.", self.remedy)
        elif not isinstance(value, str):
            yield Problem(self.name, str(value)[:SHOWN], "This is no text.", self.remedy)
        elif value != self.default and not (stored and self.fleeting) and value not in self.known:
            yield Problem(self.name, value[:SHOWN], "There is no such choice.", self.remedy)

    def problems_of_several(self, value: Any) -> Iterator[Problem]:
        if not isinstance(value, list) or not 1 <= len(value) <= self.most:
            yield Problem(self.name, str(value)[:SHOWN], f"This takes one to {self.most}.", self.remedy)
            return
        known = set(self.known)
        for one in value:
            if not isinstance(one, str) or one not in known:
                yield Problem(self.name, str(one)[:SHOWN], "There is no such choice.", self.remedy)
        if len({str(one) for one in value}) < len(value):
            yield Problem(self.name, ", ".join(map(str, value))[:SHOWN], "One is there twice.", "Choose each once.")

    @property
    def remedy(self) -> str:
        if self.where:
            return f"Choose among {self.where}."
        return f"Choose one of {', '.join(value or '(empty)' for value in self.known[:TOLD])}."


def metrics() -> dict[str, Choices]:
    """Everything that is measured, by category."""
    return {
        name.capitalize(): [(f"{name}.{metric.name}", f"{metric.label} ({metric.unit})") for metric in category.metrics]
        for name, category in CATEGORIES.items()
    }


def metric_of(name: str) -> tuple[Category, Metric]:
    """Of ``system.cpu_percent``, which is known to be one."""
    category, _, metric = name.partition(".")
    return CATEGORIES[category], CATEGORIES[category].by_name[metric]


def panels() -> dict[str, Choices]:
    """The charts of the other pages that this installation can fill."""
    return {"": [(panel.slug, panel.title) for panel in declared() if panel.fits()]}


def hosts() -> dict[str, Choices]:
    names = {this_host(), *SamplerLease.objects.values_list("host", flat=True)}
    return {"": [("", "The one chosen on the page"), *((name, name) for name in sorted(names))]}


HOST = Option("host", "Host", hosts, default="", fleeting=True, where="the hosts that are sampled, or leave it empty")
METRIC = Option("metric", "Figure", metrics, where="the names at /api/performance/metrics/, as in system.cpu_percent")
METRICS = Option(
    "metrics",
    "Line",
    metrics,
    most=MOST_LINES,
    where="the names at /api/performance/metrics/, as in system.cpu_percent",
)
PANEL = Option("panel", "Chart", panels)
