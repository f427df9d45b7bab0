"""What is asked of the prices of a set: which period and tickers, against what. (No NumPy here.)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

MOST_AT_ONCE = 1_500_000
"""Prices from which on a report is work for a job."""
MOST_CORRELATED = 40


@dataclass(frozen=True)
class ReportRequest:
    """A part of a set, and what its statistics assume.

    Attributes
    ----------
    first, last : the period, None for all there is
    tickers : all where empty
    benchmark : a ticker of the set, for beta and alpha; empty for none
    risk_free : decimal per year
    """

    first: date | None = None
    last: date | None = None
    tickers: tuple[str, ...] = ()
    benchmark: str = ""
    risk_free: float = 0.0

    @property
    def read(self) -> tuple[str, ...] | None:
        """The tickers whose prices are needed, None for all."""
        if not self.tickers:
            return None
        extra = [self.benchmark] if self.benchmark and self.benchmark not in self.tickers else []
        return (*self.tickers, *extra)

    def parameters(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "tickers": list(self.tickers),
            "benchmark": self.benchmark,
            "risk_free": self.risk_free,
        }

    @classmethod
    def from_parameters(cls, data: Mapping[str, Any]) -> ReportRequest:
        first, last = (date.fromisoformat(data[name]) if data[name] else None for name in ("first", "last"))
        return cls(first, last, tuple(data["tickers"]), data["benchmark"], data["risk_free"])
