"""What the API gives of the quality, statistics and correlation of prices, and takes to clean them."""

from __future__ import annotations

from rest_framework import serializers

from valor.lib.fields import Strict, Text


class Tails(serializers.Serializer):
    historical = serializers.FloatField(allow_null=True)
    normal = serializers.FloatField(allow_null=True)
    cornish_fisher = serializers.FloatField(allow_null=True, help_text="Null where the expansion is no distribution.")


class TickerStatistics(serializers.Serializer):
    """Decimals per year unless something else is said; null where there is no such figure."""

    ticker = serializers.CharField()
    observations = serializers.IntegerField(help_text="Prices.")
    returns = serializers.IntegerField()
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    annual_growth = serializers.FloatField(allow_null=True, help_text="Compounded.")
    mean_return = serializers.FloatField(allow_null=True)
    volatility = serializers.FloatField(allow_null=True)
    ewma_volatility = serializers.FloatField(allow_null=True)
    sharpe = serializers.FloatField(allow_null=True)
    sortino = serializers.FloatField(allow_null=True)
    calmar = serializers.FloatField(allow_null=True)
    skew = serializers.FloatField(allow_null=True)
    excess_kurtosis = serializers.FloatField(allow_null=True)
    max_drawdown = serializers.FloatField(allow_null=True, help_text="Below zero.")
    peak_day = serializers.DateField(allow_null=True)
    trough_day = serializers.DateField(allow_null=True)
    recovery_day = serializers.DateField(allow_null=True)
    recovered = serializers.BooleanField()
    drawdown = serializers.FloatField(allow_null=True, help_text="From the highest price to the last.")
    beta = serializers.FloatField(allow_null=True)
    alpha = serializers.FloatField(allow_null=True)
    market_correlation = serializers.FloatField(allow_null=True)
    value_at_risk = Tails(help_text="The loss of one period, above zero where money is lost.")
    expected_shortfall = Tails()


class StatisticsSerializer(serializers.Serializer):
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    periods_per_year = serializers.IntegerField()
    risk_free = serializers.FloatField()
    confidence = serializers.FloatField()
    benchmark = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField(help_text="Of the set.")
    tickers = TickerStatistics(many=True)


class FindingReport(serializers.Serializer):
    kind = serializers.CharField()
    ticker = serializers.CharField(allow_blank=True, help_text="Empty for the set.")
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    message = serializers.CharField()
    evidence = serializers.DictField()
    confidence = serializers.FloatField()
    word = serializers.CharField(help_text="certain or suspected.")


class TickerQualitySerializer(serializers.Serializer):
    ticker = serializers.CharField()
    word = serializers.CharField(help_text="Good, Fair or Poor.")
    score = serializers.IntegerField(help_text="0 to 100.")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="What cost points.")
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    observations = serializers.IntegerField()
    missing_share = serializers.FloatField()
    longest_gap = serializers.IntegerField()
    stale_runs = serializers.IntegerField()
    splits = serializers.IntegerField()
    spikes = serializers.IntegerField()
    jumps = serializers.IntegerField()
    delisted = serializers.CharField(allow_blank=True)


class QualitySerializer(serializers.Serializer):
    word = serializers.CharField(allow_blank=True)
    words = serializers.DictField(child=serializers.IntegerField())
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    days = serializers.IntegerField()
    coverage = serializers.FloatField()
    mixed = serializers.BooleanField(help_text="Whether there are several currencies.")
    twins = serializers.ListField(child=serializers.DictField())
    worst = serializers.ListField(child=serializers.CharField())
    tickers = TickerQualitySerializer(many=True)
    findings = FindingReport(many=True, help_text="The surest.")
    finding_count = serializers.IntegerField()
    revision = serializers.IntegerField(help_text="Of the set.")


class CorrelationSerializer(serializers.Serializer):
    tickers = serializers.ListField(child=serializers.CharField(), help_text="Likes beside likes.")
    groups = serializers.ListField(child=serializers.IntegerField(), help_text="The cluster of each.")
    matrix = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    average = serializers.FloatField(allow_null=True)
    highest = serializers.ListField(child=serializers.ListField())
    lowest = serializers.ListField(child=serializers.ListField())
    left_out = serializers.ListField(child=serializers.CharField(), help_text="Without a correlation to another.")
    cut = serializers.IntegerField(help_text="Tickers beyond the largest number that is compared.")
    revision = serializers.IntegerField(help_text="Of the set.")


class CleaningRequest(Strict):
    """By which rules, and what the new set is called."""

    name = Text(max_length=200, required=False, help_text="Of the new set; needed unless it is a dry run.")
    rules = serializers.DictField(default=dict, help_text="See the description; what is not given is as by default.")
    dry_run = serializers.BooleanField(default=False, help_text="Answer what would be found and done; store nothing.")


class CleaningSerializer(serializers.Serializer):
    """What would be found and done."""

    words = serializers.ListField(child=serializers.CharField(), help_text="The rules in words.")
    rules = serializers.DictField()
    tickers = serializers.IntegerField()
    days = serializers.IntegerField()
    repair_count = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="Prices that are repaired.")
    repairs = serializers.ListField(child=serializers.DictField())
    finding_count = serializers.IntegerField()
    findings = FindingReport(many=True)
