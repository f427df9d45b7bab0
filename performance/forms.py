"""What a viewer may ask of the performance page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from performance.models.samples import Sample
from performance.selectors import choose_host
from performance.timerange import Window, window
from valor.lib.errors import InvalidInput

RANGES = {"1h": "1 h", "6h": "6 h", "24h": "24 h"}
DEFAULT = "1h"


@dataclass(frozen=True)
class Look:
    """Which host, over which of the page's ranges."""

    host: str
    window: Window


def asked(query: Mapping[str, str], samples: Sequence[Sample], now: datetime) -> Look:
    """The host and range in the address; InvalidInput names what can't be shown."""
    name = query.get("range", "") or DEFAULT
    if name not in RANGES:
        remedy = f"Choose one of {', '.join(RANGES)}."
        raise InvalidInput.at("range", name, "The page has no such time range.", remedy)
    return Look(choose_host(query.get("host", ""), samples), window(now=now, span=name))
