"""All hosts by the API, and saying that one is gone for good."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance import retirement
from performance.glance import Glance
from performance.hosts import hosts_at
from performance.status import current_status
from performance.words import Word
from valor.accounts.roles import IsOperator
from valor.lib.fields import Strict, Text


class HostSerializer(serializers.Serializer):
    """A host in service; what its processes do not tell is empty or null."""

    host = serializers.CharField(source="name")
    status = serializers.ChoiceField(Word.choices, source="word")
    why = serializers.CharField(help_text="Empty while it is healthy.")
    leads = serializers.BooleanField(help_text="Whether its sampler judges what concerns the platform as a whole.")
    taken_at = serializers.DateTimeField(source="sample.taken_at", default=None, help_text="Its last sample.")
    interval = serializers.IntegerField(source="lease.interval", help_text="Seconds between two samples.")
    sampled = serializers.BooleanField(source="held", help_text="Whether a sampler is at work there.")
    process = serializers.CharField(help_text="The number of the process that samples it, or did last.")
    sampled_since = serializers.DateTimeField(allow_null=True, help_text="When that process was started.")
    lease_until = serializers.DateTimeField(source="lease.expires_at")
    cpu_percent = serializers.FloatField(source="sample.cpu_percent", default=None)
    memory_percent = serializers.FloatField(source="sample.memory_percent", default=None)
    disk_percent = serializers.FloatField(source="sample.disk_percent", default=None)
    processes = serializers.DictField(
        source="counts", child=serializers.IntegerField(), help_text="The product's processes at work, by role."
    )
    up_since = serializers.DateTimeField(source="place.up_since", allow_null=True)
    system = serializers.CharField(source="place.system")
    python = serializers.CharField(source="place.python")
    versions = serializers.ListField(
        source="place.versions", child=serializers.CharField(), help_text="Of the product; two while it is replaced."
    )
    alerts = serializers.ListField(child=serializers.IntegerField(), source="open_alerts", help_text="Open ones.")


class GoneSerializer(serializers.Serializer):
    """A host out of service: retired, or silent for a day longer than the others."""

    host = serializers.CharField(source="name")
    last_seen = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(source="retirement.retired_at", default=None)
    retired_by = serializers.CharField(source="retirement.retired_by.username", default=None)


class HostsSerializer(serializers.Serializer):
    in_service = HostSerializer(many=True, source="there")
    out_of_service = GoneSerializer(many=True, source="gone", help_text="The fifty that were seen last.")


class HostNameSerializer(Strict):
    host = Text(max_length=retirement.LONGEST, trim_whitespace=False)


def answer() -> Response:
    now, glance = timezone.now(), Glance()
    return Response(HostsSerializer(hosts_at(now, current_status(now, glance), glance)).data)


class HostsView(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_hosts",
        summary="Every host: how it is, who samples it, what runs there",
        responses=HostsSerializer,
    )
    def get(self, request: Request) -> Response:
        return answer()


class Moved(APIView):
    """Does something about one host and answers with all of them."""

    permission_classes = [IsOperator]

    def host(self, request: Request) -> str:
        form = HostNameSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return str(form.validated_data["host"])


EXAMPLE: list[Any] = [OpenApiExample("A host", {"host": "web-2"}, request_only=True)]


class HostRetire(Moved):
    @extend_schema(
        operation_id="performance_host_retire",
        summary="Say that a host is gone for good",
        description="Nobody waits for its samples any longer and its alerts are closed. With its next sample it is "
        "back by itself; 409 while it is sampled.",
        request=HostNameSerializer,
        responses=HostsSerializer,
        examples=EXAMPLE,
    )
    def post(self, request: Request) -> Response:
        retirement.retire(host=self.host(request), by=request.user)
        return answer()


class HostRestore(Moved):
    @extend_schema(
        operation_id="performance_host_restore",
        summary="Take a retirement back",
        request=HostNameSerializer,
        responses=HostsSerializer,
        examples=EXAMPLE,
    )
    def post(self, request: Request) -> Response:
        retirement.restore(host=self.host(request), by=request.user)
        return answer()
