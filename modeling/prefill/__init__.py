"""A first valuation from a company's own history. Pure.

Each driver gets a value with its formula, filled in with the figures it was taken from, and the history it rests
on. What history can't give is assumed, and says so with the reason, or stays empty. Every formula is bounded, so
that one odd year never makes an absurd valuation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modeling.figures import YearFigures
from modeling.prefill import history, levels
from modeling.prefill.suggestion import Kind, Suggestion, assumed, empty
from modeling.prefill.uncertainty import correlations, uncertainty

__all__ = ["Kind", "Prefill", "Suggestion", "suggest"]

COST_OF_CAPITAL = 0.085
TERMINAL_GROWTH = 0.03
TERMINAL_TAX = 0.25
HIGH_GROWTH_YEARS = 5
FADE_YEARS = 5

# While these are empty in the document they follow another driver, also trial by trial in a simulation.
FOLLOWING = frozenset({"terminal_cost_of_capital", "terminal_roic"})
# Shown beside an input of the document that is not a driver.
OUTSIDE_INPUTS = frozenset({"price"})


@dataclass(frozen=True)
class Prefill:
    """A suggestion for each driver, the lengths of the stages, and the uncertainty to start from."""

    drivers: Mapping[str, Suggestion]
    years: Mapping[str, int]
    uncertainty: Mapping[str, Mapping[str, Any]]
    correlations: tuple[Mapping[str, Any], ...]

    def inputs(self) -> dict[str, float | int | None]:
        """The ``inputs`` of a document."""
        values = {
            name: None if name in FOLLOWING else suggestion.value
            for name, suggestion in self.drivers.items()
            if name not in OUTSIDE_INPUTS
        }
        return {**values, **self.years}


def suggest(years: Sequence[YearFigures]) -> Prefill:
    """A first valuation from the fiscal years of one company, newest last; at least one year.

    Rates are decimals per year, money and shares are in millions.
    """
    if not years:
        raise ValueError("a first valuation needs at least one fiscal year")
    margin = history.operating_margin(years)
    drivers = {
        "growth": history.growth(years),
        "operating_margin": margin,
        "sales_to_capital": history.sales_to_capital(years),
        "tax_rate": history.tax_rate(years),
        "cost_of_capital": assumed(
            COST_OF_CAPITAL, "About the cost of a large listed company: statements hold neither betas nor market rates."
        ),
        "terminal_growth": assumed(TERMINAL_GROWTH, "No company outgrows its economy for ever."),
        **terminal(),
        **levels.reported_levels(years),
        **risks(),
    }
    # A loss-maker needs longer to its margin: it gets there halfway through the fade.
    ramp = HIGH_GROWTH_YEARS if margin.kind == "history" else HIGH_GROWTH_YEARS + FADE_YEARS // 2
    stages = {"high_growth_years": HIGH_GROWTH_YEARS, "fade_years": FADE_YEARS, "margin_ramp_years": ramp}
    return Prefill(drivers, stages, uncertainty(drivers), correlations())


def terminal() -> dict[str, Suggestion]:
    """What holds after the fade: no statement tells, so all of it is assumed."""
    return {
        "terminal_cost_of_capital": assumed(
            COST_OF_CAPITAL,
            "Follows the cost of capital while left empty; a grown company may be safer than a growing one.",
        ),
        "terminal_tax_rate": assumed(TERMINAL_TAX, "Near the statutory rates: tax advantages don't last for ever."),
        "terminal_roic": assumed(
            COST_OF_CAPITAL,
            "Equal to the terminal cost of capital, which it follows while left empty: growth then adds no value.",
        ),
        "exit_multiple": empty("Used only when the terminal value is taken from a multiple of EBIT."),
    }


def risks() -> dict[str, Suggestion]:
    """What the statements don't say at all."""
    return {
        "net_operating_losses": assumed(
            0.0, "The losses that tax law lets a company carry forward stand in the notes, not in the statements."
        ),
        "failure_probability": assumed(0.0, "Taken as a going concern: raise it for a company that may run dry."),
        "failure_proceeds": assumed(0.0, "The share of value saved in a failure: without one it plays no part."),
        "price": empty("Annual statements hold no market price: enter one with its date and source."),
    }
