"""What the API of portfolios takes and gives. Weights are shares, rates decimals per year."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from modeling.api.serializers import StateOfJob
from modeling.models import Portfolio, PortfolioResult, PortfolioVersion, PriceSet
from valor.lib.fields import Choice, Strict, Text, WholeNumber


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


class ResultSerializer(StateOfJob):
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


class Number(serializers.FloatField):
    """A number in JSON; no text that looks like one, no true or false."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class AllocationRequest(Strict):
    money = Number(min_value=0.0, max_value=1e15, help_text="In the currency of the prices.")
    lot = WholeNumber(required=False, min_value=1, max_value=10**9, help_text="Shares that are traded together (1).")
    lots = serializers.DictField(
        child=WholeNumber(min_value=1, max_value=10**9), required=False, help_text="Lots by ticker, where they differ."
    )
    prices = serializers.DictField(
        child=Number(min_value=1e-12, max_value=1e15),
        required=False,
        help_text="Prices by ticker; the latest ones of the price set where none are stated.",
    )
    method = Choice(required=False, choices=["exact", "greedy"], help_text="exact unless stated.")


class StressRequest(Strict):
    """What to look at besides past crises."""

    periods = WholeNumber(required=False, min_value=1, max_value=10_000, help_text="Of the worst stretches (5).")
    count = WholeNumber(required=False, min_value=1, max_value=50, help_text="How many of them (5).")
    assets = serializers.DictField(
        child=Number(min_value=-1.0, max_value=100.0),
        required=False,
        help_text="Returns of some assets; the others follow by the covariance.",
    )
    factors = serializers.DictField(
        child=Number(min_value=-1.0, max_value=100.0),
        required=False,
        help_text="Returns of the benchmark or factors; assets follow by their loadings.",
    )
