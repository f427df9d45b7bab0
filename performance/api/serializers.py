"""The shapes of the performance API's answers."""

from __future__ import annotations

from rest_framework import serializers

from performance.metrics import CATEGORIES
from performance.words import FIGURE_STATES, Word


class CurrentFigureSerializer(serializers.Serializer):
    category = serializers.ChoiceField(list(CATEGORIES))
    name = serializers.CharField(source="metric.name")
    label = serializers.CharField(source="metric.label")  # type: ignore[assignment]
    unit = serializers.CharField(source="metric.unit")
    value = serializers.FloatField(allow_null=True)
    previous = serializers.FloatField(allow_null=True)
    change = serializers.FloatField(allow_null=True)
    compared_with = serializers.CharField(help_text="What previous is: the hour before, or the first sample.")
    threshold = serializers.FloatField(source="limit", allow_null=True)
    state = serializers.ChoiceField(FIGURE_STATES)


class QueueLevelSerializer(serializers.Serializer):
    level = serializers.ChoiceField(["interactive", "normal", "bulk"], source="name")
    waiting = serializers.IntegerField(help_text="Jobs, and parts of split jobs.")
    oldest_seconds = serializers.FloatField(allow_null=True, help_text="How long the oldest has waited.")


class SpreadSerializer(serializers.Serializer):
    mean = serializers.FloatField(allow_null=True)
    p50 = serializers.FloatField(allow_null=True)
    p95 = serializers.FloatField(allow_null=True)


class JobKindSerializer(serializers.Serializer):
    kind = serializers.CharField()
    title = serializers.CharField()
    finished = serializers.IntegerField(help_text="Whole jobs; the next three add up to it.")
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    retried = serializers.IntegerField(help_text="Attempts beyond the first of each.")
    throughput = serializers.FloatField(help_text="Finished a second.")
    wait = SpreadSerializer(help_text="Seconds from submitted to begun.")
    run = SpreadSerializer(help_text="Seconds from begun to finished.")


class WorkerCountsSerializer(serializers.Serializer):
    busy = serializers.IntegerField()
    idle = serializers.IntegerField()
    silent = serializers.IntegerField(help_text="Their heartbeat stays away.")


class ScheduleSerializer(serializers.Serializer):
    kind = serializers.CharField()
    title = serializers.CharField()
    every_seconds = serializers.FloatField()
    due_at = serializers.DateTimeField(allow_null=True)
    queued_at = serializers.DateTimeField(allow_null=True, help_text="When it was queued last.")


class TasksSerializer(serializers.Serializer):
    """Background work."""

    queue = QueueLevelSerializer(many=True)
    since = serializers.DateTimeField(help_text="What finished after it is counted in kinds.")
    seconds = serializers.FloatField(help_text="How long ago that is.")
    kinds = JobKindSerializer(many=True)
    workers = WorkerCountsSerializer()
    schedules = ScheduleSerializer(many=True)


class CurrentFiguresSerializer(serializers.Serializer):
    status = serializers.ChoiceField(Word.choices)
    sentence = serializers.CharField()
    host = serializers.CharField()
    hosts = serializers.ListField(child=serializers.CharField(), help_text="Every host that is sampled.")
    taken_at = serializers.DateTimeField(allow_null=True)
    figures = CurrentFigureSerializer(many=True)
    tasks = TasksSerializer()


class TableSerializer(serializers.Serializer):
    name = serializers.CharField()
    bytes = serializers.IntegerField(help_text="With its indexes.")
    indexes = serializers.IntegerField(help_text="Bytes of its indexes.")
    rows = serializers.IntegerField(required=False, help_text="An estimate; PostgreSQL only.")
    dead = serializers.IntegerField(required=False, help_text="Dead rows; PostgreSQL only.")


class LongTransactionSerializer(serializers.Serializer):
    pid = serializers.IntegerField()
    seconds = serializers.FloatField()
    state = serializers.CharField()
    application = serializers.CharField()
    statement = serializers.CharField(help_text="With a question mark for every value.")


class ProcessUseSerializer(serializers.Serializer):
    host = serializers.CharField()
    role = serializers.CharField()
    pid = serializers.IntegerField()
    mode = serializers.CharField(required=False, help_text="persistent or pool")
    in_use = serializers.FloatField(required=False, help_text="Connections in use, the mean of ten seconds.")
    peak = serializers.IntegerField(required=False)
    maximum = serializers.IntegerField(required=False)
    waiting = serializers.IntegerField(required=False, help_text="Requests that wait for a connection.")
    waits = serializers.IntegerField(required=False, help_text="Requests that had to wait since the process started.")
    wait_ms = serializers.FloatField(required=False, help_text="How long those waited, together.")
    timeouts = serializers.IntegerField(required=False, help_text="Requests that waited in vain.")


class DatabaseReportSerializer(serializers.Serializer):
    host = serializers.CharField()
    hosts = serializers.ListField(child=serializers.CharField(), help_text="Every host that is sampled.")
    taken_at = serializers.DateTimeField(allow_null=True)
    vendor = serializers.CharField(allow_null=True)
    version = serializers.CharField(allow_null=True)
    pooled = serializers.BooleanField(help_text="Whether web processes share connections through a pool.")
    connections_limit = serializers.IntegerField(allow_null=True)
    connections_by_state = serializers.DictField(child=serializers.IntegerField())
    sound = serializers.BooleanField(allow_null=True, help_text="SQLite's quick check of integrity.")
    checked_at = serializers.DateTimeField(allow_null=True)
    tables = TableSerializer(many=True, help_text="The largest first.")
    long_transactions = LongTransactionSerializer(many=True)
    processes = ProcessUseSerializer(many=True)
    failed = serializers.DictField(child=serializers.CharField(), help_text="Reading and why it failed.")
    figures = CurrentFigureSerializer(many=True)


class MetricSerializer(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    threshold = serializers.FloatField(allow_null=True)


class CategorySerializer(serializers.Serializer):
    """What is measured of one category."""

    name = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """Adds the name that can't be an attribute of a serializer."""
        return {**super().get_fields(), "fields": MetricSerializer(many=True)}


class MetricFieldSerializer(MetricSerializer):
    values = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="Null where none is known.")
    min = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        allow_null=True,
        help_text="The least sample in each point; null for raw samples. Of a sum of columns a lower bound.",
    )
    max = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        allow_null=True,
        help_text="The greatest sample in each point; null for raw samples. Of a sum of columns an upper bound.",
    )


class MetricHistorySerializer(serializers.Serializer):
    category = serializers.CharField()
    host = serializers.CharField()
    to = serializers.DateTimeField()
    range = serializers.CharField(help_text="As asked for; empty where from and to were.")
    origin = serializers.CharField(help_text="What was read: raw samples, or rollups of 5 min, 1 h or 1 day.")
    resolution = serializers.CharField(help_text="raw, or of what each point is the mean, such as: mean of 1 h.")
    step = serializers.IntegerField(help_text="Seconds that one point covers; 0 for raw samples.")
    gaps = serializers.IntegerField(help_text="How often the samples break off.")
    times = serializers.ListField(child=serializers.DateTimeField(), help_text="One per point, oldest first.")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Adds the two names that can't be attributes of a serializer."""
        extra = {"from": serializers.DateTimeField(), "fields": MetricFieldSerializer(many=True)}
        return {**super().get_fields(), **extra}
