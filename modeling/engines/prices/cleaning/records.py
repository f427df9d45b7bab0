"""What cleaning sees and what it does, each with its evidence: nothing is repaired without a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from modeling.engines.prices.panel import Panel

CERTAIN: Final = 0.95
"""From this confidence on a finding is called certain, below it suspected."""


@dataclass(frozen=True)
class Finding:
    """Something doubtful in the prices.

    Attributes
    ----------
    kind : "gap", "delisting", "split", "spike", "jump", "stale", "not_positive", "duplicate", "calendar" or "currency"
    ticker : whose prices, or empty for the set
    first_day, last_day : where
    message : a sentence
    evidence : the figures behind it
    confidence : 0 to 1, how sure it is that the prices are wrong or incomplete there
    word : "certain" or "suspected", by the confidence
    """

    kind: str
    ticker: str
    first_day: np.datetime64
    last_day: np.datetime64
    message: str
    evidence: dict[str, Any] = field(default_factory=dict)
    confidence: float = 1.0
    word: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "word", "certain" if self.confidence >= CERTAIN else "suspected")


@dataclass(frozen=True)
class Repair:
    """Something that a rule asked for has done: ``changed`` prices of a ticker (or of the set) from day to day."""

    kind: str
    ticker: str
    first_day: np.datetime64
    last_day: np.datetime64
    message: str
    changed: int
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cleaned:
    """The prices after a step, what it found, and what it did."""

    panel: Panel
    findings: tuple[Finding, ...] = ()
    repairs: tuple[Repair, ...] = ()


def counted(number: int, singular: str, plural: str = "") -> str:
    """ "1 day", "2 days"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
