"""The API of jobs: one's own; operators see all, without what belongs to others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tasks import services
from tasks.api.serializers import (
    JobDetailSerializer,
    JobSerializer,
    KindSerializer,
    SubmissionSerializer,
    WorkerSerializer,
)
from tasks.choices import State
from tasks.filters import asked, narrowed
from tasks.models import Job
from tasks.readings import workers
from tasks.registry import submittable
from tasks.selectors import job_for, result_of, visible_to
from tasks.submission import submit_as
from valor.accounts.roles import IsOperator, is_operator

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
SELFTEST = OpenApiExample(
    "A self-test",
    {"kind": "tasks.selftest", "parameters": {"seconds": 5}, "priority": "bulk", "start_within": 60, "label": "Try it"},
    request_only=True,
)
ACCEPTED = OpenApiResponse(JobDetailSerializer, "The job as it stands now; `Location` is where to ask again.")


FILTERS = [
    OpenApiParameter("state", OpenApiTypes.STR, enum=State.values, description="Only jobs that stand here."),
    OpenApiParameter("kind", OpenApiTypes.STR, description="Only jobs of this kind."),
    OpenApiParameter("owner", OpenApiTypes.STR, description="Only this user's, by user name; for operators."),
]


class JobList(ListAPIView):
    """Submitting is heavy, looking is not."""

    serializer_class = JobSerializer
    filter_backends = []
    rate_class = "heavy"

    def get_queryset(self) -> QuerySet[Job]:
        user = self.request.user
        return narrowed(visible_to(user), asked(self.request.query_params), by_owner=is_operator(user))

    @extend_schema(
        operation_id="jobs_list",
        summary="Your jobs, the newest first; operators see everybody's",
        parameters=FILTERS,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="job_submit",
        summary="Submit a job of a kind that you may submit",
        description="An equal request of yours that is under way, or was done within its kind's time, is that job.",
        request=SubmissionSerializer,
        responses={
            200: OpenApiResponse(JobDetailSerializer, "An equal job was done already: here is its result."),
            202: ACCEPTED,
        },
        examples=[SELFTEST],
    )
    def post(self, request: Request) -> Response:
        asked_for = SubmissionSerializer(data=request.data)
        asked_for.is_valid(raise_exception=True)
        job = submit_as(request.user, **{"parameters": {}, **asked_for.validated_data})
        return answer(request, job, finished=job.is_finished)


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
    rate_class = "heavy"

    @extend_schema(
        operation_id="job_retry",
        summary="Queue a failed or cancelled job again",
        request=None,
        responses={202: ACCEPTED},
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        return accepted(request, job_id, services.retry)


class JobResult(APIView):
    @extend_schema(
        operation_id="job_result",
        summary="The result of your job",
        responses={
            200: OpenApiResponse(OpenApiTypes.OBJECT, "What the job found out."),
            409: OpenApiResponse(
                description="`not_done` while it is under way, with `Retry-After`; `no_result` where it failed or was "
                "cancelled, with the reason."
            ),
        },
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(result_of(request.user, job_id))


class KindList(APIView):
    @extend_schema(
        operation_id="job_kinds",
        summary="The kinds of jobs that you may submit",
        responses=KindSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        return Response(KindSerializer(submittable(request.user), many=True).data)


class WorkerList(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="job_workers",
        summary="The worker processes and what each does; for operators",
        responses=WorkerSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        return Response(WorkerSerializer(workers(timezone.now()), many=True).data)


def accepted(request: Request, job_id: UUID, act: Callable[[Job], Job]) -> Response:
    return answer(request, act(job_for(request.user, job_id)), finished=False)


def answer(request: Request, job: Job, *, finished: bool) -> Response:
    """The job as it stands and where it is; 202 and when to ask again, unless there is nothing to wait for."""
    headers = {"Location": reverse("api-job", args=[job.pk])} | ({} if finished else {"Retry-After": "1"})
    data = JobDetailSerializer(job, context={"request": request}).data
    return Response(data, status=status.HTTP_200_OK if finished else status.HTTP_202_ACCEPTED, headers=headers)
