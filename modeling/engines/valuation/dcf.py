"""Free cash flow to the firm in three stages: growth, fade, perpetuity. One formula for one valuation or a million.

Years 1 to N end at their year end. With revenue R, growth g, margin m, tax t, cost of capital w and sales to capital s::

    R_t = R_{t-1} (1 + g_t)        EBIT_t = R_t m_t        FCFF_t = EBIT_t - tax_t - (R_t - R_{t-1}) / s

A loss pays no tax and adds to the losses carried forward, which shield later profits. The terminal value is
Gordon's, EBIT_N (1 + g)(1 - t)(1 - g / ROIC) / (w - g), or a multiple of EBIT_N. Discounting is cumulative.

The loop counts all money in present value: revenue is discounted once a year, and whatever is derived from it is
then discounted already, which saves a discount factor and a third of the work.

Source: A. Damodaran, Investment Valuation, chapters on firm valuation and on young, loss-making companies.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from modeling.engines.errors import SpreadTooSmall
from modeling.engines.valuation.adjustments import adjusted
from modeling.engines.valuation.inputs import Array, DcfInputs, Number, highest, lowest
from modeling.engines.valuation.limits import refuse_impossible
from modeling.engines.valuation.options import value_at_price, value_at_value
from modeling.engines.valuation.paths import Fade, ramp_weights, stage_weights
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


@dataclass(frozen=True)
class Paths:
    """The ways of the drivers over the years; `growth` and `rate` as factors, one plus the figure."""

    growth: Fade
    rate: Fade
    margin: Fade
    tax: Fade


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


def value_at_stated_price(inputs: DcfInputs) -> float:
    """The claim of the employee options when it is one number for all trials, else 0."""
    options = inputs.employee_options
    return value_at_price(inputs) if options is not None and options.valued == "at_price" else 0.0


def evaluate(
    inputs: DcfInputs,
    options_claim: float,
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
    share_out(inputs, total, options_claim, workspace, out, trace)
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
    stages = stage_weights(inputs.high_growth_years, inputs.fade_years)
    ramp = ramp_weights(inputs.margin_ramp_years, inputs.horizon)
    rate = workspace.add("first rate", inputs.cost_of_capital, 1.0)
    follows = terminal.cost_of_capital is inputs.cost_of_capital
    last_rate = rate if follows else workspace.add("last rate", terminal.cost_of_capital, 1.0)
    growth = workspace.add("first growth", inputs.growth, 1.0)
    last_growth = workspace.add("last growth", terminal.growth, 1.0)
    base_margin = workspace.divide("base margin", inputs.base_ebit, inputs.base_revenue)
    return Paths(
        growth=Fade(growth, last_growth, stages, workspace.pair("growth")),
        rate=Fade(rate, last_rate, stages, workspace.pair("rate")),
        margin=Fade(base_margin, inputs.operating_margin, ramp, workspace.pair("margin")),
        tax=Fade(inputs.tax_rate, terminal.tax_rate, stages, workspace.pair("tax")),
    )


def losses_matter(inputs: DcfInputs, paths: Paths) -> bool:
    """Whether any trial can carry a loss: margins run between their ends, so the ends decide for all years."""
    return highest(inputs.net_operating_losses) > 0.0 or min(lowest(paths.margin.start), lowest(paths.margin.end)) < 0.0


def explicit_years(inputs: DcfInputs, paths: Paths, workspace: Workspace, trace: Trace | None) -> Array:
    """The present value of the free cash flows of years 1 to N; revenue of year N stays in the workspace."""
    revenue = workspace.full("revenue", inputs.base_revenue)
    profit, added = workspace.full("profit", 0.0), workspace.full("added", 0.0)
    opening, ebit, taxed = workspace["opening"], workspace["ebit"], workspace["taxed"]
    carried: Array | None = None
    if trace is not None or losses_matter(inputs, paths):
        carried = workspace.full("carried", inputs.net_operating_losses)
        np.negative(carried, out=carried)
    for year in range(1, inputs.horizon + 1):
        growth, rate, margin, tax = (path.at(year) for path in (paths.growth, paths.rate, paths.margin, paths.tax))
        np.divide(revenue, rate, out=opening)
        np.multiply(opening, growth, out=revenue)
        np.multiply(revenue, margin, out=ebit)
        if trace is not None:
            trace.open_year(growth, margin, tax, rate)
            trace.flow("revenues", revenue)
            trace.flow("ebit", ebit)
        if carried is not None:
            carried /= rate
        pay_tax(ebit, tax, carried, taxed)
        profit += ebit
        np.subtract(revenue, opening, out=opening)
        added += opening
        if trace is not None and carried is not None:
            reinvestment = opening / inputs.sales_to_capital
            trace.flow("ebit_after_tax", ebit)
            trace.flow("reinvestment", reinvestment)
            trace.flow("fcff", ebit - reinvestment)
            trace.flow("nol", 0.0 - carried)
            trace.rows["pv"].append(ebit - reinvestment)
    added /= inputs.sales_to_capital
    profit -= added
    return profit


def pay_tax(ebit: Array, tax: Number, carried: Array | None, taxed: Array) -> None:
    """Takes the tax off `ebit` in place. `carried` holds the losses as negative money and shields the profit first."""
    if carried is not None:
        carried += ebit
        np.maximum(carried, 0.0, out=taxed)
        np.minimum(carried, 0.0, out=carried)
        taxed *= tax
    elif isinstance(tax, np.ndarray):
        np.multiply(ebit, tax, out=taxed)
    else:
        ebit *= 1.0 - tax
        return
    ebit -= taxed


def terminal_value(
    inputs: DcfInputs, paths: Paths, terminal: Terminal, workspace: Workspace, trace: Trace | None
) -> Array:
    """The present value of all that comes after year N."""
    ending = np.multiply(workspace["revenue"], paths.margin.at(inputs.horizon), out=workspace["ending"])
    roic = terminal.cost_of_capital if inputs.terminal_roic is None else inputs.terminal_roic
    gordon = inputs.terminal_method == "gordon"
    if gordon or trace is not None:
        kept = workspace.subtract("kept", 1.0, workspace.divide("kept", terminal.growth, roic))
        flow = np.multiply(ending, kept, out=workspace["flow"])
        flow *= paths.growth.end
        flow *= workspace.subtract("after tax", 1.0, terminal.tax_rate)
        if trace is not None:
            trace.total("terminal_fcff", flow, compounded=True)
    if gordon:
        np.divide(flow, terminal.spread, out=ending)
    else:
        assert inputs.exit_multiple is not None
        ending *= inputs.exit_multiple
    if trace is not None:
        trace.total("terminal_value", ending, compounded=True)
    return ending


def share_out(
    inputs: DcfInputs, total: Array, options_claim: float, workspace: Workspace, out: Array, trace: Trace | None
) -> None:
    """From the present value of all cash flows to the value per share: failure, debt and other claims, options."""
    record = trace.total if trace is not None else None
    if record:
        record("sum_pv", total)
    lost = workspace.multiply("lost", inputs.failure_probability, workspace.subtract("lost", 1.0, inputs.failure_proceeds))
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
    total -= claim
    if inputs.limited_liability:
        np.maximum(total, 0.0, out=total)
    if record:
        record("employee_options", claim)
        record("common_equity", total)
    np.divide(total, inputs.shares, out=out)
