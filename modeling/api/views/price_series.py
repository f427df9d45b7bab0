"""The tickers of a set: their histories, and the merging of prices into them."""

from __future__ import annotations

from dataclasses import asdict

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from modeling.api.filters import PriceSeriesFilter
from modeling.api.parsers import DocumentParser
from modeling.api.permissions import AnalystsWrite
from modeling.api.price_answers import PERIOD, Tables, dates_of, figures, numbered, period, table, wants_table
from modeling.api.price_serializers import HistorySerializer, MergedSerializer, OfferedPrices, PriceSeriesSerializer
from modeling.models import PriceSeries
from modeling.selectors_prices import history, own_price_set_for, price_set_for, series_for, series_of
from modeling.services.prices import merge_series, remove_series

OFFERED = {"dates": ["2025-01-30", "2025-01-31"], "prices": [101.25, 102.5], "rule": "replace"}
CONFLICT = {"day": "2025-01-31", "stored": 102.4, "offered": 102.5}
MERGED = {
    "ticker": "ACM",
    "created": False,
    "added": 1,
    "changed": 1,
    "unchanged": 0,
    "differing": 1,
    "conflicts": [CONFLICT],
    "revision": 8,
}
DIFFERING = OpenApiResponse(description="By the rule `refuse`: other prices are stored; `details` holds the first.")


class PriceSeriesList(ListAPIView):
    serializer_class = PriceSeriesSerializer
    filterset_class = PriceSeriesFilter

    def get_queryset(self) -> QuerySet[PriceSeries]:
        if getattr(self, "swagger_fake_view", False):
            return PriceSeries.objects.none()
        return series_of(price_set_for(self.request.user, self.kwargs["pk"]))

    @extend_schema(operation_id="price_series_list", summary="The tickers of a set, with what is known of each")
    def get(self, request: Request, pk: int) -> Response:
        return self.list(request)


class PriceSeriesDetail(Tables):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]

    @extend_schema(
        operation_id="price_series",
        summary="The history of one ticker",
        parameters=PERIOD,
        responses=HistorySerializer,
    )
    def get(self, request: Request, pk: int, ticker: str) -> HttpResponseBase:
        series = series_for(price_set_for(request.user, pk), ticker)
        days, prices = history(series, *period(request))
        dates = dates_of(days)
        if wants_table(request):
            return table(f"prices-{pk}-{series.pk}", ["date", ticker], zip(dates, prices.tolist(), strict=True))
        return Response(PriceSeriesSerializer(series).data | {"dates": dates, "prices": prices.tolist()})

    @extend_schema(
        operation_id="price_series_merge",
        summary="Merge prices into a ticker of a set of your own",
        description=(
            "A ticker that is not there yet is made. Dates that are stored and not sent stay. The same again changes "
            "nothing. Of dates with another price stored the rule decides: `replace` takes what is sent, `keep` what "
            "is stored, `refuse` refuses all."
        ),
        request=OfferedPrices,
        responses={200: MergedSerializer, 409: DIFFERING},
        examples=[
            OpenApiExample("Two days", OFFERED, request_only=True),
            OpenApiExample("Merged", MERGED, response_only=True, status_codes=["200"]),
        ],
    )
    def put(self, request: Request, pk: int, ticker: str) -> Response:
        price_set = own_price_set_for(request.user, pk)
        offered = OfferedPrices(data=request.data)
        offered.is_valid(raise_exception=True)
        sent = dict(offered.validated_data)
        days, prices = numbered(sent.pop("dates")), figures(sent.pop("prices"))
        merged = merge_series(price_set=price_set, ticker=ticker, days=days, prices=prices, **sent)
        return Response(MergedSerializer(asdict(merged) | {"revision": price_set.revision}).data)

    @extend_schema(
        operation_id="price_series_delete",
        summary="Remove a ticker with its prices from a set of your own",
        responses={204: None},
    )
    def delete(self, request: Request, pk: int, ticker: str) -> Response:
        price_set = own_price_set_for(request.user, pk)
        remove_series(price_set, ticker=series_for(price_set, ticker).ticker)
        return Response(status=204)
