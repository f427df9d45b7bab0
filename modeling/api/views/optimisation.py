"""Portfolios without storing them: optimise a document, trace its frontier, walk it through its prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.api.parsers import DocumentParser
from modeling.api.permissions import AnalystsWrite
from modeling.api.portfolio_serializers import BacktestRequest
from modeling.api.serializers import QueuedJobSerializer
from modeling.examples import PORTFOLIO
from modeling.portfolios import request as requests
from modeling.portfolios.request import request_of
from modeling.services.portfolios import submit
from tasks.selectors import summary_of

QUEUED = OpenApiResponse(QueuedJobSerializer, description="Queued: poll the address in `Location` until it is `done`.")
WEIGHTS = {
    "objective": "max_sharpe",
    "weights": {"AAPL": 0.6, "KO": 0.4},
    "expected_return": 0.11,
    "volatility": 0.16,
    "sharpe": 0.56,
    "method": "critical line",
}


def answer(wanted: requests.Request, user: Any) -> Response:
    """200 with the answer to a small request, 202 with the job of a large one."""
    done = wanted.answer_at_once()
    if done is not None:
        return Response(done)
    job = submit(wanted, owner=user)
    response = Response(summary_of(job), status=202)
    response.headers["Location"] = reverse("api-job", args=[job.pk])
    response.headers["Retry-After"] = "1"
    return response


class Optimise(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    rate_class = "heavy"

    @extend_schema(
        operation_id="portfolios_optimize",
        summary="Optimise a portfolio document",
        description="The body is the document itself. Small ones are answered at once, large ones by a job.",
        request=OpenApiTypes.OBJECT,
        responses={200: OpenApiTypes.OBJECT, 202: QUEUED},
        examples=[
            OpenApiExample("Greatest Sharpe ratio", PORTFOLIO, request_only=True),
            OpenApiExample("Weights", WEIGHTS, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        return answer(request_of(cast("dict[str, Any]", request.data), request.user), request.user)


class FrontierPoints(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    rate_class = "heavy"

    @extend_schema(
        operation_id="portfolios_frontier",
        summary="Portfolios along the efficient frontier of a document",
        description="As `optimize`, whatever the document's objective; `objective.points` says how many.",
        request=OpenApiTypes.OBJECT,
        responses={200: OpenApiTypes.OBJECT, 202: QUEUED},
        examples=[OpenApiExample("A document", PORTFOLIO, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        document = cast("dict[str, Any]", request.data)
        return answer(request_of({**document, "objective": along(document)}, request.user), request.user)


def along(document: Mapping[str, Any]) -> dict[str, Any]:
    """The objective of a document as one of the whole frontier."""
    stated = document.get("objective")
    points = stated.get("points") if isinstance(stated, Mapping) else None
    return {"method": "frontier", "points": points}


class Backtest(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    rate_class = "heavy"

    @extend_schema(
        operation_id="portfolios_backtest",
        summary="Walk a document through its prices, out of sample, in the background",
        request=BacktestRequest,
        responses={202: QUEUED},
        examples=[
            OpenApiExample(
                "Monthly", {"document": PORTFOLIO, "rules": {"window": 104, "rebalance": "month"}}, request_only=True
            )
        ],
    )
    def post(self, request: Request) -> Response:
        asked = BacktestRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        sent = asked.validated_data
        return answer(request_of(sent["document"], request.user, sent.get("rules", {})), request.user)
