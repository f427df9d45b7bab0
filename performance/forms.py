"""What a viewer may ask of the performance page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.http import urlencode

from performance.models.samples import Sample
from performance.selectors import choose_host
from performance.timerange import Window, window
from performance.units import clock
from valor.lib.errors import InvalidInput

RANGES = {"1h": "1 h", "6h": "6 h", "24h": "24 h", "7d": "7 d", "30d": "30 d", "1y": "1 y"}
DEFAULT = "1h"


@dataclass(frozen=True)
class Look:
    """Which host, over which of the page's ranges, or from when to when."""

    host: str
    window: Window
    start: str = ""
    end: str = ""

    @property
    def query(self) -> str:
        """The time range as the address says it, for links and polls that keep it."""
        asked = {"range": self.window.name, "from": self.start, "to": self.end}
        return urlencode({name: value for name, value in asked.items() if value})

    @property
    def words(self) -> str:
        if self.window.name:
            return f"The last {RANGES[self.window.name]}"
        return f"From {clock(self.window.start, self.window.end)} to {clock(self.window.end)}"


def asked(query: Mapping[str, str], samples: Sequence[Sample], now: datetime) -> Look:
    """The host and range in the address; InvalidInput names what can't be shown."""
    name, start, end = (query.get(part, "") for part in ("range", "from", "to"))
    if name and name not in RANGES:
        remedy = f"Choose one of {', '.join(RANGES)}, or say from and to."
        raise InvalidInput.at("range", name, "The page has no such time range.", remedy)
    host = choose_host(query.get("host", ""), samples)
    if not start and not end:
        return Look(host, window(now=now, span=name or DEFAULT))
    if end and not start:
        raise InvalidInput.at("from", "", "Without from, nobody knows where the time range begins.", "Send both.")
    return Look(host, window(now=now, span=name, start=start, end=end), start, end)
