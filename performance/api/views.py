"""Health and current figures."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import Error
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.api.documents import background_work, database_document, health
from performance.api.serializers import (
    CurrentFiguresSerializer,
    DatabaseReportSerializer,
    HealthSerializer,
)
from performance.glance import Glance
from performance.metrics import DATABASE
from performance.models import DatabaseSample, SystemSample
from performance.selectors import choose_host, latest_of
from performance.status import current_status
from performance.summary import figures
from performance.words import Status, Word
from tasks.readings import reading
from valor.accounts.roles import IsAnalyst, IsOperator, is_operator
from valor.lib.errors import Problem, Unavailable
from valor.lib.outages import watch

READERS = [IsAnalyst | IsOperator]
HOST = OpenApiParameter("host", OpenApiTypes.STR, description="A sampled host; by default the web server's own.")


class HealthView(APIView):
    """Answers whatever is down: neither session nor database is needed."""

    permission_classes = [AllowAny]

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        except Error:
            request.user = AnonymousUser()

    @extend_schema(
        operation_id="performance_health",
        summary="Is the platform well?",
        description=(
            "For load balancers: 200, or 503 when the platform is down. Degraded and Unknown (no fresh samples) "
            "answer 200, since the web server that answers can still serve. Operators also get the parts, the lag of "
            "each host's sampler and the probes that fail."
        ),
        responses={200: HealthSerializer, 503: OpenApiResponse(description="The platform is down.")},
        examples=[
            OpenApiExample(
                "Anonymous",
                {"status": "Healthy", "sentence": "Healthy: CPU 12 %, memory 41 %, disk 63 %, 2 workers."},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        glance = Glance()
        status = current_status(now, glance)
        if status.word is Word.DOWN:
            raise down(status)
        if not is_operator(request.user):
            return Response({"status": status.word, "sentence": status.sentence})
        return Response(HealthSerializer(health(status, glance.latest(SystemSample), now)).data)


def down(status: Status) -> Unavailable:
    """What is down and what to do; of a database that is away also since when, and who says so."""
    outage = watch.outage
    problems = [
        outage.problem
        if outage and part.name == "database"
        else Problem(part.name, None, f"{part.sentence}.", "Start it again, or look at its log.")
        for part in status.parts
        if part.word is Word.DOWN
    ]
    return Unavailable(f"{status.sentence} {outage.told}" if outage else status.sentence, problems=problems)


class SummaryView(APIView):
    permission_classes = READERS

    @extend_schema(
        operation_id="performance_summary",
        summary="Current figures",
        description="Each figure of a host's last sample with its change against the mean of the hour before the last; "
        "and background work: what waits, what finished within five minutes, how many workers there are.",
        parameters=[HOST],
        responses=CurrentFiguresSerializer,
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        glance = Glance()
        samples = glance.latest(SystemSample)
        host = choose_host(request.query_params.get("host", ""), samples)
        latest = next((sample for sample in samples if sample.host == host), None)
        status = current_status(now, glance)
        document = {
            "status": status.word,
            "sentence": status.sentence,
            "host": host,
            "hosts": [sample.host for sample in samples],
            "taken_at": latest.taken_at if latest else None,
            "figures": figures(host, latest, now, glance=glance),
            "tasks": background_work(reading(now)),
        }
        return Response(CurrentFiguresSerializer(document).data)


class DatabaseView(APIView):
    """Names of tables and statements are for operators."""

    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_database",
        summary="The database's health",
        description=(
            "What a host last saw of the database: latencies, sizes, the largest tables, connections by state, the use "
            "of the pool per process, long transactions without the values in their statements. What this kind of "
            "database does not know is null, as is what could not be read; `failed` says why."
        ),
        parameters=[HOST],
        responses=DatabaseReportSerializer,
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        samples = latest_of(DatabaseSample)
        host = choose_host(request.query_params.get("host", ""), samples)
        sample = next((sample for sample in samples if sample.host == host), None)
        document = database_document(host, samples, sample, figures(host, sample, now, DATABASE))
        return Response(DatabaseReportSerializer(document).data)
