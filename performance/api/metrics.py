"""What is measured, and its history: every category in one way."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.api.documents import category_document, category_of, series_document, series_table
from performance.api.rates import HISTORY
from performance.api.serializers import CategorySerializer, MetricHistorySerializer
from performance.api.views import HOST, READERS
from performance.metrics import CATEGORIES
from performance.selectors import choose_host, latest_of
from performance.series import history
from performance.timerange import step_of, window
from valor.lib.envelope import EnvelopeRenderer


class MetricsView(APIView):
    permission_classes = READERS

    @extend_schema(
        operation_id="performance_metrics",
        summary="What is measured",
        description="Every category with its fields, their units and the level above which something is wrong.",
        responses=CategorySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        return Response(
            CategorySerializer([category_document(category) for category in CATEGORIES.values()], many=True).data
        )


class CsvRenderer(BaseRenderer):
    """A history as a table; what went wrong is told as ever."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> str:
        text = io.StringIO()
        csv.writer(text).writerows(series_table(data))
        return text.getvalue()


class HistoryView(APIView):
    """The history of one category's metrics."""

    permission_classes = READERS
    renderer_classes = [EnvelopeRenderer, CsvRenderer]
    read_class = HISTORY

    @extend_schema(
        operation_id="performance_metrics_history",
        summary="History of a category",
        description=(
            "Aligned arrays of about 500 points at most, with units. They are read from the finest level that has at "
            "most 3,000 rows in the range and still holds it: samples, or rollups of 5 min, 1 h or 1 day; "
            "`resolution` says which, and where points are means `min` and `max` bound the samples in them."
        ),
        parameters=[
            OpenApiParameter("category", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(CATEGORIES)),
            OpenApiParameter("range", OpenApiTypes.STR, description="A span up to now, such as 30d; 1h by default."),
            OpenApiParameter("from", OpenApiTypes.STR, description="ISO 8601 or now-6h, instead of range."),
            OpenApiParameter("to", OpenApiTypes.STR, description="ISO 8601 or now-1h; now by default."),
            OpenApiParameter("step", OpenApiTypes.STR, description="Points at least so far apart, such as 15m or 1d."),
            HOST,
            OpenApiParameter("fields", OpenApiTypes.STR, description="Names, separated by commas; all by default."),
            OpenApiParameter("format", OpenApiTypes.STR, description="csv for a table.", enum=["json", "csv"]),
        ],
        responses=MetricHistorySerializer,
    )
    def get(self, request: Request, category: str) -> Response:
        asked = request.query_params
        known = category_of(category)
        names = [name.strip() for name in asked.get("fields", "").split(",") if name.strip()]
        metrics = known.pick(names)
        over = window(
            now=timezone.now(), span=asked.get("range", ""), start=asked.get("from", ""), end=asked.get("to", "")
        )
        step = step_of(asked.get("step", ""), over)
        host = choose_host(asked.get("host", ""), latest_of(known.model))
        return Response(series_document(history(known, host, over, metrics, step=step)))
