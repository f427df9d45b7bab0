"""Simulations: starting one, following it, reading its result; and the grid of two drivers."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.api.parsers import DocumentParser
from modeling.api.permissions import AnalystsWrite
from modeling.api.serializers import (
    GridSettings,
    QueuedSerializer,
    RunDetailSerializer,
    RunSerializer,
    SimulationSettings,
)
from modeling.models import Run
from modeling.selectors import job_states, run_for, runs_of, valuation_for
from modeling.services import start_run
from tasks.selectors import job_for, summary_of


class Simulate(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    rate_class = "heavy"

    @extend_schema(
        operation_id="valuation_simulate",
        summary="Simulate the valuation as it stands, in the background",
        description="An equal request that is under way, or was done within the hour, shares its job.",
        request=SimulationSettings,
        responses={
            202: OpenApiResponse(
                QueuedSerializer, description="Queued: poll the address in `Location` until its state is `done`."
            )
        },
        examples=[
            OpenApiExample("A million trials", {"trials": 1_000_000, "seed": 1, "sampler": "sobol"}, request_only=True)
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        valuation = valuation_for(request.user, pk)
        settings = SimulationSettings(data=request.data)
        settings.is_valid(raise_exception=True)
        run = start_run(valuation, owner=request.user, **settings.validated_data)
        job = summary_of(job_for(request.user, run.job_id))
        place = {"run": run.number, "run_url": reverse("api-run", args=[valuation.pk, run.number])}
        response = Response({**job, **place}, status=202)
        response.headers["Location"] = reverse("api-job", args=[run.job_id])
        response.headers["Retry-After"] = "1"
        return response


class RunList(ListAPIView):
    serializer_class = RunSerializer
    filter_backends = []

    def get_queryset(self) -> QuerySet[Run]:
        if getattr(self, "swagger_fake_view", False):
            return Run.objects.none()
        return runs_of(valuation_for(self.request.user, self.kwargs["pk"])).defer("document", "result")

    @extend_schema(operation_id="valuation_runs", summary="The valuation's runs, the newest first")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        context = {"states": job_states(page, request.user)}
        return self.get_paginated_response(RunSerializer(page, many=True, context=context).data)


class RunDetail(APIView):
    @extend_schema(
        operation_id="valuation_run",
        summary="One run: what was simulated, and the result once it is done",
        responses=RunDetailSerializer,
    )
    def get(self, request: Request, pk: int, number: int) -> Response:
        run = run_for(request.user, pk, number)
        return Response(RunDetailSerializer(run, context={"states": job_states([run], request.user)}).data)


class Sensitivity(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]

    @extend_schema(
        operation_id="valuation_sensitivity",
        summary="The value per share over a grid of two drivers",
        request=GridSettings,
        responses=OpenApiTypes.OBJECT,
        examples=[
            OpenApiExample("Two drivers", {"rows": "cost_of_capital", "columns": "terminal_growth"}, request_only=True)
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        valuation = valuation_for(request.user, pk)
        settings = GridSettings(data=request.data)
        settings.is_valid(raise_exception=True)
        from modeling.codecs import parse_document, sensitivity

        return Response(sensitivity(parse_document(valuation.document), **settings.validated_data))
