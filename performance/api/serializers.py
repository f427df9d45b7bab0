"""The shapes of the performance API's answers."""

from __future__ import annotations

from rest_framework import serializers

from performance.words import Word


class HealthPartSerializer(serializers.Serializer):
    name = serializers.CharField()
    host = serializers.CharField(help_text="Empty for what belongs to no single host.")
    state = serializers.ChoiceField(Word.choices, source="word")
    sentence = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)


class HealthHostSerializer(serializers.Serializer):
    host = serializers.CharField()
    last_sample = serializers.DateTimeField(source="taken_at")
    interval = serializers.IntegerField(help_text="Seconds between two samples.")
    lag = serializers.FloatField(help_text="Seconds since the last sample.")
    failing_probes = serializers.DictField(child=serializers.CharField(), help_text="Probe and what it tripped over.")


class HealthSerializer(serializers.Serializer):
    status = serializers.ChoiceField(Word.choices)
    sentence = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True, required=False)
    parts = HealthPartSerializer(many=True, required=False, help_text="For operators only.")
    hosts = HealthHostSerializer(many=True, required=False, help_text="For operators only.")


class CurrentFigureSerializer(serializers.Serializer):
    name = serializers.CharField(source="metric.name")
    label = serializers.CharField(source="metric.label")  # type: ignore[assignment]
    unit = serializers.CharField(source="metric.unit")
    value = serializers.FloatField(allow_null=True)
    previous = serializers.FloatField(allow_null=True)
    change = serializers.FloatField(allow_null=True)
    compared_with = serializers.CharField(help_text="What previous is: the hour before, or the first sample.")
    threshold = serializers.FloatField(source="metric.threshold", allow_null=True)
    state = serializers.ChoiceField(Word.choices)


class CurrentFiguresSerializer(serializers.Serializer):
    status = serializers.ChoiceField(Word.choices)
    sentence = serializers.CharField()
    host = serializers.CharField()
    hosts = serializers.ListField(child=serializers.CharField(), help_text="Every host that is sampled.")
    taken_at = serializers.DateTimeField(allow_null=True)
    figures = CurrentFigureSerializer(many=True)


class MetricFieldSerializer(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    threshold = serializers.FloatField(allow_null=True)
    values = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="Null where none is known.")


class MetricHistorySerializer(serializers.Serializer):
    category = serializers.CharField()
    host = serializers.CharField()
    to = serializers.DateTimeField()
    range = serializers.CharField(help_text="As asked for; empty where from and to were.")
    resolution = serializers.CharField(help_text="raw, or the mean of so many seconds.")
    step = serializers.IntegerField(help_text="Seconds that one point covers; 0 for raw samples.")
    gaps = serializers.IntegerField(help_text="How often the samples break off.")
    times = serializers.ListField(child=serializers.DateTimeField(), help_text="One per point, oldest first.")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Adds the two names that can't be attributes of a serializer."""
        extra = {"from": serializers.DateTimeField(), "fields": MetricFieldSerializer(many=True)}
        return {**super().get_fields(), **extra}
