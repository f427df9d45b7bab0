"""Reading periods and prices from requests, and giving prices as JSON or as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from valor.lib.csv_lines import csv_lines
from valor.lib.envelope import EnvelopeRenderer
from valor.lib.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from modeling.engines.prices.panel import Days

PERIOD = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="The first day, such as 2015-01-01."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="The last day."),
    OpenApiParameter("format", OpenApiTypes.STR, description="csv for a table.", enum=["json", "csv"]),
]
MOST_TOLD = 10
LONGEST = 80  # of what is echoed


class TableRenderer(BaseRenderer):
    """Lets ``format=csv`` and ``Accept: text/csv`` be asked for; the view itself streams the table."""

    media_type = "text/csv"
    format = "csv"
    charset: str | None = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        raise NotImplementedError("The view gives a table as a stream.")


class Tables(APIView):
    """A view whose readings may be tables."""

    tables: tuple[type[BaseRenderer], ...] = (TableRenderer,)

    def get_renderers(self) -> list[BaseRenderer]:
        """What was written is told in JSON only."""
        reading = getattr(self.request, "method", "GET") in SAFE_METHODS
        return [EnvelopeRenderer(), *(made() for made in self.tables if reading)]


def wants_table(request: Request) -> bool:
    return getattr(request.accepted_renderer, "format", "") == TableRenderer.format


def table(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(csv_lines(head, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def period(request: Request) -> tuple[date | None, date | None]:
    """The days from and to which prices are asked for."""
    first, last = day_asked(request, "from"), day_asked(request, "to")
    if first and last and first > last:
        raise InvalidInput.at("from", str(first), f"It is after {last}.", "Give a day that is not after `to`.")
    return first, last


def day_asked(request: Request, name: str) -> date | None:
    asked = request.query_params.get(name, "")
    if not asked:
        return None
    found = day_of(asked)
    if found is None:
        raise InvalidInput.at(name, asked[:LONGEST], "This is no day.", "Give it as in 2025-01-31.")
    return found


def day_of(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2025-01-31") else None
    except (ValueError, TypeError):
        return None


def numbered(dates: Sequence[Any]) -> list[int]:
    """The days since 1970-01-01 of texts in ISO 8601; refuses what is none, naming the first ones."""
    from modeling.prices.points import number_of

    found = [day_of(text) for text in dates]
    problems = [
        Problem(f"dates.{place}", echoed(dates[place]), "This is no day.", "Give it as in 2025-01-31.")
        for place, day in enumerate(found)
        if day is None
    ]
    if problems:
        raise InvalidInput(problems=problems[:MOST_TOLD])
    return [number_of(day) for day in found if day is not None]


def figures(prices: Sequence[Any]) -> list[float]:
    """Numbers as such; no text, true or null stands for one."""
    problems = [
        Problem(f"prices.{place}", echoed(price), "This is no number.", "Give a number, or leave the date out.")
        for place, price in enumerate(prices)
        if isinstance(price, bool) or not isinstance(price, (int, float))
    ]
    if problems:
        raise InvalidInput(problems=problems[:MOST_TOLD])
    return [float(price) for price in prices]


def echoed(value: Any) -> Any:
    return str(value)[:LONGEST]


def dates_of(days: Days) -> list[str]:
    """ISO 8601."""
    texts: list[str] = days.astype("datetime64[D]").astype(str).tolist()
    return texts
