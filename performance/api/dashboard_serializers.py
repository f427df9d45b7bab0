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
from performance.forms import COMPARISONS
from performance.marks import KINDS, RANKS
from performance.metrics import CATEGORIES
from performance.words import Word


class Figures(serializers.ListField):
    child = serializers.FloatField(allow_null=True)


class CardSerializer(CurrentFigureSerializer):
    sparkline = Figures(
        help_text="The last hour in equal parts, sixty where it is sampled at least every 30 s; null where none is.",
    )


class AheadSerializer(serializers.Serializer):
    line = serializers.CharField(help_text="The name of the field that it goes on with.")
    sentence = serializers.CharField()
    times = serializers.ListField(child=serializers.DateTimeField())
    values = Figures(help_text="What is expected; null beyond what is foreseen.")
    low = Figures(help_text="Below it at one time in ten.")
    high = Figures(help_text="Above it at one time in ten.")


class ChartSerializer(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    category = serializers.ChoiceField(list(CATEGORIES), help_text="In whose series its lines are.")
    unit = serializers.CharField()
    lines = serializers.ListField(child=serializers.CharField(), help_text="Names of fields.")
    threshold = serializers.FloatField(allow_null=True, help_text="Of its first line.")
    summary = serializers.CharField(help_text="The chart in words.")
    ahead = AheadSerializer(many=True, help_text="How some of its lines may go on; over a day or longer that ends now.")


class MarkSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="Null: it was a moment, or goes on.")
    kind = serializers.ChoiceField(KINDS)
    tone = serializers.ChoiceField(list(RANKS), help_text="How grave it is.")
    word = serializers.CharField()
    sentence = serializers.CharField()
    url = serializers.CharField(help_text="The page that tells more; empty: none that the caller may see.")


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
    compare = serializers.ChoiceField(["", *COMPARISONS], help_text="As asked for.")
    series = MetricHistorySerializer(many=True, help_text="The charts' arrays, one of each category.")
    earlier = MetricHistorySerializer(
        many=True, help_text="The same of the time compared with, told at the times of the present one; empty: none is."
    )
    charts = ChartSerializer(many=True, help_text="In their order.")
    marks = MarkSerializer(
        many=True, help_text="What happened meanwhile, by time: others than operators see no actions, nor others' jobs."
    )
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
        "compare": "",
        "series": [],
        "earlier": [],
        "charts": [
            {
                "name": "cpu",
                "title": "Processor",
                "category": "system",
                "unit": "percent",
                "lines": ["cpu_percent"],
                "threshold": 80.0,
                "summary": "CPU 12 %, between 9 % and 31 % (at 07:41), mean 12 %.",
                "ahead": [],
            }
        ],
        "marks": [
            {
                "at": "2026-01-31T07:12:04Z",
                "until": None,
                "kind": "start",
                "tone": "quiet",
                "word": "Start",
                "sentence": "Started on web-1: sampler, web, worker, version 0.1.0",
                "url": "",
            }
        ],
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
