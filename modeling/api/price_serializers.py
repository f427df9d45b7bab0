"""What the API takes and gives of prices."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from modeling.models import Frequency, PriceSeries, PriceSet
from modeling.prices.rules import Rule
from valor.lib.fields import Choice, Strict, Text


class PriceSetSerializer(serializers.ModelSerializer):
    shared = serializers.BooleanField(source="is_shared", read_only=True, help_text="Seen by everybody, read-only.")
    tickers = serializers.IntegerField(read_only=True, help_text="How many it has.")

    frequency = serializers.SerializerMethodField(help_text="Null until it is stated or the first prices tell it.")

    class Meta:
        model = PriceSet
        fields = [
            "id",
            "name",
            "description",
            "currency",
            "frequency",
            "source",
            "licence",
            "shared",
            "tickers",
            "revision",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=Frequency.choices, allow_null=True))
    def get_frequency(self, price_set: PriceSet) -> str | None:
        return price_set.frequency or None


class PriceSetChange(Strict):
    """What changes (PATCH)."""

    name = Text(required=False, max_length=200)
    description = Text(required=False, max_length=2000, allow_blank=True)
    frequency = Choice(required=False, choices=Frequency.choices)
    source = Text(required=False, max_length=300, allow_blank=True)  # type: ignore[assignment]
    licence = Text(required=False, max_length=500, allow_blank=True)


class NewPriceSet(PriceSetChange):
    name = Text(max_length=200)
    currency = Text(default="USD", max_length=3, help_text="ISO 4217.")


class PriceSeriesSerializer(serializers.ModelSerializer):
    class Meta:
        model = PriceSeries
        fields = [
            "ticker",
            "name",
            "sector",
            "currency",
            "first",
            "last",
            "count",
            "last_price",
            "checksum",
            "source",
            "revision",
            "updated_at",
        ]
        read_only_fields = fields


class HistorySerializer(PriceSeriesSerializer):
    """A series with its prices as aligned arrays."""

    dates = serializers.ListField(child=serializers.DateField(), read_only=True)
    prices = serializers.ListField(child=serializers.FloatField(), read_only=True)

    class Meta(PriceSeriesSerializer.Meta):
        fields = [*PriceSeriesSerializer.Meta.fields, "dates", "prices"]
        read_only_fields = fields


class OfferedPrices(Strict):
    """Prices to be merged with what is stored of the ticker."""

    dates = serializers.ListField(child=serializers.JSONField(), help_text="ISO 8601, rising, such as 2025-01-31.")
    prices = serializers.ListField(child=serializers.JSONField(), help_text="One for each date, above zero.")
    rule = Choice(choices=Rule.choices, default=Rule.REPLACE, help_text="For dates of which another price is stored.")
    currency = Text(required=False, allow_blank=True, max_length=3, help_text="That of the set unless given.")
    name = Text(required=False, allow_blank=True, max_length=200)
    sector = Text(required=False, allow_blank=True, max_length=120)
    source = Text(required=False, allow_blank=True, max_length=300)  # type: ignore[assignment]


class ConflictSerializer(serializers.Serializer):
    day = serializers.DateField()
    stored = serializers.FloatField()
    offered = serializers.FloatField()


class MergedSerializer(serializers.Serializer):
    """What became of the offered prices."""

    ticker = serializers.CharField()
    created = serializers.BooleanField(help_text="Whether the ticker was new.")
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    differing = serializers.IntegerField(help_text="Dates of which another price was stored.")
    conflicts = ConflictSerializer(many=True, help_text="The first of them.")
    revision = serializers.IntegerField(help_text="Of the set, now.")


class PanelSerializer(serializers.Serializer):
    dates = serializers.ListField(child=serializers.DateField())
    tickers = serializers.ListField(child=serializers.CharField())
    currencies = serializers.ListField(child=serializers.CharField())
    prices = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="A list for each ticker, with null where it has no price.",
    )
    revision = serializers.IntegerField(help_text="Of the set.")
