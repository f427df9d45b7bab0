"""The valuation once more, plain and slow: one trial, one number at a time, written from the definitions alone."""

from __future__ import annotations

import math
from typing import Any


def fade(start: float, end: float, year: int, high: int, length: int) -> float:
    if year <= high:
        return start
    return start + (end - start) * (year - high) / length


def normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def call(spot: float, option: dict[str, Any]) -> float:
    if spot <= 0:
        return 0.0
    years, rate, dividend = option["maturity"], option["risk_free"], option["dividend_yield"]
    deviation = option["volatility"] * math.sqrt(years)
    d1 = (math.log(spot / option["strike"]) + (rate - dividend) * years) / deviation + deviation / 2
    return spot * math.exp(-dividend * years) * normal_cdf(d1) - option["strike"] * math.exp(
        -rate * years
    ) * normal_cdf(d1 - deviation)


def options_at(price: float, shares: float, option: dict[str, Any]) -> float:
    """Fixed-point iteration of the dilution-adjusted value of one option."""
    value = call(price, option)
    for _ in range(2000):
        value = call((price * shares + value * option["count"]) / (shares + option["count"]), option)
    return value


def value_per_share(
    d: dict[str, Any], *, options_claim: float = 0.0, floor: bool = True, exit_multiple: float | None = None
) -> float:
    """`d` holds every driver as a float and the three counts of years."""
    growth_end = d["terminal_growth"]
    if floor and exit_multiple is None and d["terminal_cost_of_capital"] - growth_end < d["minimum_spread"]:
        growth_end = d["terminal_cost_of_capital"] - d["minimum_spread"]
    high, length = d["high_growth_years"], d["fade_years"]
    revenue, losses, discount, total, ebit = d["base_revenue"], d["net_operating_losses"], 1.0, 0.0, 0.0
    base_margin = d["base_ebit"] / d["base_revenue"]
    for year in range(1, high + length + 1):
        before = revenue
        revenue *= 1 + fade(d["growth"], growth_end, year, high, length)
        ramp = 1.0 if year >= d["margin_ramp_years"] else year / d["margin_ramp_years"]
        ebit = revenue * (base_margin + (d["operating_margin"] - base_margin) * ramp)
        if ebit < 0:
            tax = 0.0
            losses -= ebit
        else:
            used = min(losses, ebit)
            losses -= used
            tax = (ebit - used) * fade(d["tax_rate"], d["terminal_tax_rate"], year, high, length)
        discount *= 1 + fade(d["cost_of_capital"], d["terminal_cost_of_capital"], year, high, length)
        total += (ebit - tax - (revenue - before) / d["sales_to_capital"]) / discount
    if exit_multiple is None:
        flow = ebit * (1 + growth_end) * (1 - d["terminal_tax_rate"]) * (1 - growth_end / d["terminal_roic"])
        ending = flow / (d["terminal_cost_of_capital"] - growth_end)
    else:
        ending = ebit * exit_multiple
    total += ending / discount
    total *= 1 - d["failure_probability"] + d["failure_probability"] * d["failure_proceeds"]
    equity = total - d["debt"] - d["minority_interest"] + d["cash"] + d["non_operating_assets"]
    return (equity - options_claim) / d["shares"]
