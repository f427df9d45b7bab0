"""The shape of a job in API answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tasks.choices import State
from tasks.models import Job
from tasks.selectors import status_of, summary_of


class ProblemSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    message = serializers.CharField()
    remedy = serializers.CharField()


class FaultSerializer(serializers.Serializer[Any]):
    """For operators: what exactly broke."""

    # Read from a dictionary whose key is a word of Python.
    def get_fields(self) -> dict[str, serializers.Field]:
        return {"class": serializers.CharField(), "traceback": serializers.CharField()}


class JobSerializer(serializers.Serializer[Job]):
    """Where a job stands."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    progress = serializers.FloatField(help_text="0 to 1.")
    stage = serializers.CharField()
    message = serializers.CharField()
    done = serializers.IntegerField(help_text="Units done, out of total.")
    total = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True, help_text="Units a second, while it runs.")
    seconds_left = serializers.FloatField(allow_null=True)
    queued_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    attempt = serializers.IntegerField()
    error = serializers.CharField(allow_null=True, help_text="What went wrong, in a sentence.")
    problems = ProblemSerializer(many=True)
    owner = serializers.CharField(allow_null=True)

    def to_representation(self, instance: Job) -> dict[str, Any]:
        return summary_of(instance)


class JobDetailSerializer(JobSerializer):
    """Everything the caller may know about a job."""

    subject_url = serializers.CharField(allow_null=True, help_text="The page that shows what the job works for.")
    parameters = serializers.DictField(required=False, help_text="For the owner only.")
    result = serializers.DictField(required=False, allow_null=True, help_text="For the owner only.")
    fault = FaultSerializer(required=False, allow_null=True, help_text="For operators only.")

    def to_representation(self, instance: Job) -> dict[str, Any]:
        return status_of(instance, self.context["request"].user)
