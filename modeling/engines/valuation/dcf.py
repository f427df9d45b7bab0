"""Free cash flow to the firm in three stages: growth, fade, perpetuity. One formula for one valuation or a million.

Years 1 to N end at their year end. With revenue R, growth g, margin m, tax t, cost of capital w, sales to capital s::

    R_t = R_{t-1} (1 + g_t)        EBIT_t = R_t m_t        FCFF_t = EBIT_t - tax_t - (R_t - R_{t-1}) / s

A loss pays no tax and adds to the losses carried forward, which shield later profits. The terminal value is
Gordon's, EBIT_N (1 + g)(1 - t)(1 - g / ROIC) / (w - g), or a multiple of EBIT_N. Discounting is cumulative.

Two rearrangements halve the work and change nothing. The loop counts in present value: revenue is discounted once a
year, and what is derived from it is discounted already. And the cash flow is taken by its revenues::

    FCFF_t = R_t (m_t (1 - t_t) - 1 / s) + R_{t-1} / s + saved_t

where `saved` is the tax that losses carried forward save (in a loss year the negative tax of the first term is taken
back), worked out only where there can be losses.

Source: A. Damodaran, Investment Valuation, chapters on firm valuation and on young, loss-making companies.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from modeling.engines.errors import SpreadTooSmall
from modeling.engines.valuation.adjustments import adjusted
from modeling.engines.valuation.inputs import Array, DcfInputs, Number, highest, lowest
from modeling.engines.valuation.limits import refuse_impossible
from modeling.engines.valuation.losses import Losses, losses_matter
from modeling.engines.valuation.options import value_at_price, value_at_value
from modeling.engines.valuation.paths import Fade, NetMargin, Paths, Weights
from modeling.engines.valuation.trace import Trace
from modeling.engines.valuation.workspace import Workspace


@dataclass(frozen=True)
class DcfResult:
    """Value per share of each trial, and with a trace the yearly rows and the totals, arrays of trials each."""

    value_per_share: Array
    floored_trials: int = 0
    rows: dict[str, list[Array]] = field(default_factory=dict)
    totals: dict[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Terminal:
    """The figures of the perpetuity; `spread` is the cost of capital less growth."""

    growth: Number
    cost_of_capital: Number
    tax_rate: Number
    spread: Number
    floored_trials: int


def value_dcf(inputs: DcfInputs, *, trace: bool = False, floor: bool = False) -> DcfResult:
    """The value per share of every trial.

    Parameters
    ----------
    inputs : numbers or arrays of shape (trials,); all numbers make one trial
    trace : keep the yearly table and the totals
    floor : where the terminal cost of capital exceeds terminal growth by less than `minimum_spread`, lower the growth
        and count the trial; otherwise growth at or above the cost is refused

    Raises
    ------
    EngineError
        For a driver outside its possible range (NaN included), a missing price, leases counted twice.
    """
    refuse_impossible(inputs)
    arrays = [value for value in vars(inputs).values() if isinstance(value, np.ndarray)]
    workspace = Workspace(len(arrays[0]) if arrays else 1)
    out = np.empty(workspace.trials)
    kept = Trace() if trace else None
    floored = evaluate(adjusted(inputs), value_at_stated_price(inputs), workspace, out, floor=floor, trace=kept)
    return DcfResult(out, floored, dict(kept.rows) if kept else {}, kept.totals if kept else {})


def value_at_stated_price(inputs: DcfInputs) -> Number:
    """The claim of the employee options when they are valued at the market price, else 0."""
    options = inputs.employee_options
    return value_at_price(inputs) if options is not None and options.valued == "at_price" else 0.0


def evaluate(
    inputs: DcfInputs,
    options_claim: Number,
    workspace: Workspace,
    out: Array,
    *,
    floor: bool = False,
    trace: Trace | None = None,
) -> int:
    """Writes each trial's value per share into `out`, touching no input; returns the number of floored trials.

    `inputs` are possible and adjusted already, and `options_claim` is what the options take at the market price.
    """
    terminal = terminal_figures(inputs, workspace, floor=floor)
    paths = paths_of(inputs, terminal, workspace)
    total = explicit_years(inputs, paths, workspace, trace)
    ending = terminal_value(inputs, paths, terminal, workspace, trace)
    if trace is not None:
        trace.total("pv_fcff", total)
        trace.total("pv_terminal", ending)
    total += ending
    share_out(inputs, total, options_claim, workspace, out=out, trace=trace)
    return terminal.floored_trials


def terminal_figures(inputs: DcfInputs, workspace: Workspace, *, floor: bool) -> Terminal:
    """The perpetuity's growth, held below its cost of capital, which no path may reach."""
    growth = inputs.terminal_growth
    cost = inputs.cost_of_capital if inputs.terminal_cost_of_capital is None else inputs.terminal_cost_of_capital
    tax = inputs.tax_rate if inputs.terminal_tax_rate is None else inputs.terminal_tax_rate
    spread = workspace.subtract("spread", cost, growth)
    least, narrowest, count = inputs.minimum_spread, lowest(spread), 0
    if inputs.terminal_method != "gordon":
        return Terminal(growth, cost, tax, spread, count)
    if floor and narrowest < least:
        count = int(np.count_nonzero(np.asarray(spread) < least)) * (workspace.trials if np.ndim(spread) == 0 else 1)
        ceiling = workspace.subtract("floored growth", cost, least)
        growth = np.minimum(growth, ceiling, out=workspace["floored growth"])
        spread = np.maximum(spread, least, out=workspace["spread"])
    elif narrowest <= 0.0:
        raise SpreadTooSmall.at(
            "inputs.terminal_growth",
            highest(growth),
            f"Growth for ever must stay below the terminal cost of capital, here {lowest(cost):.4g}.",
            "Lower the terminal growth, or raise the terminal cost of capital.",
        )
    return Terminal(growth, cost, tax, spread, count)


