"""Online providers: which there are, and fetching prices or statements from one into what is one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.api.parsers import DocumentParser
from modeling.api.permissions import AnalystsWrite
from modeling.api.serializers import QueuedJobSerializer
from modeling.api.serializers_providers import (
    CompanyFetch,
    FetchOptions,
    FetchQueuedSerializer,
    ProvidersSerializer,
)
from modeling.providers.registry import declared
from modeling.selectors_prices import own_price_set_for
from modeling.services.imports import start_company_fetch
from modeling.services.price_fetches import start_fetch
from tasks.selectors import job_for, summary_of

if TYPE_CHECKING:
    from tasks.models import Job


class ProviderList(APIView):
    @extend_schema(
        operation_id="price_providers",
        summary="The online providers, on which terms they give what, and whether they may be asked",
        responses=ProvidersSerializer,
    )
    def get(self, request: Request) -> Response:
        found = {"enabled": settings.ONLINE_PROVIDERS, "providers": declared()}
        return Response(ProvidersSerializer(found).data)


class FetchPrices(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    rate_class = "heavy"

    @extend_schema(
        operation_id="prices_fetch",
        summary="Fetch prices from a provider into a set of your own, in the background",
        description="The job's result tells what became of each ticker; one that fails does not keep the others out.",
        request=FetchOptions,
        responses={
            202: OpenApiResponse(
                FetchQueuedSerializer, description="Queued: poll the address in `Location` until its state is `done`."
            ),
            503: OpenApiResponse(description="Online providers are switched off."),
        },
        examples=[
            OpenApiExample(
                "Two shares",
                {"provider": "stooq", "tickers": ["AAPL", "SAP.DE"], "first": "2020-01-01"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        price_set = own_price_set_for(request.user, pk)
        options = FetchOptions(data=request.data)
        options.is_valid(raise_exception=True)
        job = start_fetch(owner=request.user, price_set=price_set, **options.validated_data)
        return accepted(job, request.user, price_set=price_set.pk)


class FetchCompany(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    rate_class = "heavy"

    @extend_schema(
        operation_id="companies_fetch",
        summary="Import a company's statements from the SEC, in the background",
        description="The job's result is the report of the import. The company becomes one of your own.",
        request=CompanyFetch,
        responses={
            202: OpenApiResponse(
                QueuedJobSerializer,
                description="Queued: poll the address in `Location` until its state is `done`.",
            ),
            503: OpenApiResponse(description="Online providers are switched off, or PROVIDER_CONTACT is not set."),
        },
        examples=[OpenApiExample("By its ticker", {"company": "AAPL"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        named = CompanyFetch(data=request.data)
        named.is_valid(raise_exception=True)
        return accepted(start_company_fetch(owner=request.user, **named.validated_data), request.user)


def accepted(job: Job, user: Any, **more: Any) -> Response:
    """202 with the job, and where it stands."""
    response = Response({**summary_of(job_for(user, job.pk)), **more}, status=202)
    response.headers["Location"] = reverse("api-job", args=[job.pk])
    response.headers["Retry-After"] = "1"
    return response
