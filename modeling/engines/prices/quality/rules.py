"""What quality costs: every defect takes points from a hundred, and the rest has a name."""

from __future__ import annotations

from typing import Any, Final

GOOD: Final = 85
FAIR: Final = 60
"""Points from which a ticker's prices are called Good, or Fair; below they are Poor."""

SURE: Final = 0.5
"""Splits and spikes cost points from this confidence on."""
LONG_GAP: Final = 20
FEW: Final = 60
SHORT: Final = 0.5


def judged(figures: dict[str, Any]) -> tuple[int, tuple[str, ...]]:
    """Points left and the reasons for those lost, from the figures of a ticker's report.

    Prices that can't be: 50. Less than 60 prices: 50. Missing within its own life: 3 for each percent, at most 30.
    A gap of 20 days or more: 10. Stale: 2 for each percent of its prices, at most 20. A likely split: 30 each, at most
    60. A likely spike: 5 each, at most 30. Delisted: 10. Less than half of the calendar: 10.
    """
    missing, stale = 100 * figures["missing_share"], 100 * figures["stale_share"]
    splits, spikes = figures["likely_splits"], figures["likely_spikes"]
    costs = (
        (50 * (figures["not_positive"] > 0), f"{figures['not_positive']:,} prices that can't be"),
        (50 * (figures["observations"] < FEW), f"only {figures['observations']:,} prices"),
        (min(30, 3 * missing), f"{missing:.1f} % missing between its first and last day"),
        (10 * (figures["longest_gap"] >= LONG_GAP), f"a gap of {figures['longest_gap']:,} days"),
        (min(20, 2 * stale), f"{stale:.1f} % stale"),
        (min(60, 30 * splits), f"{splits:,} likely splits not adjusted for"),
        (min(30, 5 * spikes), f"{spikes:,} likely spikes"),
        (10 * (figures["delisted"] != ""), f"delisted ({figures['delisted']})"),
        (10 * (figures["calendar_share"] < SHORT), f"only {figures['calendar_share']:.0%} of the calendar"),
    )
    lost = [(round(cost), reason) for cost, reason in costs if round(cost) > 0]
    return max(0, 100 - sum(cost for cost, _ in lost)), tuple(f"{reason} (-{cost})" for cost, reason in lost)


def word_of(score: int) -> str:
    return "Good" if score >= GOOD else "Fair" if score >= FAIR else "Poor"
