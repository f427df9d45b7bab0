"""An import of prices: how a file would be read, how far its job is, and what became of each ticker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from modeling.importers.prices.columns import column_words
from modeling.models import Frequency
from modeling.presenters.progress import Progress, shown, time_left
from valor.lib.numbers import format_number

LABELS = {
    "shape": "Layout",
    "date_column": "Column of dates",
    "ticker_column": "Column of tickers",
    "price_column": "Column of prices",
    "currency_column": "Column of currencies",
    "currency": "Currency of the prices",
    "date_format": "Dates are written",
    "encoding": "Encoding",
    "separator": "Columns are parted by",
    "decimal": "Decimal mark",
    "thousands": "Thousands mark",
    "sheet": "Sheet",
    "ticker": "Ticker",
}
WORDS = {
    "separator": {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"},
    "decimal": {".": "point", ",": "comma"},
    "thousands": {"": "none", ",": "comma", ".": "point", " ": "space", "'": "apostrophe"},
    "shape": {
        "wide": "a column for each ticker",
        "long": "a line for each ticker and date",
        "single": "the prices of one ticker",
    },
    "date_format": {
        "ymd": "year-month-day",
        "yyyymmdd": "year, month and day in eight digits",
        "dmy": "day/month/year",
        "mdy": "month/day/year",
        "yymd": "year-month-day, the year in two digits",
        "d_month_y": "day, month's name, year",
        "month_d_y": "month's name, day, year",
        "epoch_s": "seconds since 1970 (UTC)",
        "epoch_ms": "milliseconds since 1970 (UTC)",
    },
}
# What can be stated whatever was recognised; of the rest the file has the alternatives.
ALWAYS = ("shape", "date_format", "separator", "decimal", "thousands")
FREE = ("ticker", "currency")
UNSAID = {"currency": "That of the set, or of what is stored of a ticker, unless given; GBX or GBp for pence."}
STATES = {"added": "Added", "changed": "Changed", "unchanged": "Unchanged", "refused": "Left out"}


@dataclass(frozen=True)
class Choice:
    """One part of the layout: what was recognised, why, and what else it may be.

    ``doubtful`` ones have no value until somebody chooses one.
    """

    name: str
    label: str
    value: str
    evidence: str
    options: tuple[tuple[str, str], ...]
    doubtful: bool
    free: bool
    given: bool = False
    error: str = ""

    @property
    def shown(self) -> str:
        return dict(self.options).get(self.value, self.value)


@dataclass(frozen=True)
class Reading:
    """How one file would be read; ``columns`` and ``rows`` are its first prices."""

    name: str
    problems: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    width: str


def choices_of(inspection: Mapping[str, Any], errors: Mapping[str, str]) -> list[Choice]:
    """The parts of the layout of the first file that can be read: what is stated holds for all of them."""
    readable = [file for file in inspection["files"] if file["layout"]]
    if not readable:
        return []
    return [choice_of(finding, errors.get(finding["name"], "")) for finding in readable[0]["findings"]]


def more_of(inspection: Mapping[str, Any], choices: Sequence[Choice]) -> list[Choice]:
    """What was not recognised since nothing spoke of it, and may be stated all the same."""
    readable = next((file for file in inspection["files"] if file["layout"]), None)
    if readable is None:
        return []
    columns = [(name, name) for name in readable["columns"] if name]
    options = {
        "thousands": [(mark, word) for mark, word in WORDS["thousands"].items() if mark],
        "ticker_column": columns,
        "price_column": columns,
        "currency_column": columns,
        "currency": [],
    }
    there = {choice.name for choice in choices}
    there |= {"currency"} if "currency_column" in there else set()
    return [
        Choice(name, LABELS[name], "", UNSAID.get(name, ""), (("", "none"), *known), doubtful=False, free=name in FREE)
        for name, known in options.items()
        if name not in there and (name != "thousands" or readable["layout"]["kind"] == "text")
    ]


def choice_of(finding: Mapping[str, Any], error: str) -> Choice:
    name, value = finding["name"], finding["value"]
    words = WORDS.get(name, {})
    known = list(words) if name in ALWAYS else []
    values = list(dict.fromkeys([value, *finding["alternatives"], *known]))
    return Choice(
        name=name,
        label=LABELS.get(name, name),
        value=value,
        evidence=finding["evidence"],
        options=tuple((option, words.get(option, option)) for option in values),
        doubtful=not finding["certain"],
        free=name in FREE,
        given=finding["given"],
        error=error,
    )


def frequency_of(inspection: Mapping[str, Any]) -> str:
    """How often the first file seems to have prices, by the usual distance of its first dates; empty where these are
    doubtful."""
    if any("date_format" in file.get("to_confirm", ()) for file in inspection["files"]):
        return ""
    rows: list[Mapping[str, Any]] = next((file["preview"] for file in inspection["files"] if file["preview"]), [])
    days = sorted({date.fromisoformat(row["date"]) for row in rows if row["date"]})
    apart = sorted((later - earlier).days for earlier, later in pairwise(days))
    usual = apart[len(apart) // 2] if apart else 1
    return Frequency.by_distance(usual).value


def readings_of(inspection: Mapping[str, Any]) -> list[Reading]:
    return [
        Reading(
            file["name"],
            tuple(f"{problem['message']} {problem['remedy']}" for problem in file["problems"]),
            tuple(file["preview"]),
            f"{file['column_count']:,} columns" if file.get("column_count") else "",
        )
        for file in inspection["files"]
    ]


def progress_of(job: Mapping[str, Any] | None) -> Progress:
    """How far an import is, naming the ticker it is at."""
    return shown(job, words_of, "The job of this import was removed before it was done: send the file again.")


def words_of(job: Mapping[str, Any], state: str) -> str:
    if state == "queued":
        return "It waits for a worker."
    left = job.get("seconds_left")
    words = str(job.get("message") or job.get("stage") or "The file is being read.")
    return words + (f", {time_left(float(left))} left" if left is not None else "")


@dataclass(frozen=True)
class TickerRow:
    """What became of one ticker."""

    ticker: str
    file: str
    state: str
    word: str
    added: str
    changed: str
    unchanged: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    sentence: str
    state: str
    counts: tuple[tuple[str, str, str], ...]
    prices: str
    notes: tuple[str, ...]
    problems: tuple[str, ...]
    rows: tuple[TickerRow, ...]


def report_of(report: Mapping[str, Any], state: str = "") -> Report:
    """The report of a finished import; of its tickers those in *state* alone, where one is asked for."""
    files = report["files"]
    rows = [row_of(ticker, file["name"], len(files) > 1) for file in files for ticker in file["tickers"]]
    counts, points = report["counts"], report["points"]
    told = ", ".join(f"{points[name]:,} {name}" for name in ("added", "changed", "unchanged"))
    return Report(
        sentence=sentence_of(report["state"], counts),
        state=report["state"],
        counts=tuple((name, word, format_number(counts.get(name, 0), 0)) for name, word in STATES.items()),
        prices=f"Prices: {told}."
        + (f" {points['differing']:,} differ from what was stored." if points.get("differing") else ""),
        notes=(
            *filter(None, dict.fromkeys(column_words(file.get("price_column", "")) for file in files)),
            *(f"{file['name']}: {note}" for file in files for note in (*file.get("converted", ()), *file["notes"])),
        ),
        problems=tuple(
            f"{file['name']}: {problem['message']} {problem['remedy']}"
            for file in files
            for problem in file["problems"]
        ),
        rows=tuple(row for row in rows if state in ("", row.state)),
    )


def sentence_of(state: str, counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    tickers = "1 ticker" if total == 1 else f"{total:,} tickers"
    if state == "unchanged":
        return f"Everything was here already: {tickers}, nothing changed"
    left = counts.get("refused", 0)
    return f"{tickers} read, {left:,} left out" if left else f"{tickers} imported"


def row_of(ticker: Mapping[str, Any], file: str, several: bool) -> TickerRow:
    notes = [problem_words(problem) for problem in ticker["problems"]]
    more = ticker["problem_count"] - len(ticker["problems"])
    notes += [f"and {more:,} problems more"] if more > 0 else []
    notes += [f"Another price was stored of {ticker['differing']:,} days."] if ticker["differing"] else []
    notes += list(ticker["conflicts"])
    notes += [f"{ticker['overruled']:,} lines of the same day were overruled."] if ticker["overruled"] else []
    state = ticker["state"]
    return TickerRow(
        ticker=ticker["ticker"] or "A column without a name",
        file=file if several else "",
        state=state,
        word=STATES.get(state, state),
        added=format_number(ticker["added"], 0),
        changed=format_number(ticker["changed"], 0),
        unchanged=format_number(ticker["unchanged"], 0),
        notes=tuple(notes),
    )


def problem_words(problem: Mapping[str, Any]) -> str:
    where = f"Line {problem['line']:,}: " if problem.get("line") else ""
    return f"{where}{problem['message']} {problem['remedy']}".strip()


def refused_words(report: Mapping[str, Any]) -> Sequence[str]:
    """Why a whole import was refused."""
    return [f"{problem['field']}: {problem['message']} {problem['remedy']}" for problem in report.get("problems", [])]
