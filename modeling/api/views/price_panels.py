"""Many tickers of a set on one calendar."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import TYPE_CHECKING, Any

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from modeling.api.price_answers import PERIOD, Tables, dates_of, period, table, wants_table
from modeling.api.price_serializers import PanelSerializer
from modeling.selectors_prices import panel, price_set_for
from valor.lib.errors import InvalidInput

if TYPE_CHECKING:
    from modeling.engines.prices.panel import Panel

MOST_FIGURES = 200_000
EXAMPLE = {
    "dates": ["2025-01-30", "2025-01-31"],
    "tickers": ["ACM", "BOL"],
    "currencies": ["USD", "USD"],
    "prices": [[101.25, 102.5], [None, 33.1]],
    "revision": 8,
}


class PricePanel(Tables):
    read_class = "heavy"

    @extend_schema(
        operation_id="price_panel",
        summary="Prices of many tickers on their common calendar",
        description=f"At most {MOST_FIGURES:,} figures as JSON; as a table any number.",
        parameters=[
            OpenApiParameter("tickers", OpenApiTypes.STR, description="Separated by commas; all by default."),
            *PERIOD,
        ],
        responses=PanelSerializer,
        examples=[OpenApiExample("Two tickers", EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        price_set = price_set_for(request.user, pk)
        tickers = [ticker.strip() for ticker in request.query_params.get("tickers", "").split(",") if ticker.strip()]
        found = panel(price_set, tickers or None, *period(request))
        if wants_table(request):
            return table(f"prices-{pk}", ["date", *found.tickers], rows_of(found))
        refuse_too_large(found.prices.size)
        return Response(
            {
                "dates": dates_of(found.days),
                "tickers": found.tickers,
                "currencies": found.currencies,
                "prices": found.prices.tolist(),
                "revision": price_set.revision,
            }
        )


def rows_of(found: Panel) -> Iterator[list[Any]]:
    """A row for each day; an empty cell where there is no price."""
    for date, prices in zip(dates_of(found.days), found.prices.T, strict=True):
        yield [date, *(None if isnan(price) else price for price in prices.tolist())]


def refuse_too_large(figures: int) -> None:
    if figures > MOST_FIGURES:
        message = f"These are {figures:,} figures; at most {MOST_FIGURES:,} are given as JSON."
        remedy = "Choose fewer tickers or a shorter period, or ask with format=csv."
        raise InvalidInput.at("tickers", figures, message, remedy)
