"""Quality, statistics and correlation of a set's prices, and cleaning them into a new set."""

from __future__ import annotations

import math
from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling import selectors_reports
from modeling.api.parsers import DocumentParser
from modeling.api.permissions import AnalystsWrite
from modeling.api.price_answers import PERIOD, period
from modeling.api.price_report_serializers import (
    CleaningRequest,
    CleaningSerializer,
    CorrelationSerializer,
    QualitySerializer,
    StatisticsSerializer,
)
from modeling.api.serializers import QueuedJobSerializer
from modeling.models import PriceSet
from modeling.prices.cleaning_rules import DEFAULTS
from modeling.prices.report_request import MOST_AT_ONCE, ReportRequest
from modeling.selectors_prices import price_set_for
from modeling.services.price_cleaning import preview, start_cleaning
from modeling.services.price_reports import made_report, report_job
from tasks.selectors import summary_of
from valor.lib.errors import InvalidInput

DAYS = PERIOD[:2]
TICKERS = OpenApiParameter("tickers", OpenApiTypes.STR, description="Separated by commas; all by default.")
LARGE = (
    f"At most {MOST_AT_ONCE:,} prices are looked at at once; of a larger set the report that was made on its page is "
    "given, if there is one."
)
AGAINST = [
    OpenApiParameter("benchmark", OpenApiTypes.STR, description="A ticker of the set, for beta and alpha."),
    OpenApiParameter("risk_free", OpenApiTypes.FLOAT, description="Decimal per year, such as 0.02."),
]
CLEANING = {
    "name": "Large companies, cleaned",
    "rules": {"splits": "adjust", "gaps": "fill", "fill_days": 3, "most_missing_of_ticker": 0.2},
}
FEW = {
    "tickers": ["KO", "PEP"],
    "groups": [1, 1],
    "matrix": [[1.0, 0.77], [0.77, 1.0]],
    "average": 0.77,
    "highest": [["KO", "PEP", 0.77]],
    "lowest": [["KO", "PEP", 0.77]],
    "left_out": [],
    "cut": 0,
    "revision": 8,
}


def asked(request: Request) -> ReportRequest:
    """The part of the set, and what its statistics assume, out of the query."""
    first, last = period(request)
    given = request.query_params.get("tickers", "").split(",")
    tickers = tuple(dict.fromkeys(ticker.strip() for ticker in given if ticker.strip()))
    return ReportRequest(first, last, tickers, request.query_params.get("benchmark", "").strip(), rate(request))


def rate(request: Request) -> float:
    text = request.query_params.get("risk_free", "")
    try:
        found = float(text or 0)
    except ValueError:
        found = math.nan
    if not -1 < found < 10:
        raise InvalidInput.at("risk_free", text[:80], "This is no rate.", "Give a decimal per year, such as 0.02.")
    return found


def report(request: Request, pk: int, name: str) -> Response:
    price_set = price_set_for(request.user, pk)
    wanted = asked(request)
    if wanted.benchmark:
        selectors_reports.refuse_unknown_benchmark(price_set, wanted)
    if not selectors_reports.is_small(price_set, wanted):
        found = made_report(report_job(price_set, wanted, request.user))
        if found is None:
            selectors_reports.refuse_large(price_set, wanted)
        else:
            return Response({**found[name], "revision": price_set.revision})
    made: Any = getattr(selectors_reports, name)(price_set, wanted)
    return Response({**made, "revision": price_set.revision})


class PriceStatistics(APIView):
    read_class = "heavy"

    @extend_schema(
        operation_id="price_statistics",
        summary="Return, risk and tails of each ticker",
        description=LARGE,
        parameters=[*DAYS, TICKERS, *AGAINST],
        responses=StatisticsSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        return report(request, pk, "statistics")


class PriceQuality(APIView):
    read_class = "heavy"

    @extend_schema(
        operation_id="price_quality",
        summary="How good the prices of a set are, with the evidence",
        description=LARGE,
        parameters=[*DAYS, TICKERS],
        responses=QualitySerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        return report(request, pk, "quality")


class PriceCorrelation(APIView):
    read_class = "heavy"

    @extend_schema(
        operation_id="price_correlation",
        summary="Correlation of returns, clustered",
        description=f"Of many tickers those with the most prices. {LARGE}",
        parameters=[*DAYS, TICKERS],
        responses=CorrelationSerializer,
        examples=[OpenApiExample("Two tickers", FEW, response_only=True)],
    )
    def get(self, request: Request, pk: int) -> Response:
        return report(request, pk, "correlation")


class CleanPrices(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    rate_class = "heavy"

    @extend_schema(
        operation_id="price_set_clean",
        summary="Make a new set of a set's cleaned prices",
        description=(
            "The source is never changed; the new set holds the rules and every repair. A job makes it: its result has "
            f"the number of the set. Rules and their defaults: `{DEFAULTS}`. Rates are given as "
            '`{"EUR": {"price_set": 3, "ticker": "EURUSD"}}`.'
        ),
        request=CleaningRequest,
        responses={
            200: OpenApiResponse(CleaningSerializer, description="Of a dry run: what would be found and done."),
            202: OpenApiResponse(
                QueuedJobSerializer, description="Queued: poll the address in `Location` until it is `done`."
            ),
        },
        examples=[OpenApiExample("Splits and gaps", CLEANING, request_only=True)],
    )
    def post(self, request: Request, pk: int) -> Response:
        price_set = price_set_for(request.user, pk)
        sent = CleaningRequest(data=request.data)
        sent.is_valid(raise_exception=True)
        return cleaned(request, price_set, sent.validated_data)


def cleaned(request: Request, price_set: PriceSet, sent: dict[str, Any]) -> Response:
    if sent["dry_run"]:
        return Response(preview(price_set, sent["rules"], user=request.user))
    job = start_cleaning(price_set, sent["rules"], owner=request.user, name=sent.get("name", ""))
    response = Response(summary_of(job), status=202)
    response.headers["Location"] = reverse("api-job", args=[job.pk])
    response.headers["Retry-After"] = "1"
    return response
