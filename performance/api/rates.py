"""Which readings of series take so much longer than others that they are counted as heavy work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from performance.timerange import window
from valor.lib.errors import InvalidInput
from valor.lib.ratelimit import HeavyWhere

LONG = timedelta(days=1)


def is_long(request: Any) -> bool:
    """Whether a day or more is asked for; what is no time range is refused at once, and costs little."""
    span, start, end = (request.query_params.get(name, "") for name in ("range", "from", "to"))
    try:
        return window(now=timezone.now(), span=span, start=start, end=end).span >= LONG
    except InvalidInput:
        return False


def is_table_or_long(request: Any) -> bool:
    return request.accepted_renderer.format == "csv" or is_long(request)


def is_compared_or_long(request: Any) -> bool:
    return bool(request.query_params.get("compare")) or is_long(request)


HISTORY = HeavyWhere(is_table_or_long, "A range of a day or more, or a table,")
DASHBOARD = HeavyWhere(is_compared_or_long, "A range of a day or more, or a comparison,")
