"""What a viewer may ask of the performance page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.http import urlencode

from performance.models.samples import Sample
from performance.selectors import choose_host
from performance.timerange import Window, window
from performance.units import clock
from valor.lib.errors import InvalidInput

RANGES = {"1h": "1 h", "6h": "6 h", "24h": "24 h", "7d": "7 d", "30d": "30 d", "1y": "1 y"}
DEFAULT = "1h"
FORESEEN_FROM = timedelta(hours=24)


@dataclass(frozen=True)
class Comparison:
    """The same figures of an earlier time; *noun* is how a sentence names that."""

    label: str
    noun: str
    shift: timedelta


COMPARISONS = {
    "day": Comparison("Day before", "the day before", timedelta(days=1)),
    "week": Comparison("Week before", "the week before", timedelta(days=7)),
}


@dataclass(frozen=True)
class Look:
    """Which host, over which of the page's ranges, or from when to when; and what to compare with.

    ``within`` is what a zoomed view goes back to: a range, or from and to with a comma between.
    """

    host: str
    window: Window
    start: str = ""
    end: str = ""
    compare: str = ""
    within: str = ""

    @property
    def comparison(self) -> Comparison | None:
        return COMPARISONS.get(self.compare)

    @property
    def foresees(self) -> bool:
        """Whether it is long enough for its charts to go on with what is foreseen."""
        return self.window.span >= FORESEEN_FROM

    @property
    def range(self) -> str:
        """The page's range that is shown, or that a part of is shown; empty for one of one's own."""
        return self.window.name or (self.within if self.within in RANGES else "")

    @property
    def query(self) -> str:
        """The time range as the address says it, for links and polls that keep it."""
        return encoded(self.span | {"compare": self.compare})

    @property
    def alone(self) -> str:
        """The same without the comparison, for links that choose another."""
        return encoded(self.span)

    @property
    def span(self) -> dict[str, str]:
        return {"range": self.window.name, "from": self.start, "to": self.end, "within": self.within}

    @property
    def whole(self) -> str:
        """What a view that is zoomed in from this one lies within."""
        return self.within or self.window.name or f"{self.start},{self.end or 'now'}"

    @property
    def home(self) -> str:
        """What a reset of the zoom asks for: the range that the view lies within, else the view itself."""
        start, _, end = self.within.partition(",")
        whole = {"from": start, "to": end} if end else {"range": start}
        return encoded(whole if self.within else self.span)

    @property
    def words(self) -> str:
        if self.window.name:
            return f"The last {RANGES[self.window.name]}"
        return f"From {clock(self.window.start, self.window.end)} to {clock(self.window.end)}"


def encoded(asked: Mapping[str, str]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def asked(query: Mapping[str, str], samples: Sequence[Sample], now: datetime) -> Look:
    """The host and range in the address; InvalidInput names what can't be shown."""
    name, start, end = (query.get(part, "") for part in ("range", "from", "to"))
    if name and name not in RANGES:
        remedy = f"Choose one of {', '.join(RANGES)}, or say from and to."
        raise InvalidInput.at("range", name, "The page has no such time range.", remedy)
    host = choose_host(query.get("host", ""), samples)
    compare, within = compared(query.get("compare", "")), surrounding(query.get("within", ""), start, now)
    if not start and not end:
        return Look(host, window(now=now, span=name or DEFAULT), compare=compare)
    if end and not start:
        raise InvalidInput.at("from", "", "Without from, nobody knows where the time range begins.", "Send both.")
    return Look(host, window(now=now, span=name, start=start, end=end), start, end, compare, within)


def compared(asked: str) -> str:
    if asked and asked not in COMPARISONS:
        remedy = f"Choose one of {', '.join(COMPARISONS)}, or leave it out."
        raise InvalidInput.at("compare", asked, "The page has no such comparison.", remedy)
    return asked


def surrounding(asked: str, start: str, now: datetime) -> str:
    """What a view is zoomed in from: a range of the page, or ``now-3d,now``."""
    if not asked or asked in RANGES:
        return asked
    first, comma, last = asked.partition(",")
    try:
        window(now=now, start=first, end=last)
    except InvalidInput:
        comma = ""
    if not (comma and first and start):
        remedy = f"Use one of {', '.join(RANGES)}, or from and to with a comma between, beside a from."
        raise InvalidInput.at("within", asked, "This is no time range to be zoomed in from.", remedy)
    return asked
