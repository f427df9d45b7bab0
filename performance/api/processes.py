"""The product's processes, for operators."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from performance.api.views import HOST
from performance.models import ApplicationSample, Role
from performance.requests import processes_of
from performance.selectors import choose_host, latest_of
from valor.accounts.roles import IsOperator
from valor.lib.errors import InvalidInput


class ProcessSerializer(serializers.Serializer):
    """A process as it was when its host was last sampled; what it has not told is null."""

    host = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    pid = serializers.IntegerField()
    cpu = serializers.FloatField(allow_null=True, default=None, help_text="Share of one core, percent.")
    rss = serializers.IntegerField(allow_null=True, default=None, help_text="Bytes of memory.")
    threads = serializers.IntegerField(allow_null=True, default=None)
    files = serializers.IntegerField(allow_null=True, default=None, help_text="Open files.")
    uptime = serializers.FloatField(allow_null=True, default=None, help_text="Seconds.")


EXAMPLE = OpenApiExample(
    "A busy worker",
    {
        "host": "web-1",
        "role": "worker",
        "pid": 4711,
        "cpu": 98.2,
        "rss": 190_000_000,
        "threads": 4,
        "files": 31,
        "uptime": 3600.0,
    },
    response_only=True,
)


class Processes(GenericAPIView[Any]):
    permission_classes = [IsOperator]
    serializer_class = ProcessSerializer
    filter_backends = []

    @extend_schema(
        operation_id="performance_processes",
        summary="The product's processes on a host, the busiest first",
        description="As the host was last sampled; those that use most processor time first, then most memory.",
        parameters=[
            HOST,
            OpenApiParameter("role", OpenApiTypes.STR, description="Only of this role.", enum=list(Role.values)),
            OpenApiParameter("page", OpenApiTypes.STR),
            OpenApiParameter("page_size", OpenApiTypes.STR),
        ],
        responses=ProcessSerializer(many=True),
        examples=[EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        samples = latest_of(ApplicationSample)
        host = choose_host(request.query_params.get("host", ""), samples)
        role = role_asked(request.query_params.get("role", ""))
        sample = next((sample for sample in samples if sample.host == host), None)
        rows = [row for row in processes_of(sample) if role in ("", row["role"])]
        page = self.paginate_queryset(rows)  # type: ignore[arg-type]
        return self.get_paginated_response(ProcessSerializer(page, many=True).data)


def role_asked(name: str) -> str:
    if name and name not in Role.values:
        remedy = f"Choose one of {', '.join(Role.values)}."
        raise InvalidInput.at("role", name, "No process has such a role.", remedy)
    return name
