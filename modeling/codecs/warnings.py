"""What a valuation may be, but seldom should be. A warning changes no figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from modeling.codecs.model import DcfModel
from modeling.codecs.uncertainty import possible
from modeling.engines.valuation.inputs import DcfInputs

HIGH_TERMINAL_GROWTH = 0.05
HIGH_TERMINAL_SHARE = 0.75
OLD_MONTHS = 18

Warning_ = dict[str, str]


def warnings_of(model: DcfModel, rows: dict[str, Any], today: date | None = None) -> list[Warning_]:
    """All warnings of a valued document, the perpetuity's first. `today` judges the age of an unpriced one."""
    return [
        *terminal_warnings(model.inputs),
        *outcome_warnings(model.inputs, rows),
        *age_warnings(model, today),
        *uncertainty_warnings(model),
    ]


def warning(code: str, field: str, message: str, remedy: str) -> Warning_:
    return {"code": code, "field": field, "message": message, "remedy": remedy}


def figure(number: Any, default: Any = None) -> float:
    """A driver of the base case, or the one it follows when it is not stated."""
    return float(default if number is None else number)


def terminal_warnings(inputs: DcfInputs) -> Iterator[Warning_]:
    growth = figure(inputs.terminal_growth)
    cost = figure(inputs.terminal_cost_of_capital, inputs.cost_of_capital)
    field = "inputs.terminal_growth"
    if growth > HIGH_TERMINAL_GROWTH:
        message = f"Growth for ever of {growth:.1%} outruns any economy."
        yield warning("terminal_growth_high", field, message, "Keep it at or below the risk-free rate.")
    if inputs.terminal_method != "gordon":
        return
    if cost - growth < inputs.minimum_spread:
        message = (
            f"The spread between the terminal cost of capital and growth, {cost - growth:.2%}, "
            f"is under {inputs.minimum_spread:.2%}: the value hangs on its last digit."
        )
        yield warning("spread_small", field, message, "Lower the terminal growth.")
    if growth >= figure(inputs.terminal_roic, cost):
        message = (
            f"Growth of {growth:.1%} takes all that capital earns: nothing is left to pay out after the last year."
        )
        yield warning("growth_consumes_return", "inputs.terminal_roic", message, "Raise it above terminal growth.")


def outcome_warnings(inputs: DcfInputs, rows: dict[str, Any]) -> Iterator[Warning_]:
    if inputs.margin_ramp_years > inputs.horizon:
        message = f"The operating margin gets to {rows['margin'][-1]:.1%} only: its ramp is longer than the horizon."
        yield warning("margin_not_reached", "inputs.margin_ramp_years", message, f"Use {inputs.horizon} years at most.")
    if rows["ebit"][-1] < 0:
        message = "EBIT of the final year is negative, and the terminal value carries the loss on for ever."
        yield warning("terminal_loss", "inputs.operating_margin", message, "Use a margin the company can live on.")
    if rows["nol"][-1] > 0:
        message = f"Losses of {rows['nol'][-1]:,.1f} are left after the last year and lower no tax."
        yield warning(
            "losses_left", "inputs.net_operating_losses", message, "Lengthen the fade, or count them as cash."
        )
    if rows["sum_pv"] > 0 and rows["pv_terminal"] / rows["sum_pv"] > HIGH_TERMINAL_SHARE:
        message = f"{rows['pv_terminal'] / rows['sum_pv']:.0%} of the enterprise value comes after the last year."
        yield warning("terminal_share_high", "inputs.terminal_growth", message, "Check growth, margin and fade.")
    if rows["common_equity"] < 0:
        message = "The claims exceed the value of the company: its equity is negative."
        yield warning("negative_equity", "inputs.debt", message, "Check debt and cash, or set limited_liability.")


def age_warnings(model: DcfModel, today: date | None) -> Iterator[Warning_]:
    """The statements against the date of the price; without a dated price against today, if that is told."""
    priced = model.price.date if model.price is not None else None
    seen = priced or today
    if seen is None or model.valuation_date is None:
        return
    months = months_between(model.valuation_date, seen)
    if months > OLD_MONTHS:
        end = "before the date of the price" if priced else "ago"
        message = f"The statements are old: they end {months} months {end}."
        yield warning("statements_old", "valuation_date", message, "Start from the latest statements.")
    if priced and months < 0:
        message = "The price is older than the statements."
        yield warning("price_old", "price.date", message, "State a price of the valuation date or later.")


def months_between(start: date, end: date) -> int:
    """Whole months, negative when `end` comes first."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def uncertainty_warnings(model: DcfModel) -> Iterator[Warning_]:
    idle = idle_drivers(model.inputs)
    for name, distribution in model.uncertainty.items():
        field = f"uncertainty.{name}"
        if name in idle:
            yield warning("no_effect", field, "It has no effect on the value as this model is set.", "Remove it.")
        low, high = (float(end) for end in distribution.ppf([0.001, 0.999]))
        base = figure(getattr(model.inputs, name))
        if not low <= base <= high:
            message = f"The base case {base:.4g} lies outside what is drawn, {low:.4g} to {high:.4g}."
            yield warning("base_outside", field, message, "Bring the two together, or read the two values apart.")
        bounded = possible(name, distribution)
        if bounded is not distribution:
            message = "A few of its draws would be impossible: the distribution is cut off at the possible range."
            yield warning("cut_off", field, message, f'Set "lower" or "upper" yourself; now {reach(bounded)}.')


def reach(distribution: Any) -> str:
    ends = (("lower", distribution.lower), ("upper", distribution.upper))
    return ", ".join(f"{name} {end:.4g}" for name, end in ends if end is not None)


def idle_drivers(inputs: DcfInputs) -> set[str]:
    """Drivers that this model doesn't use."""
    idle = {"invested_capital"}
    idle |= {"exit_multiple"} if inputs.terminal_method == "gordon" else {"terminal_roic", "terminal_tax_rate"}
    return idle if inputs.failure_probability else idle | {"failure_proceeds"}
