"""What follows on kept portfolios: whole shares, stress, comparison, and the history of weights."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.api.parsers import DocumentParser
from modeling.api.permissions import AnalystsWrite
from modeling.api.portfolio_serializers import AllocationRequest, StressRequest
from modeling.selectors_portfolios import compared_results, portfolio_for, result_for, results_of

NO_WEIGHTS = OpenApiResponse(
    OpenApiTypes.OBJECT, description="The result is not done yet, or holds no single portfolio."
)
MOST_HISTORY = 200
ALLOCATION = {
    "money": 10000,
    "method": "exact",
    "positions": [
        {
            "ticker": "AAPL",
            "weight": 0.6,
            "price": 212.5,
            "priced_on": "2025-06-27",
            "shares": 28,
            "value": 5950.0,
            "achieved": 0.595,
        }
    ],
    "leftover": 37.1,
    "deviation": 61.4,
    "gap": 0.0,
}
STRESS = {
    "crises": [{"name": "Covid 2020", "return": -0.31, "from": "2020-02-19", "to": "2020-03-23"}],
    "not_covered": [
        {"name": "Black Monday 1987", "reason": "It lies outside the prices, from 2013-01-04 to 2025-06-27."}
    ],
    "worst": [{"name": "2020-03-06 to 2020-03-20", "return": -0.24}],
    "shocks": [{"name": "AAPL -20.0%", "return": -0.14, "volatility": 0.12}],
}


class ResultAllocation(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    rate_class = "heavy"

    @extend_schema(
        operation_id="portfolio_result_allocation",
        summary="Whole shares of a kept portfolio for an amount of money",
        description="Nothing is stored. `gap` is the money by which the deviation may exceed the least possible one.",
        request=AllocationRequest,
        responses={200: OpenApiTypes.OBJECT, 409: NO_WEIGHTS},
        examples=[
            OpenApiExample("Ten thousand", {"money": 10000, "lot": 1}, request_only=True),
            OpenApiExample("Shares", ALLOCATION, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request, pk: int, number: int) -> Response:
        from modeling.portfolios.aftermath import allocation_of

        kept = result_for(request.user, pk, number)
        asked = AllocationRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        sent: dict[str, Any] = dict(asked.validated_data)
        lot = sent.pop("lot", 1)
        return Response(allocation_of(kept, sent.pop("money"), **{"lots": lot, **sent}))


class ResultStress(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    rate_class = "heavy"

    @extend_schema(
        operation_id="portfolio_result_stress",
        summary="A kept portfolio in past crises, its worst stretches, and under shocks",
        description="Nothing is stored. Weights are held through each stretch; the prices are those of today's set.",
        request=StressRequest,
        responses={200: OpenApiTypes.OBJECT, 409: NO_WEIGHTS},
        examples=[
            OpenApiExample("A fifth off one share", {"periods": 4, "assets": {"AAPL": -0.2}}, request_only=True),
            OpenApiExample("Losses", STRESS, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request, pk: int, number: int) -> Response:
        from modeling.portfolios.aftermath import stress_of

        kept = result_for(request.user, pk, number)
        asked = StressRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(stress_of(kept, **asked.validated_data))


class PortfolioCompare(APIView):
    permission_classes = [AnalystsWrite]

    @extend_schema(
        operation_id="portfolio_compare",
        summary="Kept results of a portfolio side by side",
        parameters=[
            OpenApiParameter("results", str, required=True, description="Their numbers, such as `1,3`: at most 20.")
        ],
        responses={200: OpenApiTypes.OBJECT, 409: NO_WEIGHTS},
    )
    def get(self, request: Request, pk: int) -> Response:
        from modeling.portfolios.aftermath import comparison_of

        portfolio = portfolio_for(request.user, pk)
        return Response(comparison_of(compared_results(portfolio, request.query_params.get("results", ""))))


class PortfolioHistory(APIView):
    permission_classes = [AnalystsWrite]

    @extend_schema(
        operation_id="portfolio_history",
        summary="The weights of all kept results, oldest first, and what changed",
        description=f"Of the last {MOST_HISTORY} results. Turnover is half the sum of changes, cash among them.",
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, pk: int) -> Response:
        from modeling.portfolios.aftermath import weights_over_results

        return Response(weights_over_results(results_of(portfolio_for(request.user, pk))[:MOST_HISTORY]))
