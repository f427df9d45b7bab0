"""What became of each ticker that was asked for: to print and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from valor.lib.errors import Problem, ValorError

ADDED, CHANGED, UNCHANGED, FAILED = "added", "changed", "unchanged", "failed"
STATES = (ADDED, CHANGED, UNCHANGED, FAILED)
MOST_PROBLEMS = 5


@dataclass(frozen=True)
class TickerFetch:
    """The outcome of one ticker.

    Attributes
    ----------
    state : added (new, or with new days only), changed (another price than was stored), unchanged or failed
    added, changed, unchanged : days
    differing : days of which another price was stored, whatever the rule made of them
    without : days that the provider gave without a price; they were left out
    first, last : the days from and to which the provider gave prices, in ISO 8601
    problems : why it failed, and what to do
    """

    ticker: str
    state: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    differing: int = 0
    without: int = 0
    first: str = ""
    last: str = ""
    problems: tuple[dict[str, Any], ...] = ()

    @classmethod
    def failed(cls, ticker: str, error: ValorError) -> TickerFetch:
        problems = error.problems or (Problem("provider", ticker, error.message, ""),)
        return cls(ticker, FAILED, problems=tuple(problem.as_dict() for problem in problems[:MOST_PROBLEMS]))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TickerFetch:
        """What ``asdict`` made, also through JSON."""
        return cls(**{**data, "problems": tuple(data["problems"])})

    def __str__(self) -> str:
        if self.state == FAILED:
            return "\n".join(f"{self.ticker}: {p['message']} {p['remedy']}".rstrip() for p in self.problems)
        days = ", ".join(f"{getattr(self, name):,} {name}" for name in (ADDED, CHANGED, UNCHANGED))
        left = f"; {self.without:,} days came without a price" if self.without else ""
        return f"{self.ticker}: {self.first} to {self.last}, {days}{left}"


@dataclass(frozen=True)
class FetchReport:
    """The outcome of all that was asked for at once."""

    provider: str
    tickers: tuple[TickerFetch, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many tickers ended in each state."""
        counted = Counter(ticker.state for ticker in self.tickers)
        return {state: counted[state] for state in STATES}

    @property
    def state(self) -> str:
        """fetched, partial (some failed) or failed (all did)."""
        failed = self.counts[FAILED]
        return "fetched" if not failed else FAILED if failed == len(self.tickers) else "partial"

    def problems(self) -> list[Problem]:
        """Why tickers failed, each named."""
        return [
            Problem(fetch.ticker, problem["value"], problem["message"], problem["remedy"])
            for fetch in self.tickers
            for problem in fetch.problems[:1]
        ]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        tickers = [asdict(ticker) for ticker in self.tickers]
        return {"provider": self.provider, "state": self.state, "counts": self.counts, "tickers": tickers}

    def lines(self) -> Iterator[str]:
        yield from map(str, self.tickers)
        counted = ", ".join(f"{count:,} {state}" for state, count in self.counts.items())
        yield f"{len(self.tickers):,} tickers: {counted}"

    def __str__(self) -> str:
        return "\n".join(self.lines())
