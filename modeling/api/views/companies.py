"""Companies with their statements, and the valuations started from them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.api.answers import created
from modeling.api.filters import CompanyFilter
from modeling.api.parsers import DocumentParser
from modeling.api.permissions import AnalystsWrite
from modeling.api.serializers import CompanyDetailSerializer, CompanySerializer, ValuationDetailSerializer
from modeling.models import Company
from modeling.selectors import companies_for, company_for, prefill_for, statements
from modeling.services import start_valuation

SUGGESTION = {
    "value": 0.123,
    "kind": "history",
    "formula": "Mean of last year's growth 350,018 / 307,394 − 1 = 13.9 % and ...: 12.3 %, kept within ...",
    "source": "FY2021 to FY2024, Alphabet Inc. annual report FY2024 (10-K)",
    "history": [["FY2022", 0.0978], ["FY2023", 0.0868], ["FY2024", 0.1387]],
    "reason": "",
}


class CompanyList(ListAPIView):
    serializer_class = CompanySerializer
    filterset_class = CompanyFilter

    def get_queryset(self) -> QuerySet[Company]:
        return companies_for(self.request.user)

    @extend_schema(operation_id="companies_list", summary="The shared companies and your own imports")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CompanyDetail(APIView):
    @extend_schema(
        operation_id="company",
        summary="One company: its statements, and what a valuation of it would start from",
        responses=CompanyDetailSerializer,
        examples=[
            OpenApiExample(
                "Alphabet",
                {"id": 1, "name": "Alphabet", "currency": "USD", "suggestions": {"growth": SUGGESTION}},
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, pk: int) -> Response:
        company = company_for(request.user, pk)
        return Response({**CompanySerializer(company).data, **history_of(company)})


def history_of(company: Company) -> dict[str, Any]:
    years = statements(company)
    prefill = prefill_for(company)
    suggestions = prefill.drivers if prefill else {}
    return {
        "statements": [
            {
                "label": year.label,
                "start": year.start,
                "end": year.end,
                "figures": {concept: asdict(figure) for concept, figure in year.figures.items()},
            }
            for year in years
        ],
        "suggestions": {name: asdict(suggestion) for name, suggestion in suggestions.items()},
    }


class ValueCompany(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]

    @extend_schema(
        operation_id="company_value",
        summary="Start a valuation, prefilled from the company's own history",
        request=None,
        responses={201: ValuationDetailSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        return created(start_valuation(company_for(request.user, pk), request.user))
