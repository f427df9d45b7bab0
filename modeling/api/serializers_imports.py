"""What the API takes and gives of imports of prices."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from modeling.api.serializers import QueuedJobSerializer, StateOfJob
from modeling.importers.prices.recognise import OPTIONS
from modeling.models import PriceImport
from modeling.prices.rules import Rule
from valor.lib.fields import Choice, Strict, Text, WholeNumber


class ImportOptions(Strict):
    """How a file is to be read, and where to."""

    price_set = WholeNumber(required=False, min_value=1, max_value=2**63 - 1, help_text="A set of your own.")
    set_name = Text(required=False, max_length=200, help_text="Or its name; it is made where there is none.")
    currency = Text(default="USD", max_length=3, help_text="Of a set that is made.")
    rule = Choice(
        choices=Rule.choices,
        default=Rule.REPLACE,
        help_text="What becomes of a price that is stored with another value.",
    )
    duplicates = Choice(
        choices=["refuse", "first", "last"],
        default="refuse",
        help_text="What to do with several prices of one day in the file: leave the ticker out, or take one of them.",
    )
    layout = serializers.DictField(
        child=Text(allow_blank=True, max_length=200), default=dict, help_text=f"What is stated: {', '.join(OPTIONS)}."
    )
    dry_run = serializers.BooleanField(default=False, help_text="Answer how the file would be read; store nothing.")


class ImportUpload(serializers.Serializer):
    file = serializers.FileField(help_text="CSV, Excel or Parquet, also packed with gzip or zip; at most 64 MB.")
    options = serializers.CharField(required=False, help_text="A JSON object: see the fields of ImportOptions.")


class FindingSerializer(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    evidence = serializers.CharField()
    alternatives = serializers.ListField(child=serializers.CharField())
    certain = serializers.BooleanField(help_text="If not, it must be stated in the options' layout.")
    given = serializers.BooleanField(help_text="Whether it was stated.")


class PreviewSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    ticker = serializers.CharField()
    date = serializers.CharField(allow_null=True)
    date_as_written = serializers.CharField()
    price = serializers.FloatField(allow_null=True)
    price_as_written = serializers.CharField()
    missing = serializers.BooleanField()


class InspectedSerializer(serializers.Serializer):
    """One file as it would be read."""

    name = serializers.CharField()
    layout = serializers.DictField(allow_null=True)
    findings = FindingSerializer(many=True, required=False)
    to_confirm = serializers.ListField(child=serializers.CharField(), required=False)
    columns = serializers.ListField(child=serializers.CharField(), required=False)
    column_count = serializers.IntegerField(required=False)
    problems = serializers.ListField(child=serializers.DictField())
    preview = PreviewSerializer(many=True)


class InspectionSerializer(serializers.Serializer):
    """What a dry run answers."""

    name = serializers.CharField()
    size = serializers.IntegerField()
    file_count = serializers.IntegerField()
    files = InspectedSerializer(many=True)


class ImportQueuedSerializer(QueuedJobSerializer):
    """The job of a new import."""

    price_import = serializers.IntegerField(help_text="The number of the import.")
    import_url = serializers.CharField(help_text="Where its report will be.")


class PriceImportSerializer(StateOfJob):
    price_set: serializers.PrimaryKeyRelatedField[Any] = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = PriceImport
        fields = [
            "id",
            "name",
            "size",
            "price_set",
            "rule",
            "duplicates",
            "job_id",
            "state",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields


class PriceImportDetailSerializer(PriceImportSerializer):
    layouts = serializers.ListField(read_only=True, help_text="How each file is read.")
    report = serializers.DictField(read_only=True, allow_null=True, help_text="What became of it, once that is known.")

    class Meta(PriceImportSerializer.Meta):
        fields = [*PriceImportSerializer.Meta.fields, "layouts", "report"]
        read_only_fields = fields