def paths_of(inputs: DcfInputs, terminal: Terminal, workspace: Workspace) -> Paths:
    """Each driver's way from its first to its terminal figure."""
    stages = Weights(inputs.high_growth_years, inputs.fade_years)
    ramp = Weights(0, inputs.margin_ramp_years)
    rate = workspace.add("first rate", inputs.cost_of_capital, 1.0)
    follows = terminal.cost_of_capital is inputs.cost_of_capital
    last_rate = rate if follows else workspace.add("last rate", terminal.cost_of_capital, 1.0)
    growth = workspace.add("first growth", inputs.growth, 1.0)
    last_growth = workspace.add("last growth", terminal.growth, 1.0)
    base_margin = workspace.divide("base margin", inputs.base_ebit, inputs.base_revenue)
    margin = Fade(base_margin, inputs.operating_margin, ramp, workspace, "margin")
    tax = Fade(inputs.tax_rate, terminal.tax_rate, stages, workspace, "tax")
    capital = workspace.divide("capital", 1.0, inputs.sales_to_capital)
    return Paths(
        growth=Fade(growth, last_growth, stages, workspace, "growth"),
        rate=Fade(rate, last_rate, stages, workspace, "rate"),
        margin=margin,
        tax=tax,
        capital=capital,
        net=NetMargin(margin, tax, capital, workspace),
    )


def explicit_years(inputs: DcfInputs, paths: Paths, workspace: Workspace, trace: Trace | None) -> Array:
    """The present value of the free cash flows of years 1 to N; revenue of year N stays in the workspace."""
    # From here on each name holds its array of the workspace; before the first year a number does.
    revenue: Number = inputs.base_revenue
    total: Number = 0.0
    opened: Number = 0.0
    discount = workspace.divide("discount", 1.0, paths.rate.start)
    losses = None
    if trace is not None or losses_matter(inputs, paths):
        losses = Losses(inputs.net_operating_losses, paths, workspace)
    for year in range(1, inputs.horizon + 1):
        rate = paths.rate.at(year)
        if rate is paths.rate.start:
            opening = np.multiply(revenue, discount, out=workspace["opening"])
        else:
            opening = np.divide(revenue, rate, out=workspace["opening"])
        revenue = np.multiply(opening, paths.growth.at(year), out=workspace["revenue"])
        cash = np.multiply(revenue, paths.net.at(year), out=workspace["cash"])
        total = np.add(total, cash, out=workspace["total"])
        opened = np.add(opened, opening, out=workspace["opened"])
        if losses is not None:
            total += losses.tax_saved(year, revenue, rate)
            if trace is not None:
                trace.year(year, paths, revenue=revenue, opening=opening, cash=cash, losses=losses)
            elif losses.over:
                losses = None
    return np.add(total, np.multiply(opened, paths.capital, out=workspace["opened"]), out=workspace["total"])


def terminal_value(
    inputs: DcfInputs, paths: Paths, terminal: Terminal, workspace: Workspace, trace: Trace | None
) -> Array:
    """The present value of all that comes after year N."""
    ending = np.multiply(workspace["revenue"], paths.margin.at(inputs.horizon), out=workspace["opening"])
    roic = terminal.cost_of_capital if inputs.terminal_roic is None else inputs.terminal_roic
    taxed = workspace.subtract("after tax", 1.0, terminal.tax_rate)
    reinvested = workspace.multiply("paid out", terminal.growth, workspace.divide("paid out", taxed, roic))
    paid_out = workspace.subtract("paid out", taxed, reinvested)
    factor = workspace.multiply("paid out", paid_out, paths.growth.end)
    if trace is not None:
        trace.total("terminal_fcff", ending * factor, compounded=True)
    if inputs.terminal_method == "gordon":
        ending *= workspace.divide("paid out", factor, terminal.spread)
    else:
        assert inputs.exit_multiple is not None
        ending *= inputs.exit_multiple
    if trace is not None:
        trace.total("terminal_value", ending, compounded=True)
    return ending


def share_out(
    inputs: DcfInputs, total: Array, options_claim: Number, workspace: Workspace, *, out: Array, trace: Trace | None
) -> None:
    """From the present value of all cash flows to the value per share: failure, debt and other claims, options."""
    record = trace.total if trace is not None else None
    if record:
        record("sum_pv", total)
    lost = workspace.multiply(
        "lost", inputs.failure_probability, workspace.subtract("lost", 1.0, inputs.failure_proceeds)
    )
    if isinstance(lost, np.ndarray) or lost:
        total *= workspace.subtract("lost", 1.0, lost)
    if record:
        record("operating_assets", total)
    claims = workspace.subtract("claims", inputs.cash, inputs.debt)
    claims = workspace.subtract("claims", claims, inputs.minority_interest)
    total += workspace.add("claims", claims, inputs.non_operating_assets)
    if inputs.limited_liability:
        np.maximum(total, 0.0, out=total)
    if record:
        record("equity", total)
    options = inputs.employee_options
    claim: Number = options_claim
    if options is not None and options.valued == "at_value":
        claim = value_at_value(total, inputs.shares, options)
    if isinstance(claim, np.ndarray) or claim:
        total -= claim
    if inputs.limited_liability:
        np.maximum(total, 0.0, out=total)
    if record:
        record("employee_options", claim)
        record("common_equity", total)
    np.divide(total, inputs.shares, out=out)
