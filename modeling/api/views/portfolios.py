"""Portfolios: their documents and versions, and what was kept of them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.api.filters import PortfolioFilter
from modeling.api.parsers import DocumentParser
from modeling.api.permissions import AnalystsWrite
from modeling.api.portfolio_serializers import (
    KeepResult,
    NewPortfolio,
    PortfolioDetailSerializer,
    PortfolioSerializer,
    PortfolioVersionSerializer,
    ResultDetailSerializer,
    ResultSerializer,
)
from modeling.api.price_answers import TableRenderer, Tables
from modeling.api.serializers import Edit as WholeEdit
from modeling.api.serializers import PartialEdit
from modeling.api.views.valuations import STALE, merged
from modeling.examples import PORTFOLIO
from modeling.models import Portfolio, PortfolioResult, PortfolioVersion
from modeling.portfolios.downloads import CSV, XLSX, download
from modeling.portfolios.request import request_of
from modeling.selectors import job_states
from modeling.selectors_portfolios import (
    portfolio_for,
    portfolio_versions,
    portfolios_for,
    result_for,
    results_of,
)
from modeling.services.portfolios import create_portfolio, delete_portfolio, delete_result, keep_result, save_portfolio
from modeling.services.versions import Edit
from valor.lib.envelope import EnvelopeRenderer


class PortfolioList(GenericAPIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    serializer_class = PortfolioSerializer
    filterset_class = PortfolioFilter

    def get_queryset(self) -> QuerySet[Portfolio]:
        return portfolios_for(self.request.user).defer("document")

    @extend_schema(
        operation_id="portfolios_list",
        summary="Your portfolios, the latest change first",
        responses=PortfolioSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(PortfolioSerializer(page, many=True).data)

    @extend_schema(
        operation_id="portfolios_create",
        summary="Store a document as a new portfolio",
        request=NewPortfolio,
        responses={201: PortfolioDetailSerializer},
        examples=[OpenApiExample("A document", {"document": PORTFOLIO}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        new = NewPortfolio(data=request.data)
        new.is_valid(raise_exception=True)
        portfolio = create_portfolio(owner=request.user, **new.validated_data)
        response = Response(PortfolioDetailSerializer(portfolio).data, status=201)
        response.headers["Location"] = reverse("api-portfolio", args=[portfolio.pk])
        return response


class PortfolioDetail(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]

    @extend_schema(
        operation_id="portfolio", summary="One portfolio with its document", responses=PortfolioDetailSerializer
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(PortfolioDetailSerializer(portfolio_for(request.user, pk)).data)

    @extend_schema(
        operation_id="portfolio_replace",
        summary="Save a whole document as a new version",
        request=WholeEdit,
        responses={200: PortfolioDetailSerializer, 409: STALE},
        examples=[OpenApiExample("A document", {"version": 3, "document": PORTFOLIO}, request_only=True)],
    )
    def put(self, request: Request, pk: int) -> Response:
        portfolio = portfolio_for(request.user, pk)
        edit = WholeEdit(data=request.data)
        edit.is_valid(raise_exception=True)
        sent = edit.validated_data
        saved = save_portfolio(portfolio, sent["document"], Edit(sent["version"], overwrite=sent["overwrite"]))
        return Response(PortfolioDetailSerializer(saved).data)

    @extend_schema(
        operation_id="portfolio_change",
        summary="Change parts of the document; null takes a key away",
        request=PartialEdit,
        responses={200: PortfolioDetailSerializer, 409: STALE},
        examples=[
            OpenApiExample("Another rate", {"version": 3, "document": {"risk_free": 0.03}}, request_only=True),
        ],
    )
    def patch(self, request: Request, pk: int) -> Response:
        portfolio = portfolio_for(request.user, pk)
        edit = PartialEdit(data=request.data)
        edit.is_valid(raise_exception=True)
        sent = edit.validated_data
        document = merged(portfolio.document, sent.get("document", {}))
        if "name" in sent:
            document["name"] = sent["name"]
        saved = save_portfolio(portfolio, document, Edit(sent["version"]))
        return Response(PortfolioDetailSerializer(saved).data)

    @extend_schema(
        operation_id="portfolio_delete",
        summary="Delete a portfolio with its versions and results",
        responses={204: None},
    )
    def delete(self, request: Request, pk: int) -> Response:
        delete_portfolio(portfolio_for(request.user, pk))
        return Response(status=204)


class PortfolioVersions(ListAPIView):
    serializer_class = PortfolioVersionSerializer
    filter_backends = []

    def get_queryset(self) -> QuerySet[PortfolioVersion]:
        if getattr(self, "swagger_fake_view", False):
            return PortfolioVersion.objects.none()
        return portfolio_versions(portfolio_for(self.request.user, self.kwargs["pk"]))

    @extend_schema(operation_id="portfolio_versions", summary="Every saved document, the newest first")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class PortfolioResults(GenericAPIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    serializer_class = ResultSerializer
    filter_backends = []
    rate_class = "heavy"

    def get_queryset(self) -> QuerySet[PortfolioResult]:
        if getattr(self, "swagger_fake_view", False):
            return PortfolioResult.objects.none()
        return results_of(portfolio_for(self.request.user, self.kwargs["pk"])).defer("request", "result")

    @extend_schema(
        operation_id="portfolio_results",
        summary="What was kept of the portfolio, the newest first",
        responses=ResultSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        context = {"states": job_states(page, request.user)}
        return self.get_paginated_response(ResultSerializer(page, many=True, context=context).data)

    @extend_schema(
        operation_id="portfolio_results_create",
        summary="Work out the portfolio as it stands, and keep what comes of it",
        description="Without rules these are its weights, with rules a backtest.",
        request=KeepResult,
        responses={
            201: OpenApiResponse(ResultDetailSerializer, description="Done at once."),
            202: OpenApiResponse(ResultDetailSerializer, description="Queued: poll the address in `Location`."),
        },
        examples=[OpenApiExample("A backtest", {"rules": {"window": 104, "rebalance": "month"}}, request_only=True)],
    )
    def post(self, request: Request, pk: int) -> Response:
        portfolio = portfolio_for(request.user, pk)
        asked = KeepResult(data=request.data)
        asked.is_valid(raise_exception=True)
        sent = asked.validated_data
        wanted = request_of(portfolio.document, request.user, sent.get("rules"))
        kept = keep_result(portfolio, wanted, owner=request.user, name=sent.get("name", ""))
        return answered(kept, request.user)


def answered(kept: PortfolioResult, user: Any) -> Response:
    """201 with a result that is there, 202 with one that a job works on."""
    done = kept.result is not None
    context = {"states": job_states([kept], user)}
    response = Response(ResultDetailSerializer(kept, context=context).data, status=201 if done else 202)
    response.headers["Location"] = reverse("api-portfolio-result", args=[kept.portfolio_id, kept.number])
    if not done:
        response.headers["Retry-After"] = "1"
    return response


class WorkbookRenderer(TableRenderer):
    """Lets ``format=xlsx`` be asked for, as well as the type of Excel files."""

    media_type = XLSX
    format = "xlsx"
    charset = None


class PortfolioResultDetail(Tables):
    permission_classes = [AnalystsWrite]
    tables = (TableRenderer, WorkbookRenderer)

    @extend_schema(
        operation_id="portfolio_result",
        summary="One result: what was asked for, and what came of it",
        description="As a file it holds what came of it: an Excel file all tables, CSV one of them.",
        parameters=[
            OpenApiParameter(
                "format",
                OpenApiTypes.STR,
                description="csv for one table, xlsx for an Excel file with all.",
                enum=["json", "csv", "xlsx"],
            ),
            OpenApiParameter(
                "table",
                OpenApiTypes.STR,
                description=(
                    "Which table a CSV file holds, the first unless stated. Of weights: weights, figures, estimates; "
                    "of a frontier: frontier, estimates; of a backtest: values, measures, rebalances, events."
                ),
            ),
        ],
        responses={
            (200, "application/json"): ResultDetailSerializer,
            (200, CSV): OpenApiTypes.STR,
            (200, XLSX): OpenApiTypes.BINARY,
            409: OpenApiResponse(description="There is no result to make a file of yet."),
        },
    )
    def get(self, request: Request, pk: int, number: int) -> HttpResponseBase:
        kept = result_for(request.user, pk, number)
        wanted = getattr(request.accepted_renderer, "format", "json")
        if wanted != EnvelopeRenderer.format:
            return download(kept, wanted, request.query_params.get("table", ""))
        return Response(ResultDetailSerializer(kept, context={"states": job_states([kept], request.user)}).data)

    @extend_schema(operation_id="portfolio_result_delete", summary="Delete a kept result", responses={204: None})
    def delete(self, request: Request, pk: int, number: int) -> Response:
        delete_result(result_for(request.user, pk, number))
        return Response(status=204)
