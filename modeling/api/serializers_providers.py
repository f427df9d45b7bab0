"""What the API takes and gives of providers and of fetching prices from them."""

from __future__ import annotations

from datetime import UTC, datetime

from rest_framework import serializers

from modeling.api.serializers import QueuedJobSerializer
from modeling.prices.rules import Rule
from modeling.providers.breaker import Breaker
from modeling.providers.registry import Provider
from modeling.providers.timing import Timing
from modeling.services.price_fetches import MOST_TICKERS
from valor.lib.fields import Choice, Strict, Text


class FetchOptions(Strict):
    """Which prices to fetch."""

    provider = Text(max_length=40, help_text="One of /api/prices/providers/ that gives prices.")
    tickers = serializers.ListField(
        child=Text(max_length=32), min_length=1, max_length=MOST_TICKERS, help_text="As the provider writes them."
    )
    first = serializers.DateField(
        required=False, allow_null=True, help_text="The first day; without, all that the provider has."
    )
    rule = Choice(
        choices=Rule.choices,
        default=Rule.REPLACE,
        help_text="What becomes of a price that is stored with another value.",
    )


class CompanyFetch(Strict):
    """Which company's statements to fetch."""

    company = Text(max_length=40, help_text="A ticker or an SEC number (CIK), such as AAPL or 320193.")


class RateSerializer(serializers.Serializer):
    count = serializers.IntegerField(help_text="So many requests at most,")
    seconds = serializers.FloatField(help_text="in so many seconds, by the whole installation.")


class ProviderSerializer(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    gives = serializers.ChoiceField(choices=["prices", "statements"])
    terms = serializers.CharField(help_text="What its owner asks of those who call.")
    base_url = serializers.CharField()
    tickers = serializers.CharField(help_text="How it writes what can be asked for.")
    rate = RateSerializer()
    needs_contact = serializers.BooleanField(help_text="Whether an operator must have set PROVIDER_CONTACT.")
    paused_until = serializers.SerializerMethodField(
        help_text="It failed or refused, and is left alone until then (ISO 8601); null where it may be asked."
    )

    def get_paused_until(self, provider: Provider) -> str | None:
        timing = Timing()
        opened = Breaker(provider, timing).opened()
        if opened is None or opened.until <= timing.now():
            return None
        return f"{datetime.fromtimestamp(opened.until, UTC):%Y-%m-%dT%H:%M:%SZ}"


class ProvidersSerializer(serializers.Serializer):
    enabled = serializers.BooleanField(help_text="Whether ONLINE_PROVIDERS lets anybody be asked.")
    providers = ProviderSerializer(many=True)


class FetchQueuedSerializer(QueuedJobSerializer):
    """The job of a fetch; its result tells what became of each ticker."""

    price_set = serializers.IntegerField()
