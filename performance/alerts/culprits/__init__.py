"""Who is behind an alert, with figures: read from the tick's own rows, and from a walk over the host's processes.

A finder is declared for the metrics that it explains and returns the largest first. Finders explain, they don't judge:
one that fails costs the explanation, never the alert.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from performance.alerts.choices import AlertState
from performance.alerts.models import Alert
from performance.chores import Tick
from performance.metrics import SYSTEM
from performance.probes.walk import Walker

logger = logging.getLogger(__name__)

MOST = 5
WRONG = (AlertState.PENDING, AlertState.FIRING)
Key = tuple[str, str]
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Culprit:
    """One of those behind an alert.

    Attributes
    ----------
    kind : process, route, statement, job, worker, namespace, table, transaction, target or breaker
    share : of the whole trouble, 0 to 1; None where that cannot be said
    sentence : a clause with its figures, to follow the alert's own
    url : where to look further; empty: nowhere
    """

    kind: str
    name: str
    figures: Mapping[str, Any]
    sentence: str
    share: float | None = None
    url: str = ""


class Suspects:
    """The host's processes, walked at most once a tick, and only for somebody who asks."""

    def __init__(self, walker: Callable[[], Any] = Walker) -> None:
        self.make = walker
        self.walker: Any = None
        self.found: list[dict[str, Any]] | None = None

    def processes(self) -> list[dict[str, Any]]:
        if self.found is None:
            self.walker = self.walker or self.make()
            self.found = self.walker.walk()
        return self.found

    def begin(self) -> None:
        """A new tick; a walker that the last one did not need is let go."""
        if self.found is None:
            self.walker = None
        self.found = None


def suspected(alerts: Iterable[Alert], host: str, suspects: Suspects) -> dict[str, list[Entry]]:
    """The processes behind what is wrong, by host: of this one as they were walked, else as its own sampler told."""
    found: dict[str, dict[int, Entry]] = {}
    for alert in alerts:
        if alert.host not in ("", host) and alert.category == SYSTEM.name and alert.state in WRONG:
            figures = (culprit["figures"] for culprit in alert.culprits if culprit["kind"] == "process")
            found.setdefault(alert.host, {}).update({process["pid"]: process for process in figures})
    told = {other: list(processes.values()) for other, processes in found.items() if processes}
    return told | ({host: list(suspects.found)} if suspects.found else {})


@dataclass(frozen=True)
class Case:
    """What a finder may look at."""

    alert: Alert
    tick: Tick
    suspects: Suspects = field(repr=False)

    def detail(self, category: str, name: str) -> list[dict[str, Any]]:
        """The members of the tick's row; none where its probe said nothing."""
        return list(self.tick.rows.get(category, {}).get("detail", {}).get(name) or [])

    def column(self, category: str, name: str) -> Any:
        return self.tick.rows.get(category, {}).get(name)


Finder = Callable[[Case], list[Culprit]]
FINDERS: dict[Key, Finder] = {}
F = TypeVar("F", bound=Finder)


def explains(*keys: str) -> Callable[[F], F]:
    """Declares a finder for metrics written as "system.cpu_percent"; a metric has one finder."""

    def declare(finder: F) -> F:
        for key in keys:
            category, _, metric = key.partition(".")
            if (category, metric) in FINDERS:
                raise ValueError(f"The culprits of {key} are looked for twice.")
            FINDERS[category, metric] = finder
        return finder

    return declare


def declared() -> Mapping[Key, Finder]:
    from performance.alerts.culprits import caches, databases, jobs, processes, requests  # noqa: F401  declare finders

    return FINDERS


def culprits(alert: Alert, tick: Tick, suspects: Suspects) -> list[dict[str, Any]]:
    """The largest few as plain data; none where nobody knows."""
    finder = declared().get(alert.key)
    if finder is None:
        return []
    try:
        return [asdict(culprit) for culprit in finder(Case(alert, tick, suspects))[: 2 * MOST]]
    except Exception:
        logger.exception("The culprits of %s were not found.", alert)
        return []


def largest(entries: Iterable[Entry], by: str, most: int = MOST) -> list[Entry]:
    """The entries with most of a figure; those that have none of it are no culprits."""
    return sorted((entry for entry in entries if entry.get(by)), key=lambda entry: -entry[by])[:most]


def part(amount: float | None, whole: float | None) -> float | None:
    """A share between 0 and 1."""
    return round(min(1.0, amount / whole), 3) if amount is not None and whole else None


def total(entries: Sequence[Entry], name: str) -> float:
    return float(sum(entry.get(name) or 0 for entry in entries))


def times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def of_times(some: int, all_of: int) -> str:
    """ "3 of 4 times"; "the only time" where there was one."""
    return "the only time" if some == all_of == 1 else f"{some:,} of {all_of:,} times"


def percent(share: float | None) -> str:
    return f"{100 * share:.0f} %" if share is not None else ""
