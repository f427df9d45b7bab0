"""The cache by the API, for operators."""

from __future__ import annotations

import os

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.cache.fleet import fleet
from performance.cache.operate import Action, forget
from performance.cache.presenter import statement
from performance.words import Word
from valor.accounts.roles import IsOperator
from valor.lib.fields import Choice, Strict


class CacheTierSerializer(serializers.Serializer):
    namespace = serializers.CharField()
    tier = serializers.ChoiceField(["local", "shared"])
    hits = serializers.IntegerField()
    misses = serializers.IntegerField()
    hit_ratio = serializers.FloatField(source="ratio", allow_null=True)
    writes = serializers.IntegerField()
    evictions = serializers.IntegerField()
    bytes = serializers.IntegerField(help_text="Held now (local), or moved since the start (shared).")
    entries = serializers.IntegerField(allow_null=True)
    age = serializers.FloatField(allow_null=True, help_text="Seconds since its oldest local value was kept.")


class CacheCallsSerializer(serializers.Serializer):
    namespace = serializers.CharField()
    hits = serializers.IntegerField()
    misses = serializers.IntegerField()
    hit_ratio = serializers.FloatField(source="ratio", allow_null=True)
    early = serializers.IntegerField(help_text="Computed again before the end, while others were served.")
    stale = serializers.IntegerField(help_text="Given though expired, since computing failed.")
    joined = serializers.IntegerField(help_text="Of the hits, those that waited for another's computation.")
    compute_seconds = serializers.FloatField()
    saved_seconds = serializers.FloatField()


class CacheSharedSerializer(serializers.Serializer):
    breaker = serializers.ChoiceField(["closed", "open", "half-open"])
    reason = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    times_opened = serializers.IntegerField()
    listening = serializers.BooleanField(help_text="Whether changes of other processes are heard.")
    reconnects = serializers.IntegerField()
    missed = serializers.IntegerField(help_text="Changes that Redis has still to be told.")
    memory = serializers.DictField(child=serializers.IntegerField(), allow_null=True, help_text="Bytes, and keys.")


class CacheSerializer(serializers.Serializer):
    status = serializers.ChoiceField(Word.choices)
    sentence = serializers.CharField()
    process = serializers.IntegerField(help_text="The web process that answers.")
    processes = serializers.IntegerField(required=False, help_text="How many processes the figures sum up.")
    away = serializers.IntegerField(required=False, help_text="How many of them go on without Redis.")
    entries = serializers.IntegerField(required=False)
    entries_limit = serializers.IntegerField(required=False)
    bytes = serializers.IntegerField(required=False)
    bytes_limit = serializers.IntegerField(required=False)
    tiers = CacheTierSerializer(many=True, required=False)
    functions = CacheCallsSerializer(many=True, source="calls", required=False)
    hottest = serializers.ListField(child=serializers.DictField(), required=False)
    shared = CacheSharedSerializer(allow_null=True, required=False)


class InvalidationSerializer(Strict):
    """A misspelt ``dry_run`` is refused: else what was only to be looked at would be forgotten."""

    action = Choice([action.value for action in Action])
    target = serializers.CharField(max_length=200)
    dry_run = serializers.BooleanField(default=False, help_text="Only say what would be forgotten.")


class OutcomeSerializer(serializers.Serializer):
    action = serializers.ChoiceField([action.value for action in Action])
    target = serializers.CharField()
    dry_run = serializers.BooleanField(source="dry")
    sentence = serializers.CharField()
    keys = serializers.IntegerField(allow_null=True, help_text="Known for patterns only.")
    complete = serializers.BooleanField(help_text="False where the time did not suffice to look at every key.")


class CacheView(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_cache",
        summary="What the caches of all processes hold, save and suffer",
        description="The answering process as it is now, the others as they last published: within ten seconds.",
        responses=CacheSerializer,
    )
    def get(self, request: Request) -> Response:
        found = fleet()
        said = statement(found)
        document = {"status": said.word, "sentence": said.sentence, "process": os.getpid()}
        if found is not None:
            document |= vars(found) | {"hottest": [{"key": key, "hits": hits} for key, hits in found.hottest]}
        return Response(CacheSerializer(document).data)


class CacheInvalidateView(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_cache_invalidate",
        summary="Forget a namespace, a tag, or the keys of a pattern",
        request=InvalidationSerializer,
        responses=OutcomeSerializer,
        examples=[OpenApiExample("Statements", {"action": "namespace", "target": "statements"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        form = InvalidationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        outcome = forget(Action(asked["action"]), asked["target"], dry=asked["dry_run"])
        return Response(OutcomeSerializer(outcome).data)
