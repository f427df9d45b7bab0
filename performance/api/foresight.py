"""Trends, forecasts and anomalies by the API, for operators."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.foresight import forecasts, recent_anomalies, trends
from valor.accounts.roles import IsOperator


class ShiftSerializer(serializers.Serializer):
    """The last 24 hours against an earlier day."""

    now = serializers.FloatField()
    then = serializers.FloatField()
    difference = serializers.FloatField(help_text="The median of the differences between the same times of day.")
    low = serializers.FloatField(help_text="The true difference lies between low and high in 99 of 100 cases.")
    high = serializers.FloatField()
    told = serializers.BooleanField(help_text="Whether it exceeds the noise and is 5 % or more.")


class SlopeSerializer(serializers.Serializer):
    value = serializers.FloatField(help_text="Per second.")
    low = serializers.FloatField()
    high = serializers.FloatField()
    certain = serializers.BooleanField(help_text="Whether the direction is beyond doubt.")


class FigureOfSerializer(serializers.Serializer):
    category = serializers.CharField()
    metric = serializers.CharField(source="metric.name")
    unit = serializers.CharField(source="metric.unit")
    host = serializers.CharField(help_text="Empty for the platform as a whole.")
    sentence = serializers.CharField()


class TrendSerializer(FigureOfSerializer):
    value = serializers.FloatField(help_text="The median of the last 24 hours.")
    peak = serializers.FloatField(help_text="Their 95th percentile.")
    told = serializers.BooleanField(help_text="Whether anything changed.")
    day = ShiftSerializer(allow_null=True, help_text="Of the median, against the day before.")
    week = ShiftSerializer(allow_null=True, help_text="Of the median, against the same day a week ago.")
    day_peak = ShiftSerializer(allow_null=True)
    week_peak = ShiftSerializer(allow_null=True)
    slope = SlopeSerializer(allow_null=True, help_text="Over the last seven days.")


class ForecastSerializer(FigureOfSerializer):
    now = serializers.FloatField()
    until = serializers.DateTimeField(help_text="How far the forecast goes.")
    expected = serializers.FloatField(help_text="At its end.")
    expected_low = serializers.FloatField()
    expected_high = serializers.FloatField()
    limit = serializers.FloatField(allow_null=True)
    days = serializers.FloatField(allow_null=True, help_text="Until the limit; null where it is not reached.")
    low = serializers.FloatField(allow_null=True, help_text="At the earliest.")
    high = serializers.FloatField(allow_null=True, help_text="At the latest; null where it may never be reached.")
    reached_at = serializers.DateTimeField(allow_null=True)
    share = serializers.FloatField(help_text="How often the truth lies in the interval.")
    skill = serializers.FloatField(help_text="The share of the error of “as now” that the forecast avoided so far.")


class AnomalySerializer(serializers.Serializer):
    category = serializers.CharField(source="row.category")
    metric = serializers.CharField(source="metric.name")
    unit = serializers.CharField(source="metric.unit")
    host = serializers.CharField(source="row.host")
    sentence = serializers.CharField()
    at = serializers.DateTimeField(source="row.at")
    worst_at = serializers.DateTimeField(source="row.worst_at")
    value = serializers.FloatField(source="row.value")
    expected = serializers.FloatField(source="row.expected")
    score = serializers.FloatField(source="row.score")


class ForesightSerializer(serializers.Serializer):
    trends = TrendSerializer(many=True, help_text="Those that changed first.")
    forecasts = ForecastSerializer(many=True, help_text="What reaches its limit soonest first.")
    anomalies = AnomalySerializer(many=True, help_text="Of the last seven days, the latest first.")


EXAMPLE = OpenApiExample(
    "A disk that fills",
    {
        "trends": [],
        "forecasts": [
            {
                "category": "system",
                "metric": "disk_used",
                "unit": "bytes",
                "host": "web-1",
                "sentence": "disk on web-1 full in 12 days, 9 to 17",
                "now": 63e9,
                "until": "2026-12-25T12:00:00Z",
                "expected": 118e9,
                "expected_low": 101e9,
                "expected_high": 134e9,
                "limit": 100e9,
                "days": 12.1,
                "low": 9.4,
                "high": 17.0,
                "reached_at": "2026-12-07T14:00:00Z",
                "share": 0.8,
                "skill": 0.9,
            }
        ],
        "anomalies": [],
    },
    response_only=True,
)


class TrendsView(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_trends",
        summary="What changed, what fills up, what was as never before",
        description=(
            "The last 24 hours of the main figures against the day before and the same day a week ago; forecasts that "
            "would have done better so far than “as now”; and figures out of their usual course. Up to ten minutes old."
        ),
        responses=ForesightSerializer,
        examples=[EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        found = {"trends": trends(now), "forecasts": forecasts(now), "anomalies": recent_anomalies(now)}
        return Response(ForesightSerializer(found).data)
