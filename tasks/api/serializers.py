"""The shape of a job in API answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tasks.choices import HIGHEST, LOWEST, State
from tasks.models import Job
from tasks.readings import Activity
from tasks.selectors import status_of, summary_of
from tasks.submission import LEVELS, checked_text
from valor.lib.fields import Strict, Text


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


class PartsSerializer(serializers.Serializer[Any]):
    """Of a job that was split over several workers."""

    total = serializers.IntegerField()
    left = serializers.IntegerField(help_text="Those that have not ended.")


class LogLineSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    text = serializers.CharField()


class JobSerializer(serializers.Serializer[Job]):
    """Where a job stands."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    title = serializers.CharField()
    label = serializers.CharField(help_text="In its owner's words; empty for others.")  # type: ignore[assignment]
    priority = serializers.IntegerField(help_text=f"{HIGHEST} to {LOWEST}; the smaller goes first.")
    level = serializers.ChoiceField(choices=list(LEVELS), help_text="The level that the priority belongs to.")
    state = serializers.ChoiceField(choices=State.choices)
    progress = serializers.FloatField(help_text="0 to 1.")
    stage = serializers.CharField()
    message = serializers.CharField()
    parts = PartsSerializer(allow_null=True, help_text="Null for a job that one worker does whole.")
    done = serializers.IntegerField(help_text="Units done, out of total.")
    total = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True, help_text="Units a second, while it runs.")
    seconds_left = serializers.FloatField(allow_null=True)
    queued_at = serializers.DateTimeField()
    start_by = serializers.DateTimeField(allow_null=True, help_text="A queued job that has not begun by then fails.")
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    attempt = serializers.IntegerField()
    max_attempts = serializers.IntegerField()
    error = serializers.CharField(allow_null=True, help_text="What went wrong, in a sentence.")
    problems = ProblemSerializer(many=True)
    owner = serializers.CharField(allow_null=True)

    def to_representation(self, instance: Job) -> dict[str, Any]:
        return summary_of(instance, self.context["request"].user)


class JobDetailSerializer(JobSerializer):
    """Everything the caller may know about a job."""

    version = serializers.IntegerField(help_text="The version of its kind when it was submitted.")
    log = LogLineSerializer(many=True, help_text="What happened to it, the oldest first.")
    subject_url = serializers.CharField(
        allow_null=True, help_text="The page that shows what the job works for, to its owner."
    )
    parameters = serializers.DictField(required=False, help_text="For the owner only.")
    result = serializers.DictField(required=False, allow_null=True, help_text="For the owner only.")
    fault = FaultSerializer(required=False, allow_null=True, help_text="For operators only.")

    def to_representation(self, instance: Job) -> dict[str, Any]:
        return status_of(instance, self.context["request"].user)


PRIORITY = {
    "oneOf": [{"type": "string", "enum": list(LEVELS)}, {"type": "integer", "minimum": HIGHEST, "maximum": LOWEST}],
    "nullable": True,
    "description": "A level's name or a whole number, the smaller first; the kind's own by default.",
}


@extend_schema_field(PRIORITY)
class PriorityField(serializers.JSONField):
    """As it came: tasks.services says what is wrong with it."""


@extend_schema_field({"type": "number", "nullable": True, "description": "Seconds; it fails unless it began by then."})
class SecondsField(serializers.JSONField):
    """As it came, too."""


class SubmissionSerializer(Strict):
    """A job to be queued."""

    kind = Text(max_length=100, help_text="One of /api/jobs/kinds/.")
    parameters = serializers.DictField(required=False, help_text="What its kind asks for.")
    priority = PriorityField(required=False)
    start_within = SecondsField(required=False)
    label = Text(  # type: ignore[assignment]
        required=False, allow_blank=True, max_length=200, help_text="What it works for, in your words."
    )

    def validate_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        checked_text(parameters)
        return parameters


class KindSerializer(serializers.Serializer[Any]):
    """What you may submit. Times are in seconds."""

    kind = serializers.CharField()
    title = serializers.CharField()
    version = serializers.IntegerField()
    priority = serializers.IntegerField()
    timeout = serializers.FloatField()
    max_attempts = serializers.IntegerField()
    result_ttl = serializers.FloatField(help_text="How long a result answers equal requests.")
    start_within = serializers.FloatField(allow_null=True)


class WorkSerializer(serializers.Serializer[Any]):
    """The whole job that a worker does, or does a part of."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    title = serializers.CharField()
    is_part = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)


class WorkerSerializer(serializers.Serializer[Any]):
    host = serializers.CharField()
    pid = serializers.IntegerField()
    state = serializers.ChoiceField(choices=list(Activity), help_text="Silent: its heartbeat stays away.")
    job = WorkSerializer(allow_null=True)
    jobs_done = serializers.IntegerField()
    memory = serializers.IntegerField(help_text="Resident bytes.")
    started_at = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
