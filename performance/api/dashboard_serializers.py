"""The shape of the dashboard's answer, for the OpenAPI document: it is built by hand, for speed."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from performance.alerts.choices import AlertSeverity, AlertState
from performance.api.advice_serializers import ActionRunSerializer, RecommendationSerializer
from performance.api.alerts import CulpritSerializer
from performance.api.foresight import AnomalySerializer
from performance.api.health_serializers import ComponentSerializer, HeldSerializer
from performance.api.serializers import CurrentFigureSerializer, MetricHistorySerializer
from performance.metrics import CATEGORIES
from performance.words import Word


class CardSerializer(CurrentFigureSerializer):
    sparkline = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        help_text="The last hour in equal parts, sixty where it is sampled at least every 30 s; null where none is.",
    )


class ChartSerializer(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    category = serializers.ChoiceField(list(CATEGORIES), help_text="In whose series its lines are.")
    unit = serializers.CharField()
    lines = serializers.ListField(child=serializers.CharField(), help_text="Names of fields.")
    threshold = serializers.FloatField(allow_null=True, help_text="Of its first line.")
    summary = serializers.CharField(help_text="The chart in words.")


class OpenAlertSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    category = serializers.CharField()
    metric = serializers.CharField()
    unit = serializers.CharField()
    host = serializers.CharField(help_text="Empty: of the platform as a whole.")
    state = serializers.ChoiceField(AlertState.choices)
    severity = serializers.ChoiceField(AlertSeverity.choices)
    sentence = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    limit = serializers.FloatField()
    began_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField(allow_null=True)
    silenced = serializers.BooleanField()
    culprits = CulpritSerializer(many=True, required=False, help_text="For operators only.")


class ControlSerializer(HeldSerializer):
    may_change = serializers.BooleanField(help_text="Whether the caller may, by POST to `monitoring`.")
    shortest = serializers.IntegerField(help_text="The shortest interval, seconds.")
    longest = serializers.IntegerField(help_text="The longest one.")


class DashboardSerializer(serializers.Serializer):
    status = serializers.ChoiceField(Word.choices)
    sentence = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    components = ComponentSerializer(many=True)
    host = serializers.CharField()
    hosts = serializers.ListField(child=serializers.CharField(), help_text="Every host that is sampled.")
    taken_at = serializers.DateTimeField(allow_null=True, help_text="When the host was last sampled.")
    interval = serializers.IntegerField(allow_null=True, help_text="Seconds between two samples.")
    range = serializers.CharField(help_text="As asked for; empty where from and to were.")
    figures = CardSerializer(many=True, help_text="The cards, in their order.")
    series = MetricHistorySerializer(many=True, help_text="The charts' arrays, one of each category.")
    charts = ChartSerializer(many=True, help_text="In their order.")
    alerts = OpenAlertSerializer(many=True, help_text="The worst twenty that are open.")
    alerts_open = serializers.IntegerField(help_text="How many are.")
    anomalies = AnomalySerializer(many=True, help_text="Of the last day, the latest first.")
    sampling = ControlSerializer()
    recommendations = RecommendationSerializer(many=True, required=False, help_text="The best; for operators only.")
    actions = ActionRunSerializer(many=True, required=False, help_text="The last ones; for operators only.")


EXAMPLE = OpenApiExample(
    "An analyst's",
    {
        "status": "Healthy",
        "sentence": "Healthy: CPU 12 %, memory 41 %, disk 63 %, 2 workers ready.",
        "since": None,
        "components": [{"name": "database", "state": "Healthy", "why": "the database answers", "since": None}],
        "host": "web-1",
        "hosts": ["web-1"],
        "taken_at": "2026-01-31T08:00:00Z",
        "interval": 30,
        "range": "1h",
        "figures": [
            {
                "category": "system",
                "name": "cpu_percent",
                "label": "CPU",
                "unit": "percent",
                "value": 12.1,
                "previous": 11.8,
                "change": 0.3,
                "compared_with": "the hour before",
                "threshold": 80.0,
                "state": "Healthy",
                "sparkline": [11.9, None, 12.1],
            }
        ],
        "series": [],
        "charts": [],
        "alerts": [],
        "alerts_open": 0,
        "anomalies": [],
        "sampling": {
            "state": "running",
            "interval": 30,
            "changed_by": "",
            "changed_at": None,
            "may_change": False,
            "shortest": 1,
            "longest": 3600,
        },
    },
    response_only=True,
)
