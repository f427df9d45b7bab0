"""A rule looks at the facts and says what is wrong, why, what to do, and how sure it is. Declared, never twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from performance.analysis.rules.facts import Facts

Evidence = tuple[tuple[str, str], ...]
LEAST_STRENGTH, MOST_STRENGTH = 0.05, 1.0


class Area(StrEnum):
    DATABASE = "database"
    CACHE = "cache"
    TASKS = "tasks"
    SYSTEM = "system"
    APPLICATION = "application"


class Effort(StrEnum):
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"


@dataclass(frozen=True)
class Cure:
    """An action that would help: its name and parameters."""

    action: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Case:
    """One thing that a rule found.

    Attributes
    ----------
    subject : what it is about, so that the same trouble is told once: a route, a table, a process
    effect : what to expect of the cure, and how that was estimated
    strength : from 0 to 1, how much of what is measured it accounts for
    host : where, if it concerns one host only
    magnitude : the size of the evidence in the rule's own unit; a dismissed case comes back when it has doubled, so it
        is one that does not grow by itself, as a count would, and that can double (see ``fullness``)
    touches : every route, statement, process or namespace by whose name an alert's culprits could mention it
    explains : ``category.metric`` of the figures that this case moves, where they differ from the rule's
    """

    subject: str
    title: str
    cause: str
    cure: str
    evidence: Evidence
    effect: str
    effort: Effort
    strength: float
    magnitude: float
    host: str = ""
    touches: tuple[str, ...] = ()
    action: Cure | None = None
    explains: tuple[str, ...] = ()
    weight: float | None = None


@dataclass(frozen=True)
class Finding:
    """A case with the rule that found it. ``score``, up to 100, ranks findings: how deep the cause, how sure."""

    rule: str
    area: Area
    score: float
    explains: tuple[str, ...]
    case: Case

    @property
    def key(self) -> tuple[str, str]:
        return self.rule, self.case.subject


Look = Callable[[Facts], Iterable[Case]]


@dataclass(frozen=True)
class Rule:
    """``weight`` is how near to the root: a cause that explains others weighs more than what only names a symptom."""

    name: str
    area: Area
    weight: float
    explains: tuple[str, ...]
    look: Look

    def findings(self, facts: Facts) -> Iterable[Finding]:
        for case in self.look(facts):
            strength = min(MOST_STRENGTH, max(LEAST_STRENGTH, case.strength))
            weight = self.weight if case.weight is None else case.weight
            yield Finding(self.name, self.area, round(100 * weight * strength, 1), case.explains or self.explains, case)


RULES: dict[str, Rule] = {}


def rule(name: str, area: Area, weight: float, explains: Iterable[str]) -> Callable[[Look], Look]:
    """Declares a rule; the same name twice is a mistake."""

    def declare(look: Look) -> Look:
        if name in RULES:
            raise ValueError(f"The rule {name!r} is declared twice.")
        RULES[name] = Rule(name, area, weight, tuple(explains), look)
        return look

    return declare


def fullness(percent: float) -> float:
    """A percentage as a magnitude, for no percentage above 50 can double: what is taken, in parts of what is left.

    It doubles from 10 to 18, and where something is nearly full, when half of the rest is gone: from 91 to 96.
    """
    return percent / max(1.0, 101 - percent)


def named(category: str, names: str) -> tuple[str, ...]:
    """``category.metric`` of several metrics, separated by spaces."""
    return tuple(f"{category}.{name}" for name in names.split())


LATENCY = named("application", "latency_p50 latency_p95 latency_p99 in_flight")
CPU = (*named("system", "cpu_percent cpu_worst_core load_1 load_5 load_15"), "application.cpu_percent")
MEMORY = named("system", "memory_percent memory_used swap_percent swap_rate") + named("application", "rss rss_worst")
CONNECTIONS = named(
    "database",
    "worst_percent pool_percent connections_percent pool_in_use pool_peak pool_waiting pool_wait_ms connections",
)
QUEUE = named(
    "tasks",
    "waiting waiting_interactive waiting_normal waiting_bulk oldest_seconds drain_seconds wait_p50_seconds "
    "wait_p95_seconds busy_percent workers_busy",
)
HITS = named("cache", "hit_percent local_hit_percent shared_hit_percent compute_rate compute_ms")
