"""Slow and repeated statements, for operators."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.database.filters import RepeatedQueryFilter, SlowQueryFilter
from performance.database.selectors import repeated_queries, slow_queries, slow_query
from performance.models import RepeatedQuery, SlowQuery
from valor.accounts.roles import IsOperator

EXAMPLE = OpenApiExample(
    "A missing index",
    {
        "fingerprint": "0123456789abcdef",
        "statement": 'SELECT "tasks_job"."id" FROM "tasks_job" WHERE "tasks_job"."kind" = %s',
        "count": 12,
        "worst": 1.84,
        "usual": 0.02,
        "line": "tasks/selectors.py:41 in visible_to",
        "routes": {"/jobs/": 12},
    },
    response_only=True,
)


class SlowQuerySerializer(serializers.ModelSerializer[SlowQuery]):
    """A statement that was slow; times in seconds."""

    kinds_of_advice = serializers.SerializerMethodField(help_text="missing_index, full_scan, sort, count or lock.")
    routes = serializers.DictField(child=serializers.IntegerField(), help_text="Where it was slow, and how often.")

    class Meta:
        model = SlowQuery
        fields: tuple[str, ...] = (
            *("fingerprint", "statement", "alias", "count", "worst", "usual", "line", "kind", "routes"),
            *("first_seen", "last_seen", "kinds_of_advice"),
        )

    def get_kinds_of_advice(self, row: SlowQuery) -> list[str]:
        return [advice["kind"] for advice in row.advice]


class StepSerializer(serializers.Serializer[Any]):
    depth = serializers.IntegerField()
    operation = serializers.CharField()
    table = serializers.CharField(required=False)
    alias = serializers.CharField(required=False)
    index = serializers.CharField(required=False)
    condition = serializers.CharField(required=False)
    rows = serializers.FloatField(required=False, help_text="The planner's guess.")
    width = serializers.IntegerField(required=False, help_text="Bytes of a row.")
    cost = serializers.FloatField(required=False, help_text="In the planner's own unit.")


class AdviceSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    what = serializers.CharField()
    why = serializers.CharField()
    how = serializers.CharField(help_text="The statement that cures it, or words where none does.")
    effect = serializers.CharField()
    checked = serializers.CharField(help_text="How sure this is.")


class RepeatedQuerySerializer(serializers.ModelSerializer[RepeatedQuery]):
    """A route, or kind of job, that ran one statement too often in one go."""

    class Meta:
        model = RepeatedQuery
        fields = (
            *("route", "kind", "fingerprint", "statement", "sightings", "worst", "line"),
            *("first_seen", "last_seen"),
        )


class SlowQueryDetailSerializer(SlowQuerySerializer):
    plan = StepSerializer(many=True)
    advice = AdviceSerializer(many=True)
    repeated = serializers.SerializerMethodField(help_text="Where it was also repeated.")

    class Meta(SlowQuerySerializer.Meta):
        fields = (*SlowQuerySerializer.Meta.fields, "plan", "plan_taken_at", "plan_missing", "advice", "repeated")

    @extend_schema_field(RepeatedQuerySerializer(many=True))
    def get_repeated(self, row: SlowQuery) -> Any:
        return RepeatedQuerySerializer(repeated_queries().filter(fingerprint=row.fingerprint), many=True).data


class SlowQueries(ListAPIView):
    permission_classes = [IsOperator]
    serializer_class = SlowQuerySerializer
    filterset_class = SlowQueryFilter

    def get_queryset(self) -> QuerySet[SlowQuery]:
        return slow_queries()

    @extend_schema(
        operation_id="performance_slow_queries", summary="Slow statements, the slowest first", examples=[EXAMPLE]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class RepeatedQueries(ListAPIView):
    permission_classes = [IsOperator]
    serializer_class = RepeatedQuerySerializer
    filterset_class = RepeatedQueryFilter

    def get_queryset(self) -> QuerySet[RepeatedQuery]:
        return repeated_queries()

    @extend_schema(
        operation_id="performance_slow_queries_repeated", summary="Requests and jobs that repeat a statement"
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class SlowQueryDetail(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_slow_query",
        summary="One slow statement: its plan, and what would help",
        responses=SlowQueryDetailSerializer,
    )
    def get(self, request: Request, fingerprint: str) -> Response:
        return Response(SlowQueryDetailSerializer(slow_query(fingerprint)).data)
