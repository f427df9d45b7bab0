"""Dates as files write them: which order of day, month and year a column has, and each date as a day number."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from modeling.importers.prices.refusals import refused, shown

EPOCH = date(1970, 1, 1).toordinal()
TIME = r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|UTC|[AaPp][Mm]|[+-]\d{2}:?\d{2})?)?"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Of the dates looked at so many must be readable in a format; the others are told when the file is read.
ENOUGH = 0.9
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
    names = [name for name, share in found.items() if share == best]
    if names == ["dmy", "mdy"]:
        return undecided(texts)
    name = names[0]
    return DateFinding(name, evidence_for(name, texts, lines), tuple(other for other in found if other != name), True)


def evidence_for(name: str, texts: Sequence[str], lines: Sequence[int]) -> str:
    other = {"dmy": "mdy", "mdy": "dmy"}.get(name)
    label = FORMATS[name].label
    if other:
        for text, line in zip(texts, lines, strict=True):
            if day_of(text, FORMATS[name]) is not None and day_of(text, FORMATS[other]) is None:
                return f"Line {line:,}: {shown(text)} can't be {FORMATS[other].label}."
    return f"{shown(texts[0])} and {len(texts) - 1:,} more are {label}."


def undecided(texts: Sequence[str]) -> DateFinding:
    """Day and month could be either way in every row. What gives fewer weekends and fewer steps back is proposed."""
    doubts = {name: doubt(texts, FORMATS[name]) for name in ("dmy", "mdy")}
    proposed, other = sorted(doubts, key=lambda name: doubts[name])
    return DateFinding(
        proposed,
        f"{shown(texts[0])} and all {len(texts):,} dates looked at could be day/month/year or month/day/year.",
        (other,),
        False,
    )


def doubt(texts: Sequence[str], form: DateFormat) -> int:
    days = [day for text in texts if (day := day_of(text, form)) is not None]
    weekends = sum((day + 3) % 7 > 4 for day in days)
    back = sum(later < earlier for earlier, later in pairwise(days))
    return weekends + min(back, len(days) - back)
