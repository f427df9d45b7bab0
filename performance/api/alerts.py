"""Alerts and silences, for operators."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.alerts import selectors, services
from performance.alerts.choices import SILENCE
from performance.alerts.filters import AlertFilter, SilenceFilter
from performance.alerts.models import Alert, AlertEvent, Notification, Silence
from performance.alerts.sentences import metric_of, sentence
from valor.accounts.roles import IsOperator
from valor.lib.fields import Strict, Text


class CulpritSerializer(serializers.Serializer):
    """What is behind an alert; the figures are those of its kind."""

    kind = serializers.CharField()
    name = serializers.CharField()
    figures = serializers.DictField()
    share = serializers.FloatField(allow_null=True, help_text="Of the whole trouble, 0 to 1.")
    sentence = serializers.CharField()
    url = serializers.CharField(help_text="Where to look further; empty: nowhere.")


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """A metric that is, or was, beyond its threshold; host empty: of the platform as a whole."""

    sentence = serializers.SerializerMethodField()
    unit = serializers.SerializerMethodField()
    acknowledged_by = serializers.CharField(source="acknowledged_by.username", default=None, allow_null=True)
    culprits = CulpritSerializer(many=True)
    silenced = serializers.SerializerMethodField()

    class Meta:
        model = Alert
        fields: tuple[str, ...] = (
            *("id", "category", "metric", "host", "state", "severity", "sentence", "value", "worst", "limit", "unit"),
            *("began_at", "fired_at", "resolved_at", "judged_at", "missing_since", "silenced", "muted_by"),
            *("acknowledged_at", "acknowledged_by", "note", "culprits"),
        )

    def get_sentence(self, row: Alert) -> str:
        return sentence(row, timezone.now())

    def get_unit(self, row: Alert) -> str:
        return metric_of(row).unit

    def get_silenced(self, row: Alert) -> bool:
        return row.open and row.muted_by == SILENCE


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    class Meta:
        model = Notification
        fields = ("channel", "state", "attempts", "sent_at", "error")


class AlertEventSerializer(serializers.ModelSerializer[AlertEvent]):
    by = serializers.CharField(source="by.username", default=None, allow_null=True)
    notifications = NotificationSerializer(many=True)

    class Meta:
        model = AlertEvent
        fields = ("at", "kind", "severity", "value", "by", "note", "notifications")


class AlertDetailSerializer(AlertSerializer):
    events = serializers.SerializerMethodField(help_text="What happened to it, the newest first.")

    class Meta(AlertSerializer.Meta):
        fields = (*AlertSerializer.Meta.fields, "events")

    @extend_schema_field(AlertEventSerializer(many=True))
    def get_events(self, row: Alert) -> Any:
        return AlertEventSerializer(selectors.events_of(row)[:200], many=True).data


class NoteSerializer(Strict):
    note = Text(max_length=500, required=False, default="", allow_blank=True)


class AlertSilenceSerializer(Strict):
    until = serializers.DateTimeField(help_text="ISO 8601; at most 90 days from now.")
    reason = Text(max_length=500)


class SilenceRequestSerializer(AlertSilenceSerializer):
    """Which alerts nobody is told of: of a metric (empty: of all of the category), on a host (empty: on all)."""

    category = Text(max_length=20, required=False, default="", allow_blank=True)
    metric = Text(max_length=40, required=False, default="", allow_blank=True)
    host = Text(max_length=100, required=False, default="", allow_blank=True)


class SilenceSerializer(serializers.ModelSerializer[Silence]):
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True)

    lifted_by = serializers.CharField(
        source="lifted_by.username", default=None, allow_null=True, help_text="Who ended it early, at `until`."
    )

    class Meta:
        model = Silence
        fields = ("id", "category", "metric", "host", "reason", "created_at", "created_by", "until", "lifted_by")


EXAMPLE = OpenApiExample(
    "A slow route",
    {
        "id": 7,
        "category": "application",
        "metric": "latency_p95",
        "host": "web-1",
        "state": "firing",
        "severity": "warning",
        "sentence": "Warning for 6 min: /valuations/ p95 1.90 s on web-1 (limit 1 s), 84 % in the database.",
        "value": 1900.0,
        "limit": 1000.0,
    },
    response_only=True,
)


def silenced(made: Silence) -> Response:
    """201 with the new silence, and where it is."""
    headers = {"Location": reverse("api-performance-silence", args=[made.pk])}
    return Response(SilenceSerializer(made).data, status=201, headers=headers)


class Alerts(ListAPIView):
    permission_classes = [IsOperator]
    serializer_class = AlertSerializer
    filterset_class = AlertFilter

    def get_queryset(self) -> QuerySet[Alert]:
        return selectors.told_alerts()

    @extend_schema(operation_id="performance_alerts", summary="Alerts, the newest first", examples=[EXAMPLE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class AlertDetail(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_alert", summary="One alert and its history", responses=AlertDetailSerializer
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(AlertDetailSerializer(selectors.alert(pk)).data)


class AlertAcknowledge(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_alert_acknowledge",
        summary="Say that you look after an alert",
        description="Nobody is told of it again, unless it becomes worse.",
        request=NoteSerializer,
        responses=AlertDetailSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        form = NoteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.acknowledge(alert=selectors.alert(pk), by=request.user, note=form.validated_data["note"])
        return Response(AlertDetailSerializer(row).data)

    @extend_schema(
        operation_id="performance_alert_acknowledge_withdraw",
        summary="Say that nobody looks after an alert any more",
        description="It is told again as if nobody ever had; its history keeps who did. 409 where nobody does.",
        responses=AlertDetailSerializer,
    )
    def delete(self, request: Request, pk: int) -> Response:
        row = services.withdraw(alert=selectors.alert(pk), by=request.user)
        return Response(AlertDetailSerializer(row).data)


class AlertSilence(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_alert_silence",
        summary="Tell nobody of this metric on this host for a time",
        request=AlertSilenceSerializer,
        responses={201: SilenceSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        form = AlertSilenceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.silence_alert(alert=selectors.alert(pk), by=request.user, **form.validated_data)
        return silenced(made)


class Silences(ListAPIView):
    permission_classes = [IsOperator]
    serializer_class = SilenceSerializer
    filterset_class = SilenceFilter

    def get_queryset(self) -> QuerySet[Silence]:
        return selectors.told_silences()

    @extend_schema(
        operation_id="performance_silences",
        summary="The silences in force, the first to end first; or those that are past",
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="performance_silences_add",
        summary="Tell nobody of some alerts for a time",
        request=SilenceRequestSerializer,
        responses={201: SilenceSerializer},
    )
    def post(self, request: Request) -> Response:
        form = SilenceRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.silence(by=request.user, **form.validated_data)
        return silenced(made)


class SilenceDetail(APIView):
    permission_classes = [IsOperator]

    @extend_schema(operation_id="performance_silence", summary="One silence in force", responses=SilenceSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(SilenceSerializer(selectors.silence(pk, timezone.now())).data)

    @extend_schema(operation_id="performance_silence_lift", summary="End a silence early", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        services.lift(silence=selectors.silence(pk, timezone.now()), by=request.user)
        return Response(status=204)
