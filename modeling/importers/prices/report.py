"""What became of a file of prices, ticker by ticker: to print and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from modeling.importers.prices.columns import column_words
from modeling.importers.prices.judgement import LeftOut, Trouble
from modeling.prices.units import MINOR
from valor.lib.errors import Problem, ValorError

ADDED, CHANGED, UNCHANGED, REFUSED = "added", "changed", "unchanged", "refused"
# Of very many tickers these many are told one by one, what went wrong first; the counts are always of all.
MOST_TICKERS = 2_000
MOST_LINES = 50
ORDER = {REFUSED: 0, CHANGED: 1, ADDED: 2, UNCHANGED: 3}


@dataclass(frozen=True)
class TickerReport:
    """The outcome of one ticker.

    Attributes
    ----------
    state : added (new, or with new days only), changed (another price than was stored), unchanged or refused
    added, changed, unchanged : days
    differing : days of which another price was stored, whatever the rule made of them
    duplicates, overruled : lines that said the same again, or something else, about a day
    problems, problem_count : why it was refused; of many problems some are told
    conflicts : the first of the days that differ, in words
    unit : the minor unit, such as GBX, from which its prices were converted; empty where they were not
    """

    ticker: str
    state: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    differing: int = 0
    duplicates: int = 0
    overruled: int = 0
    problems: tuple[Trouble, ...] = ()
    problem_count: int = 0
    conflicts: tuple[str, ...] = ()
    unit: str = ""

    @classmethod
    def left_out(cls, left: LeftOut) -> TickerReport:
        return cls(left.ticker, REFUSED, problems=left.troubles, problem_count=left.trouble_count)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TickerReport:
        """What ``asdict`` made, also through JSON."""
        problems = tuple(Trouble(**problem) for problem in data["problems"])
        return cls(**{**data, "problems": problems, "conflicts": tuple(data["conflicts"])})

    def lines(self) -> Iterator[str]:
        if self.state == REFUSED:
            yield from (f"{self.ticker or 'A column without a name'}: {problem}" for problem in self.problems)
            if self.problem_count > len(self.problems):
                yield f"{self.ticker}: and {self.problem_count - len(self.problems):,} problems more."
        if self.differing:
            such = f", such as {self.conflicts[0]}" if self.conflicts else ""
            yield f"{self.ticker}: another price was stored of {self.differing:,} days{such}"
        if self.overruled:
            yield f"{self.ticker}: {self.overruled:,} lines with another price of the same day were overruled."


@dataclass(frozen=True)
class FileReport:
    """The outcome of one file. With ``problems`` it was refused as a whole, and nothing of it was used.

    ``price_column`` is that of its prices, empty where every column holds those of a ticker.
    """

    name: str
    rows: int = 0
    tickers: tuple[TickerReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    dry_run: bool = False
    price_column: str = ""

    @classmethod
    def refused(cls, name: str, error: ValorError) -> FileReport:
        problems = error.problems or (Problem("file", name, error.message, "Correct the file and send it again."),)
        return cls(name, problems=problems)

    @property
    def counts(self) -> dict[str, int]:
        """How many tickers ended in each state."""
        counted = Counter(ticker.state for ticker in self.tickers)
        return {state: counted[state] for state in (ADDED, CHANGED, UNCHANGED, REFUSED)}

    @property
    def points(self) -> dict[str, int]:
        """How many days were added, changed, unchanged; and dropped, since they came twice."""
        names = ("added", "changed", "unchanged", "differing", "duplicates")
        return {name: sum(getattr(ticker, name) for ticker in self.tickers) for name in names}

    @property
    def state(self) -> str:
        """refused where nothing could be used, else unchanged or imported."""
        counts = self.counts
        if self.problems or counts[REFUSED] == len(self.tickers):
            return REFUSED
        return "imported" if counts[ADDED] or counts[CHANGED] else UNCHANGED

    def reasons(self) -> tuple[Problem, ...]:
        """Why nothing of it could be used."""
        return self.problems or tuple(
            Problem(
                f"{ticker.ticker}, line {trouble.line}" if trouble.line else ticker.ticker,
                trouble.value,
                trouble.message,
                trouble.remedy,
            )
            for ticker in self.told()
            for trouble in ticker.problems[:2]
        )

    @property
    def converted(self) -> list[str]:
        """Of how many tickers which minor units were converted, in words."""
        counted = Counter(ticker.unit for ticker in self.tickers if ticker.unit and ticker.state != REFUSED)
        return [
            f"{MINOR[unit].words} ({'1 ticker' if count == 1 else f'{count:,} tickers'})."
            for unit, count in counted.items()
        ]

    def told(self) -> list[TickerReport]:
        return sorted(self.tickers, key=lambda ticker: ORDER[ticker.state])[:MOST_TICKERS]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "name": self.name,
            "state": self.state,
            "dry_run": self.dry_run,
            "price_column": self.price_column,
            "rows": self.rows,
            "counts": self.counts,
            "points": self.points,
            "problems": [problem.as_dict() for problem in self.problems],
            "converted": self.converted,
            "notes": list(self.notes),
            "tickers": [asdict(ticker) for ticker in self.told()],
        }

    def lines(self) -> Iterator[str]:
        """The report in words, one fact per line."""
        counts, points = self.counts, self.points
        if self.problems:
            yield f"{self.name}: refused, nothing of it was used"
            yield from (f"{problem.message} {problem.remedy}".rstrip() for problem in self.problems)
            return
        how = f"{self.state}, as a trial that stored nothing" if self.dry_run else self.state
        yield f"{self.name}: {how}, {self.rows:,} lines, {len(self.tickers):,} tickers"
        yield "Tickers: " + ", ".join(f"{count:,} {state}" for state, count in counts.items())
        yield "Prices: " + ", ".join(f"{points[name]:,} {name}" for name in ("added", "changed", "unchanged"))
        yield from self.converted
        if words := column_words(self.price_column):
            yield words
        if points["duplicates"]:
            yield f"Lines that said the same again, dropped: {points['duplicates']:,}"
        if points["differing"]:
            yield f"Days of which another price was stored: {points['differing']:,}"
        yield from (f"Note: {note}" for note in self.notes)
        yield from capped(line for ticker in self.told() for line in ticker.lines())

    def __str__(self) -> str:
        return "\n".join(self.lines())


def capped(lines: Iterable[str]) -> Iterator[str]:
    left = 0
    for count, line in enumerate(lines):
        if count < MOST_LINES:
            yield line
        else:
            left += 1
    if left:
        yield f"... and {left:,} lines more."


def summary_of(reports: Iterable[FileReport]) -> dict[str, Any]:
    """Several files as one: what a job answers."""
    files = [report.as_dict() for report in reports]
    totals = {
        key: {name: sum(file[key][name] for file in files) for name in (files[0][key] if files else {})}
        for key in ("counts", "points")
    }
    states = [file["state"] for file in files]
    state = "imported" if "imported" in states else UNCHANGED if UNCHANGED in states else REFUSED
    return {"state": state, **totals, "files": files}
