"""Stopping and starting the sampling by the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance import sampling
from performance.models import SamplingState
from valor.accounts.roles import IsAnalyst, IsOperator
from valor.lib.errors import InvalidInput
from valor.lib.fields import Choice, Strict, WholeNumber


class SampledHostSerializer(serializers.Serializer):
    host = serializers.CharField()
    interval = serializers.IntegerField(help_text="Seconds between two samples of this host.")
    own = serializers.BooleanField(help_text="Whether its sampler's command line says so, and not the platform.")
    lag = serializers.FloatField(help_text="Seconds since its last sample.")


class SamplingChangeSerializer(serializers.Serializer):
    state = serializers.ChoiceField(SamplingState.choices)
    interval = serializers.IntegerField()
    changed_by = serializers.CharField()
    changed_at = serializers.DateTimeField()


class MonitoringSerializer(serializers.Serializer):
    state = serializers.ChoiceField(SamplingState.choices)
    interval = serializers.IntegerField(help_text="Seconds between two samples.")
    changed_by = serializers.CharField(source="by", help_text="Who stopped or started it; empty: nobody yet.")
    changed_at = serializers.DateTimeField(source="since", allow_null=True)
    hosts = SampledHostSerializer(many=True)
    changes = SamplingChangeSerializer(many=True, help_text="The last ten, the newest first.")


class OrderSerializer(Strict):
    state = Choice(SamplingState.choices, required=False)
    interval = WholeNumber(
        required=False, min_value=sampling.SHORTEST, max_value=sampling.LONGEST, help_text="Seconds."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            remedy = "Send a state (running or paused), an interval in seconds, or both."
            raise InvalidInput.at("state", None, "Nothing was asked for.", remedy)
        return attrs


class MonitoringView(APIView):
    permission_classes = [IsAnalyst | IsOperator]

    def get_permissions(self) -> list[Any]:
        return [IsOperator()] if self.request.method == "POST" else list(super().get_permissions())

    @extend_schema(
        operation_id="performance_monitoring",
        summary="Does the platform sample, how often, and who changed that?",
        responses=MonitoringSerializer,
    )
    def get(self, request: Request) -> Response:
        return self.answer(sampling.state())

    @extend_schema(
        operation_id="performance_monitoring_change",
        summary="Stop or start the sampling, or change its interval",
        description="For operators. Every sampler of the platform heeds it within two seconds, except that one with "
        "an interval on its command line keeps that.",
        request=OrderSerializer,
        responses=MonitoringSerializer,
        examples=[OpenApiExample("Stop", {"state": "paused"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        form = OrderSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self.answer(sampling.change(by=request.user.get_username(), **form.validated_data))

    def answer(self, held: sampling.Sampling) -> Response:
        document = vars(held) | {"hosts": sampling.hosts(timezone.now()), "changes": sampling.changes()}
        return Response(MonitoringSerializer(document).data)
