"""What the API of portfolios takes and gives. Weights are shares, rates decimals per year."""

from __future__ import annotations

from rest_framework import serializers

from modeling.models import Portfolio, PortfolioResult, PortfolioVersion, PriceSet
from valor.lib.fields import Strict, Text, WholeNumber


class PortfolioSerializer(serializers.ModelSerializer):
    price_set: serializers.PrimaryKeyRelatedField[PriceSet] = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True
    )

    class Meta:
        model = Portfolio
        fields = ["id", "name", "price_set", "version", "created_at", "updated_at"]
        read_only_fields = fields


class PortfolioDetailSerializer(PortfolioSerializer):
    document = serializers.DictField(read_only=True)

    class Meta(PortfolioSerializer.Meta):
        fields = [*PortfolioSerializer.Meta.fields, "document"]
        read_only_fields = fields


class PortfolioVersionSerializer(serializers.ModelSerializer):
    document = serializers.DictField(read_only=True)

    class Meta:
        model = PortfolioVersion
        fields = ["version", "created_at", "document"]
        read_only_fields = fields


class ResultSerializer(serializers.ModelSerializer):
    state = serializers.SerializerMethodField(help_text="done, or the state of the job that works on it.")

    class Meta:
        model = PortfolioResult
        fields = [
            "number",
            "kind",
            "version",
            "name",
            "state",
            "job_id",
            "prices_revision",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields

    def get_state(self, kept: PortfolioResult) -> str:
        if kept.result is not None or kept.finished_at is not None:
            return "done"
        states: dict[object, str] = self.context.get("states", {})
        return states.get(kept.job_id, "gone")


class ResultDetailSerializer(ResultSerializer):
    request = serializers.DictField(read_only=True, help_text="The document as it was, and a backtest's rules.")
    result = serializers.DictField(read_only=True, allow_null=True)

    class Meta(ResultSerializer.Meta):
        fields = [*ResultSerializer.Meta.fields, "request", "result"]
        read_only_fields = fields


class NewPortfolio(Strict):
    document = serializers.DictField(help_text="The portfolio document.")
    name = Text(required=False, max_length=200, help_text="Replaces the document's own name.")


class KeepResult(Strict):
    """What to work out and keep of the portfolio as it stands."""

    name = Text(required=False, max_length=200, help_text="What you call it; empty for its number alone.")
    rules = serializers.DictField(required=False, help_text="The rules of a backtest; without them the weights.")


class BacktestRequest(Strict):
    document = serializers.DictField(help_text="The portfolio document.")
    rules = serializers.DictField(required=False, help_text="The rules; what is left out takes its default.")


class Comparison(serializers.Serializer):
    results = serializers.ListField(child=WholeNumber(min_value=1))
