"""What the API takes and gives. Money and shares are in millions, rates are decimals per year."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from modeling.models import Company, Run, Valuation, ValuationVersion
from modeling.simulation_request import DEFAULT_SAMPLER, DEFAULT_SEED, DEFAULT_TRIALS
from valor.lib.fields import Strict, Text, WholeNumber


class CompanySerializer(serializers.ModelSerializer):
    shared = serializers.BooleanField(source="is_shared", read_only=True, help_text="Seen by everybody, read-only.")

    class Meta:
        model = Company
        fields = [
            "id",
            "name",
            "ticker",
            "cik",
            "currency",
            "industry",
            "description",
            "source",
            "shared",
            "updated_at",
        ]
        read_only_fields = fields


class FigureSerializer(serializers.Serializer):
    value = serializers.FloatField(help_text="In millions of the currency, or of shares.")
    tag = serializers.CharField()
    form = serializers.CharField()
    filed = serializers.DateField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]


class YearSerializer(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]
    start = serializers.DateField()
    end = serializers.DateField()
    figures = serializers.DictField(child=FigureSerializer())


class SuggestionSerializer(serializers.Serializer):
    value = serializers.FloatField(allow_null=True)
    kind = serializers.ChoiceField(choices=["reported", "history", "assumed", "empty"])
    formula = serializers.CharField(help_text="The formula with the figures filled in.")
    source = serializers.CharField()  # type: ignore[assignment]
    history = serializers.ListField(child=serializers.ListField(), help_text="Pairs of year and value, oldest first.")
    reason = serializers.CharField()


class CompanyDetailSerializer(CompanySerializer):
    statements = YearSerializer(many=True, read_only=True, help_text="Fiscal years, newest last.")
    suggestions = serializers.DictField(
        child=SuggestionSerializer(), read_only=True, help_text="What a new valuation starts from, by driver."
    )

    class Meta(CompanySerializer.Meta):
        fields = [*CompanySerializer.Meta.fields, "statements", "suggestions"]
        read_only_fields = fields


class ValuationSerializer(serializers.ModelSerializer):
    company: serializers.PrimaryKeyRelatedField[Company] = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True
    )

    class Meta:
        model = Valuation
        fields = ["id", "name", "company", "version", "created_at", "updated_at"]
        read_only_fields = fields


class ValuationDetailSerializer(ValuationSerializer):
    document = serializers.DictField(read_only=True)
    result = serializers.SerializerMethodField(help_text="The value per share with its rows, bridge and warnings.")

    class Meta(ValuationSerializer.Meta):
        fields = [*ValuationSerializer.Meta.fields, "document", "result"]
        read_only_fields = fields

    def get_result(self, valuation: Valuation) -> dict[str, Any]:
        from modeling.codecs import value_document

        return value_document(valuation.document, timezone.localdate())


class VersionSerializer(serializers.ModelSerializer):
    document = serializers.DictField(read_only=True)

    class Meta:
        model = ValuationVersion
        fields = ["version", "created_at", "document"]
        read_only_fields = fields


class NewValuation(Strict):
    document = serializers.DictField(help_text="The valuation document.")
    name = Text(required=False, max_length=200, help_text="Replaces the document's own name.")
    company = WholeNumber(required=False, allow_null=True, min_value=1)


class Edit(Strict):
    """A whole new document (PUT)."""

    version = WholeNumber(min_value=1, help_text="The version this edit was made on.")
    document = serializers.DictField()
    overwrite = serializers.BooleanField(default=False, help_text="Save on top of whatever is stored.")


class PartialEdit(Strict):
    """What changes (PATCH): merged into the stored document, where null takes a key away (RFC 7396)."""

    version = WholeNumber(min_value=1, help_text="The version this edit was made on.")
    document = serializers.DictField(required=False)
    name = Text(required=False, max_length=200)


class SimulationSettings(Strict):
    trials = WholeNumber(default=DEFAULT_TRIALS, help_text="1,000 to 1,000,000,000.")
    seed = WholeNumber(default=DEFAULT_SEED, help_text="0 to 2^63 - 1; the same seed gives the same result.")
    sampler = Text(default=DEFAULT_SAMPLER, help_text="One of sobol, latin_hypercube, pseudo_random.")


class GridSettings(Strict):
    rows = Text(default="cost_of_capital", help_text="The driver that changes down the rows.")
    columns = Text(default="terminal_growth", help_text="The driver that changes along the columns.")
    row_values = serializers.ListField(required=False, help_text="Figures down the rows; around the base by default.")
    column_values = serializers.ListField(required=False, help_text="The same along the columns.")
    size = WholeNumber(default=5, help_text="Figures on an axis without given values; an odd number.")


class StateOfJob(serializers.ModelSerializer):
    """A row that a job works for; ``context["states"]`` holds the states of jobs that are not done."""

    state = serializers.SerializerMethodField(help_text="The state of its job; null where the job is gone.")

    def get_state(self, row: Any) -> str | None:
        if row.finished_at:
            return "done"
        states: dict[Any, str] = self.context["states"]
        return states.get(row.job_id)


class RunSerializer(StateOfJob):
    class Meta:
        model = Run
        fields = [
            "number",
            "version",
            "trials",
            "seed",
            "sampler",
            "engine_version",
            "job_id",
            "state",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    document = serializers.DictField(read_only=True)
    result = serializers.DictField(read_only=True, allow_null=True)

    class Meta(RunSerializer.Meta):
        fields = [*RunSerializer.Meta.fields, "document", "result"]
        read_only_fields = fields


class QueuedJobSerializer(serializers.Serializer):
    """A job that was queued; its own address tells how far it is."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    progress = serializers.FloatField()
    queued_at = serializers.DateTimeField()


class QueuedSerializer(QueuedJobSerializer):
    """The job of a new run."""

    run = serializers.IntegerField(help_text="The number of the run.")
    run_url = serializers.CharField(help_text="Where the result will be.")
