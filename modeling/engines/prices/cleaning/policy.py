"""What cleaning may do: by default it finds and repairs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from modeling.engines.errors import EngineError
from valor.lib.errors import Problem

CHOICES: Final = {
    "not_positive": ("refuse", "drop"),
    "splits": ("flag", "adjust"),
    "spikes": ("flag", "drop"),
    "stale": ("flag", "drop"),
    "delistings": ("flag", "drop"),
    "gaps": ("keep", "fill"),
}


@dataclass(frozen=True)
class CleaningPolicy:
    """The rules, in the order in which they are applied.

    Parameters
    ----------
    not_positive : "refuse" prices of zero, below or infinite, or "drop" them
    currency, rates : convert to this currency with these rates (see `converted`); without, mixed currencies are refused
    calendar : "union", "intersection", or the ticker whose days count
    splits : "flag" them, or "adjust" the prices before those at least as sure as ``split_confidence``
    spikes : "flag" them, or "drop" those at least as sure as ``spike_confidence``
    stale : "flag" runs of ``stale_days`` or more equal prices, or "drop" all but the first
    delistings : "flag" them, or "drop" the tickers where it is certain
    gaps : "keep" them, or "fill" up to ``fill_days`` days of each with the price before
    most_missing_of_ticker, most_missing_of_day : drop a ticker, or a day, that lacks more than this share; or None
    """

    not_positive: str = "refuse"
    currency: str | None = None
    rates: Mapping[str, Any] = field(default_factory=dict)
    calendar: str = "union"
    splits: str = "flag"
    split_confidence: float = 0.8
    spikes: str = "flag"
    spike_confidence: float = 0.8
    stale: str = "flag"
    stale_days: int = 5
    delistings: str = "flag"
    gaps: str = "keep"
    fill_days: int = 5
    most_missing_of_ticker: float | None = None
    most_missing_of_day: float | None = None

    def __post_init__(self) -> None:
        problems = [
            Problem(name, getattr(self, name), "There is no such rule.", f"Choose {' or '.join(choices)}.")
            for name, choices in CHOICES.items()
            if getattr(self, name) not in choices
        ]
        for name in ("split_confidence", "spike_confidence", "most_missing_of_ticker", "most_missing_of_day"):
            share = getattr(self, name)
            if share is not None and not 0 <= share <= 1:
                problems.append(Problem(name, share, "It is not a share.", "Give a decimal from 0 to 1."))
        if self.stale_days < 3:
            problems.append(Problem("stale_days", self.stale_days, "So few days happen.", "Give 3 or more."))
        if self.fill_days < 1:
            problems.append(Problem("fill_days", self.fill_days, "It fills nothing.", "Give 1 or more, or keep gaps."))
        if problems:
            raise EngineError(problems=problems)
