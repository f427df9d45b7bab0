"""The shapes of health and status."""

from __future__ import annotations

from rest_framework import serializers

from performance.components import NAMES
from performance.metrics import CATEGORIES
from performance.models import SamplingState
from performance.words import Word


class HealthPartSerializer(serializers.Serializer):
    name = serializers.CharField()
    host = serializers.CharField(help_text="Empty for what belongs to no single host.")
    state = serializers.ChoiceField(Word.choices, source="word")
    sentence = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)


class SeenSerializer(serializers.Serializer):
    category = serializers.ChoiceField(list(CATEGORIES))
    last_sample = serializers.DateTimeField(source="taken_at")
    lag = serializers.FloatField(help_text="Seconds since then.")


class HealthHostSerializer(serializers.Serializer):
    host = serializers.CharField()
    last_sample = serializers.DateTimeField(source="taken_at")
    interval = serializers.IntegerField(help_text="Seconds between two samples.")
    lag = serializers.FloatField(help_text="Seconds since the last sample.")
    failing_probes = serializers.DictField(child=serializers.CharField(), help_text="Probe and what it tripped over.")
    categories = SeenSerializer(many=True, help_text="The last sample of each.")


class StoredTableSerializer(serializers.Serializer):
    name = serializers.CharField()
    rows = serializers.IntegerField(allow_null=True, help_text="An estimate.")
    bytes = serializers.IntegerField(
        source="size", allow_null=True, help_text="With its indexes; SQLite: of the largest tables, once an hour."
    )


class FreeDiskSerializer(serializers.Serializer):
    host = serializers.CharField()
    free = serializers.IntegerField(help_text="Bytes.")
    total = serializers.IntegerField(help_text="Bytes.")


class StorageSerializer(serializers.Serializer):
    """What the monitor itself takes."""

    bytes = serializers.IntegerField(help_text="Of the tables whose size is known.")
    rows = serializers.IntegerField(help_text="An estimate.")
    tables = StoredTableSerializer(many=True, help_text="The largest first.")
    disks = FreeDiskSerializer(many=True, help_text="The disk that holds VALOR_HOME, of each host.")
    kept_days = serializers.DictField(child=serializers.IntegerField(), help_text="By level; 0: for ever.")


class HeldSerializer(serializers.Serializer):
    state = serializers.ChoiceField(SamplingState.choices)
    interval = serializers.IntegerField(help_text="Seconds between two samples.")
    changed_by = serializers.CharField(source="by", help_text="Who stopped or started it; empty: nobody yet.")
    changed_at = serializers.DateTimeField(source="since", allow_null=True)


class HealthSerializer(serializers.Serializer):
    """Of the monitor; all but the first two for operators only."""

    status = serializers.ChoiceField(Word.choices)
    sentence = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True, required=False)
    parts = HealthPartSerializer(many=True, required=False)
    sampling = HeldSerializer(required=False)
    hosts = HealthHostSerializer(many=True, required=False)
    storage = StorageSerializer(required=False)


class ComponentSerializer(serializers.Serializer):
    name = serializers.ChoiceField(NAMES)
    state = serializers.ChoiceField(Word.choices, source="word")
    why = serializers.CharField(source="sentence")
    since = serializers.DateTimeField(allow_null=True, help_text="Null while it is well, or where nobody noted it.")


class SystemStatusSerializer(serializers.Serializer):
    status = serializers.ChoiceField(Word.choices)
    sentence = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    components = ComponentSerializer(many=True)
