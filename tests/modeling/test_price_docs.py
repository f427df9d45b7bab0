"""docs/prices.md says what the code does: rules, limits and points."""

from __future__ import annotations

from dataclasses import fields

from modeling.engines.prices.cleaning import gaps, outliers, records, stale
from modeling.engines.prices.cleaning.policy import CHOICES, CleaningPolicy
from modeling.engines.prices.quality import rules, twins
from modeling.engines.prices.statistics.correlation import LEAST_OVERLAP
from modeling.engines.prices.statistics.settings import Settings
from modeling.models.prices import TICKER_LENGTH
from modeling.prices import coding, points
from modeling.services.prices.merging import MOST_TICKERS
from modeling.services.prices.sets import MOST_SETS
from tests.__main__ import ROOT

TEXT = " ".join((ROOT / "docs" / "prices.md").read_text().split())


def test_every_rule_of_cleaning_is_named_with_its_choices() -> None:
    assert [field.name for field in fields(CleaningPolicy) if f"`{field.name}`" not in TEXT] == []
    policy = CleaningPolicy()
    for name, (first, other) in CHOICES.items():
        assert f"| `{name}` | {first}, {other}" in TEXT
        assert getattr(policy, name) == first
    for name in ("split_confidence", "spike_confidence"):
        assert f"`{name}`, {getattr(policy, name)}" in TEXT
    for name in ("stale_days", "fill_days"):
        assert f"`{name}` ({getattr(policy, name)})" in TEXT


def test_figures_are_those_of_the_code() -> None:
    said = [
        (coding.SPAN == 4096, "blocks of 4,096 days"),
        (points.MOST_POINTS == 40_000, "a ticker 40,000 prices"),
        (MOST_TICKERS == 20_000, "up to 20,000 tickers"),
        (MOST_SETS == 200, "a person 200 sets"),
        (TICKER_LENGTH == 32, "1 to 32 letters"),
        ((points.LOWEST_PRICE, points.HIGHEST_PRICE) == (1e-9, 1e12), "from 1e-9 to 1e12"),
        (str(points.EARLIEST) == "1800-01-01", "between 1800-01-01 and tomorrow"),
        (outliers.SPIKE == 8 and outliers.JUMP == 20, "8 robust deviations there and back"),
        (stale.LEAST_DAYS == 5, "`stale_days` (5)"),
        (gaps.SUSPECTED_DAYS == 10 and gaps.CERTAIN_DAYS == 60, "end ten days before the calendar does; from sixty on"),
        (records.CERTAIN == 0.95, "from 0.95 on it is"),
        ((rules.GOOD, rules.FAIR) == (85, 60), "**Good** is 85 or more, **Fair** 60 or more"),
        ((rules.FEW, rules.LONG_GAP, rules.SURE) == (60, 20, 0.5), "fewer than 60 prices"),
        ((twins.LEAST_CORRELATION, twins.LEAST_OVERLAP) == (0.9999, 30), "0.9999 over at least 30 days"),
        (LEAST_OVERLAP == 3, "at least 3;"),
        ((Settings().decay, Settings().confidence) == (0.94, 0.95), "0.94 of the next newer one"),
    ]
    assert [words for holds, words in said if not holds or words not in TEXT] == []
