"""Current figures, of the platform and of its database."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.api.documents import background_work, category_of, database_document
from performance.api.serializers import CurrentFiguresSerializer, DatabaseReportSerializer
from performance.glance import Glance
from performance.metrics import CATEGORIES, DATABASE, Category
from performance.models import DatabaseSample, SystemSample
from performance.selectors import choose_host, latest_of
from performance.status import current_status
from performance.summary import every_figure, figures
from tasks.readings import reading
from valor.accounts.roles import IsAnalyst, IsOperator

READERS = [IsAnalyst | IsOperator]
HOST = OpenApiParameter("host", OpenApiTypes.STR, description="A sampled host; by default the web server's own.")
CATEGORY = OpenApiParameter(
    "category", OpenApiTypes.STR, description="Only the figures of this one.", enum=list(CATEGORIES)
)
EXAMPLE = OpenApiExample(
    "A busy processor",
    {
        "status": "Degraded",
        "sentence": "Degraded for 6 min: CPU at 93 % (limit 80 %).",
        "host": "web-1",
        "hosts": ["web-1"],
        "taken_at": "2026-01-31T08:00:00Z",
        "figures": [
            {
                "category": "system",
                "name": "cpu_percent",
                "label": "CPU",
                "unit": "percent",
                "value": 93.2,
                "previous": 12.1,
                "change": 81.1,
                "compared_with": "the hour before",
                "threshold": 80.0,
                "state": "Degraded",
            }
        ],
    },
    response_only=True,
)


class SummaryView(APIView):
    permission_classes = READERS

    @extend_schema(
        operation_id="performance_summary",
        summary="Current figures of every category",
        description="Each figure of a host's last samples with its change against the mean of the hour before the "
        "last, its threshold and state; and background work: what waits, what finished within five minutes, how many "
        "workers there are.",
        parameters=[HOST, CATEGORY],
        responses=CurrentFiguresSerializer,
        examples=[EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        now, glance = timezone.now(), Glance()
        wanted = categories_asked(request.query_params.get("category", ""))
        glance.read_all()
        samples = glance.latest(SystemSample)
        host = choose_host(request.query_params.get("host", ""), samples)
        latest = glance.last(SystemSample, host)
        status = current_status(now, glance)
        document = {
            "status": status.word,
            "sentence": status.sentence,
            "host": host,
            "hosts": [sample.host for sample in samples],
            "taken_at": latest.taken_at if latest else None,
            "figures": every_figure(host, wanted, glance, now),
            "tasks": background_work(reading(now)),
        }
        return Response(CurrentFiguresSerializer(document).data)


def categories_asked(name: str) -> list[Category]:
    return [category_of(name)] if name else list(CATEGORIES.values())


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
