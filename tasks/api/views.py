"""The API of jobs: one's own; operators see all, without what belongs to others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tasks import services
from tasks.api.serializers import JobDetailSerializer, JobSerializer
from tasks.filters import JobFilter
from tasks.models import Job
from tasks.selectors import job_for, visible_to

RUNNING = OpenApiExample(
    "Running",
    {
        "id": "5c2a0e5e-6d0f-4c8e-9a3f-0d3b5b1f2a77",
        "kind": "modeling.simulate",
        "state": "running",
        "progress": 0.42,
        "stage": "Simulating",
        "done": 420000,
        "total": 1000000,
        "rate": 812000.0,
        "seconds_left": 0.7,
    },
    response_only=True,
)
ACCEPTED = OpenApiResponse(JobDetailSerializer, "The job as it stands now; `Location` is where to ask again.")


class JobList(ListAPIView):
    serializer_class = JobSerializer
    filterset_class = JobFilter

    def get_queryset(self) -> QuerySet[Job]:
        return visible_to(self.request.user)

    @extend_schema(operation_id="jobs_list", summary="Your jobs, the newest first; operators see everybody's")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class JobDetail(APIView):
    @extend_schema(
        operation_id="job",
        summary="One job: its progress and, for its owner, its result",
        responses=JobDetailSerializer,
        examples=[RUNNING],
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(JobDetailSerializer(job_for(request.user, job_id), context={"request": request}).data)


class JobCancel(APIView):
    @extend_schema(
        operation_id="job_cancel",
        summary="Cancel a job: at once when queued, within about a second when running",
        request=None,
        responses={202: ACCEPTED},
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        return accepted(request, job_id, services.cancel)


class JobRetry(APIView):
    @extend_schema(
        operation_id="job_retry",
        summary="Queue a failed or cancelled job again",
        request=None,
        responses={202: ACCEPTED},
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        return accepted(request, job_id, services.retry)


def accepted(request: Request, job_id: UUID, act: Callable[[Job], Job]) -> Response:
    job = act(job_for(request.user, job_id))
    headers = {"Location": reverse("api-job", args=[job.pk]), "Retry-After": "1"}
    data = JobDetailSerializer(job, context={"request": request}).data
    return Response(data, status=status.HTTP_202_ACCEPTED, headers=headers)
