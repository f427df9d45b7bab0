"""Dates as files write them: which order of day, month and year a column has, and each date as a day number."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

from modeling.importers.prices.refusals import refused, shown

EPOCH = date(1970, 1, 1).toordinal()
TIME = r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|UTC|[AaPp][Mm]|[+-]\d{2}:?\d{2})?)?"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Of the dates looked at so many must be readable in a format; the others are told when the file is read.
ENOUGH = 0.9
FAR = 200  # days from one date to the next: prices hardly ever come once a year
LAST = "yymd"
TURNED = ("dmy", "mdy", LAST)
Match = re.Match[str]


@dataclass(frozen=True)
class DateFormat:
    """One way to write a date; ``read`` makes a day number of a match, or raises ValueError."""

    name: str
    label: str
    pattern: re.Pattern[str]
    read: Callable[[Match], int]
    is_number: bool = False


def year_of(text: str) -> int:
    """Two digits are meant as 1969 to 2068, as POSIX has it."""
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= 69 else 2000)


def month_of(text: str) -> int:
    return MONTHS.index(text[:3].lower()) + 1


def day_number(year: int, month: int, day: int) -> int:
    return date(year, month, day).toordinal() - EPOCH


def numeric(year: int, month: int, day: int) -> Callable[[Match], int]:
    return lambda found: day_number(year_of(found[year]), int(found[month]), int(found[day]))


def named(year: int, month: int, day: int) -> Callable[[Match], int]:
    return lambda found: day_number(year_of(found[year]), month_of(found[month]), int(found[day]))


def pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)


def form(name: str, label: str, text: str, read: Callable[[Match], int], is_number: bool = False) -> DateFormat:
    return DateFormat(name, label, pattern(text), read, is_number)


SLASHED = rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){TIME}"
WEEKDAY = r"(?:[A-Za-z]{3,9},? )?"
FORMATS = {
    made.name: made
    for made in (
        form("ymd", "year-month-day", rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){TIME}", numeric(1, 2, 3)),
        form("yyyymmdd", "year, month and day in eight digits", r"(\d{4})(\d{2})(\d{2})", numeric(1, 2, 3), True),
        form("dmy", "day/month/year", SLASHED, numeric(4, 3, 1)),
        form("mdy", "month/day/year", SLASHED, numeric(4, 1, 3)),
        form(
            "yymd",
            "year-month-day, the year in two digits",
            rf"(\d{{2}})([-/. ])(\d{{1,2}})\2(\d{{1,2}}){TIME}",
            numeric(1, 3, 4),
        ),
        form(
            "d_month_y",
            "day, month's name, year",
            rf"{WEEKDAY}(\d{{1,2}})[- /.]+([A-Za-z]{{3,9}})\.?[- /,]+(\d{{4}}|\d{{2}}){TIME}",
            named(3, 2, 1),
        ),
        form(
            "month_d_y",
            "month's name, day, year",
            rf"{WEEKDAY}([A-Za-z]{{3,9}})\.?[- /]+(\d{{1,2}})(?:,? |[-/,])\s*(\d{{4}}){TIME}",
            named(3, 1, 2),
        ),
        form("epoch_s", "seconds since 1970 (UTC)", r"(-?\d{9,10})(?:\.0*)?", lambda f: int(f[1]) // 86_400, True),
        form("epoch_ms", "milliseconds since 1970 (UTC)", r"(-?\d{12,13})", lambda f: int(f[1]) // 86_400_000, True),
    )
}
ALIASES = {"iso": "ymd", "y-m-d": "ymd", "yyyy-mm-dd": "ymd", "d/m/y": "dmy", "dd/mm/yyyy": "dmy"} | {
    "m/d/y": "mdy",
    "mm/dd/yyyy": "mdy",
    "dd.mm.yyyy": "dmy",
    "yy-mm-dd": "yymd",
}


def format_called(name: str) -> DateFormat:
    """The format of that name, or as people spell it; raises BadPriceFile with those there are."""
    known = FORMATS.get(ALIASES.get(name.strip().lower(), name.strip().lower()))
    if known is None:
        raise refused("This is no date format.", f"Use one of: {', '.join(FORMATS)}.", "date_format", name)
    return known


def day_of(text: str, form: DateFormat) -> int | None:
    """Days since 1970-01-01, of a date with a time the day as it is written; None where it is no such date."""
    found = form.pattern.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return form.read(found)
    except (ValueError, OverflowError):
        return None


def looks_like_date(text: str) -> bool:
    return any(day_of(text, form) is not None for form in FORMATS.values())


def shares(texts: Sequence[str]) -> dict[str, float]:
    """For each format the share of the texts that it can read; those that read none are left out."""
    if not texts:
        return {}
    counted = {name: sum(day_of(text, form) is not None for text in texts) for name, form in FORMATS.items()}
    return {name: count / len(texts) for name, count in counted.items() if count}


@dataclass(frozen=True)
class DateFinding:
    """The format of a column, why, what else it may be, and whether that must be asked."""

    name: str
    evidence: str
    alternatives: tuple[str, ...]
    certain: bool


def recognise_dates(texts: Sequence[str], lines: Sequence[int]) -> DateFinding | None:
    """The format that reads these dates; None where none does."""
    found = {name: share for name, share in shares(texts).items() if share >= ENOUGH}
    if not found:
        return None
    best = max(found.values())
    names = likely([name for name, share in found.items() if share == best], texts)
    if len(names) > 1 and set(names) <= set(TURNED):
        return undecided(texts, names)
    name = names[0]
    other = turned_round(texts, name)
    if other:
        return mixed(texts, name, other)
    others = tuple(other for other in found if other not in (name, LAST))
    return DateFinding(name, evidence_for(name, texts, lines), others, True)


def likely(names: list[str], texts: Sequence[str]) -> list[str]:
    """The formats without a year that comes first in two digits, where another gives dates less than far apart."""
    if LAST not in names or len(names) == 1:
        return names
    rest = [name for name in names if name != LAST]
    apart = min(distance(days_of(texts, FORMATS[name])) for name in rest)
    return rest if apart <= FAR else names


def evidence_for(name: str, texts: Sequence[str], lines: Sequence[int]) -> str:
    other = {"dmy": "mdy", "mdy": "dmy"}.get(name)
    label = FORMATS[name].label
    if other:
        for text, line in zip(texts, lines, strict=True):
            if day_of(text, FORMATS[name]) is not None and day_of(text, FORMATS[other]) is None:
                return f"Line {line:,}: {shown(text)} can't be {FORMATS[other].label}."
    return f"{shown(texts[0])} and {len(texts) - 1:,} more are {label}."


def undecided(texts: Sequence[str], names: Sequence[str]) -> DateFinding:
    """The parts could be either way in every row. What gives fewer weekends and fewer steps back is proposed."""
    days = {name: days_of(texts, FORMATS[name]) for name in names}
    proposed, *others = sorted(names, key=lambda name: (distance(days[name]) > FAR, doubt(days[name])))
    labels = " or ".join(FORMATS[name].label for name in names)
    evidence = f"{shown(texts[0])} and all {len(texts):,} dates looked at could be {labels}."
    return DateFinding(proposed, evidence, tuple(others), False)


def mixed(texts: Sequence[str], name: str, other: str) -> DateFinding:
    evidence = (
        f"Dates seem to be written both ways: those that can only be {FORMATS[name].label} follow on the others only "
        f"where these are {FORMATS[other].label}. Correct the file, unless its dates are out of order."
    )
    return DateFinding(name, evidence, (other,), False)


def turned_round(texts: Sequence[str], name: str) -> str:
    """The format of the dates that a spreadsheet turned round, as it does with some of a column; empty for none.

    They are told by the order of all, which is right only where those that can be read either way are turned back.
    """
    other = {"dmy": "mdy", "mdy": "dmy"}.get(name)
    if other is None:
        return ""
    both = [(day_of(text, FORMATS[name]), day_of(text, FORMATS[other])) for text in texts]
    written = [day for day, _ in both if day is not None]
    back = [day if turned is None else turned for day, turned in both if day is not None]
    straighter = steps_back(back) < steps_back(written) and weekends(back) <= weekends(written)
    return other if straighter else ""


def days_of(texts: Sequence[str], form: DateFormat) -> list[int]:
    return [day for text in texts if (day := day_of(text, form)) is not None]


def doubt(days: Sequence[int]) -> int:
    return weekends(days) + steps_back(days)


def weekends(days: Sequence[int]) -> int:
    return sum((day + 3) % 7 > 4 for day in days)


def steps_back(days: Sequence[int]) -> int:
    """How often the dates turn, whether they rise or fall."""
    back = sum(later < earlier for earlier, later in pairwise(days))
    return min(back, len(days) - back)


def distance(days: Sequence[int]) -> float:
    """The usual distance of two dates that follow on each other."""
    return median([abs(later - earlier) for earlier, later in pairwise(days)] or [0])
