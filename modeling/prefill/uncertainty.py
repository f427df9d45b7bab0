"""The uncertainty a first valuation starts from, so that *Simulate* works at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modeling.prefill.suggestion import Suggestion

GROWTH_SPREAD = 0.25
MARGIN_SPREAD = 0.30
LEAST_SPREAD = 0.02
LOSS_MAKER_SPREAD = 0.10
CAPITAL_COST_SPREAD = 0.015
TERMINAL_GROWTH_SPREAD = 0.01
GROWTH_WITH_MARGIN = 0.3


def uncertainty(drivers: Mapping[str, Suggestion]) -> dict[str, dict[str, Any]]:
    """Distributions around the base case, symmetric, so that the mean of each driver is its base figure.

    Growth is normal, cut at two and a half standard deviations; the margin is PERT, wider where it is assumed;
    the cost of capital and the terminal growth are triangular, and so far apart that no trial meets the floor.
    """
    growth = base(drivers, "growth")
    margin = base(drivers, "operating_margin")
    sd = round(max(LEAST_SPREAD, growth * GROWTH_SPREAD), 3)
    own_history = drivers["operating_margin"].kind == "history"
    half = max(LEAST_SPREAD, margin * MARGIN_SPREAD) if own_history else LOSS_MAKER_SPREAD
    return {
        "growth": {
            "distribution": "normal",
            "mean": growth,
            "sd": sd,
            "lower": round(growth - 2.5 * sd, 4),
            "upper": round(growth + 2.5 * sd, 4),
        },
        "operating_margin": around("pert", margin, half),
        "cost_of_capital": around("triangular", base(drivers, "cost_of_capital"), CAPITAL_COST_SPREAD),
        "terminal_growth": around("triangular", base(drivers, "terminal_growth"), TERMINAL_GROWTH_SPREAD),
    }


def base(drivers: Mapping[str, Suggestion], name: str) -> float:
    value = drivers[name].value
    assert value is not None, f"{name} always has a suggestion"
    return value


def around(distribution: str, mode: float, half: float) -> dict[str, Any]:
    return {
        "distribution": distribution,
        "low": round(mode - half, 4),
        "mode": mode,
        "high": round(mode + half, 4),
    }


def correlations() -> tuple[dict[str, Any], ...]:
    """Growth and margin move together: scale brings both."""
    return ({"between": ["growth", "operating_margin"], "value": GROWTH_WITH_MARGIN},)
