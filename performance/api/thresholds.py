"""Thresholds, for operators."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.alerts import selectors, services
from performance.alerts.choices import Direction, MissingData
from performance.alerts.filters import ThresholdFilter
from performance.alerts.models import Threshold
from performance.alerts.sentences import metric_of
from valor.accounts.roles import IsOperator
from valor.lib.fields import Choice, Strict, Text, WholeNumber


class ThresholdSerializer(serializers.ModelSerializer[Threshold]):
    """The levels of one metric, in its unit; shares are percentages from 0 to 100."""

    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    unit = serializers.SerializerMethodField()
    changed_by = serializers.CharField(source="changed_by.username", default=None, allow_null=True)

    class Meta:
        model = Threshold
        fields: tuple[str, ...] = (
            *("id", "category", "metric", "label", "unit", "direction", "warning", "critical", "clear"),
            *("duration", "missing", "enabled", "changed_at", "changed_by"),
        )

    def get_label(self, row: Threshold) -> str:
        return metric_of(row).label

    def get_unit(self, row: Threshold) -> str:
        return metric_of(row).unit


class ThresholdDetailSerializer(ThresholdSerializer):
    changes = serializers.SerializerMethodField(help_text="Who changed what, the newest first.")

    class Meta(ThresholdSerializer.Meta):
        fields = (*ThresholdSerializer.Meta.fields, "changes")

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_changes(self, row: Threshold) -> Any:
        changes = row.changes.select_related("by").order_by("-at", "-pk")[:100]
        return [{"at": c.at, "by": c.by.username if c.by else None, "fields": c.fields} for c in changes]


class Level(serializers.FloatField):
    """A number in JSON; no text that looks like one."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, (int, float)):
            self.fail("invalid")
        return super().to_internal_value(data)


class LevelsSerializer(Strict):
    """What of a threshold can be changed; what is left out stays."""

    direction = Choice(Direction.choices, required=False)
    warning = Level(required=False)
    critical = Level(required=False, allow_null=True)
    clear = Level(required=False)
    duration = WholeNumber(required=False, help_text="Seconds.")
    missing = Choice(MissingData.choices, required=False)
    enabled = serializers.BooleanField(required=False)


class NewLevelsSerializer(LevelsSerializer):
    category = Text(max_length=20)
    metric = Text(max_length=40)


EXAMPLE = OpenApiExample(
    "Tell earlier of a busy processor",
    {"category": "system", "metric": "cpu_percent", "warning": 70, "clear": 60},
    request_only=True,
)

EXAMPLES = OpenApiExample(
    "Both or neither",
    [
        {"category": "system", "metric": "memory_percent", "warning": 80, "clear": 75},
        {"category": "tasks", "metric": "oldest_seconds", "enabled": False},
    ],
    request_only=True,
)
MOST = 200  # thresholds set at once


def one_or_more(name: str, item: type[serializers.Serializer]) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(name, [item, item(many=True)], resource_type_field_name=None, many=False)


class Thresholds(ListAPIView):
    permission_classes = [IsOperator]
    serializer_class = ThresholdSerializer
    filterset_class = ThresholdFilter

    def get_queryset(self) -> QuerySet[Threshold]:
        return Threshold.objects.select_related("changed_by").order_by("category", "metric")

    @extend_schema(operation_id="performance_thresholds", summary="The threshold of each metric that is watched")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="performance_thresholds_set",
        summary="Set the threshold of a metric, or of several",
        description="Changes the one there is; a metric that has none gets one. Levels that contradict are refused. "
        "Of a list all are set, or none: `details` names each fault by its place, such as `2.warning`.",
        request=one_or_more("OneOrMoreThresholds", NewLevelsSerializer),
        responses=one_or_more("ThresholdsSet", ThresholdDetailSerializer),
        examples=[EXAMPLE, EXAMPLES],
    )
    def put(self, request: Request) -> Response:
        if isinstance(request.data, list):
            forms: serializers.ListSerializer[Any] = serializers.ListSerializer(
                child=NewLevelsSerializer(), data=request.data, allow_empty=False, max_length=MOST
            )
            forms.is_valid(raise_exception=True)
            rows = services.set_thresholds(entries=forms.validated_data, by=request.user)
            return Response(ThresholdDetailSerializer(rows, many=True).data)
        form = NewLevelsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        row = services.set_threshold(
            category=values.pop("category"), metric=values.pop("metric"), values=values, by=request.user
        )
        return Response(ThresholdDetailSerializer(row).data)


class ThresholdDetail(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_threshold",
        summary="One threshold, and who changed it",
        responses=ThresholdDetailSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(ThresholdDetailSerializer(selectors.threshold(pk)).data)

    @extend_schema(
        operation_id="performance_threshold_change",
        summary="Change a threshold",
        request=LevelsSerializer,
        responses=ThresholdDetailSerializer,
    )
    def patch(self, request: Request, pk: int) -> Response:
        form = LevelsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.change_threshold(threshold=selectors.threshold(pk), values=form.validated_data, by=request.user)
        return Response(ThresholdDetailSerializer(row).data)


class ThresholdReset(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_threshold_reset",
        summary="Back to the default levels",
        request=None,
        responses=ThresholdDetailSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        row = services.reset_threshold(threshold=selectors.threshold(pk), by=request.user)
        return Response(ThresholdDetailSerializer(row).data)
