"""The deterministic result as plain data: yearly rows, bridge, what is implied, notes and warnings."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from modeling.codecs.model import DcfModel
from modeling.codecs.warnings import warnings_of
from modeling.engines.valuation.adjustments import adjusted, capitalise_leases, capitalise_research
from modeling.engines.valuation.dcf import DcfResult
from modeling.engines.valuation.inputs import DcfInputs, Number

YEARLY = (
    "growth",
    "revenues",
    "margin",
    "ebit",
    "tax_rate",
    "nol",
    "ebit_after_tax",
    "reinvestment",
    "fcff",
    "cost_of_capital",
    "discount_factor",
    "pv",
)
TOTALS = (
    "terminal_fcff",
    "terminal_value",
    "pv_terminal",
    "pv_fcff",
    "sum_pv",
    "operating_assets",
    "equity",
    "common_equity",
)


def result_to_dict(model: DcfModel, result: DcfResult, today: date | None = None) -> dict[str, Any]:
    """The result of a valuation with a trace; lists run over the years 1 to N, missing figures are null."""
    value = number(result.value_per_share)
    rows: dict[str, Any] = {name: [number(year) for year in result.rows[name]] for name in YEARLY}
    rows |= {name: number(result.totals[name]) for name in TOTALS}
    rows["value_per_share"] = value
    inputs = adjusted(model.inputs)
    implied = implied_figures(inputs, rows)
    if model.price is not None:
        implied["value_over_price"] = value / model.price.value
    return {
        "value_per_share": value,
        "currency": model.currency,
        "unit": model.unit,
        "rows": rows,
        "bridge": bridge_of(inputs, rows, number(result.totals["employee_options"])),
        "implied": implied,
        "notes": notes_of(model, rows),
        "warnings": warnings_of(model, rows, today),
    }


def number(figure: Number | np.ndarray | None) -> float:
    """The one trial of a deterministic figure."""
    return float(np.ravel(np.asarray(figure))[0])


def bridge_of(inputs: DcfInputs, rows: dict[str, Any], options: float) -> dict[str, float]:
    """From the present values to the value per share, in the order of the calculation."""
    return {
        "pv_fcff": rows["pv_fcff"],
        "pv_terminal": rows["pv_terminal"],
        "sum_pv": rows["sum_pv"],
        "failure_loss": rows["sum_pv"] - rows["operating_assets"],
        "operating_assets": rows["operating_assets"],
        "debt": number(inputs.debt),
        "minority_interest": number(inputs.minority_interest),
        "cash": number(inputs.cash),
        "non_operating_assets": number(inputs.non_operating_assets),
        "equity": rows["equity"],
        "employee_options": options,
        "common_equity": rows["common_equity"],
        "shares": number(inputs.shares),
        "value_per_share": rows["value_per_share"],
    }


def implied_figures(inputs: DcfInputs, rows: dict[str, Any]) -> dict[str, Any]:
    """What the assumptions amount to; a figure without meaning is null, its reason beside it."""
    implied: dict[str, Any] = {"exit_multiple": None, "terminal_share": None, "final_roic": None}
    ebit, total = rows["ebit"][-1], rows["sum_pv"]
    if ebit > 0:
        implied["exit_multiple"] = rows["terminal_value"] / ebit
    else:
        implied["exit_multiple_reason"] = "EBIT of the final year is not positive."
    if total > 0:
        implied["terminal_share"] = rows["pv_terminal"] / total
    else:
        implied["terminal_share_reason"] = "The present value of all cash flows is not positive."
    if inputs.invested_capital is None:
        implied["final_roic_reason"] = "Invested capital is not stated."
        return implied
    capital = number(inputs.invested_capital) + sum(rows["reinvestment"])
    if capital > 0:
        implied["final_roic"] = rows["ebit_after_tax"][-1] / capital
    else:
        implied["final_roic_reason"] = "Invested capital in the final year is not positive."
    return implied


def notes_of(model: DcfModel, rows: dict[str, Any]) -> list[str]:
    """What was done to the stated figures, in sentences."""
    inputs, notes = model.inputs, []
    if model.valuation_date is not None:
        notes.append(f"Value as of {model.valuation_date.isoformat()}, not rolled forward; cash flows at year end.")
    if inputs.research_and_development is not None:
        research = capitalise_research(inputs.research_and_development)
        notes.append(
            f"Capitalised research adds {research.ebit_adjustment:,.1f} to base EBIT "
            f"and {research.research_asset:,.1f} to invested capital."
        )
    if inputs.operating_leases is not None:
        leases = capitalise_leases(inputs.operating_leases)
        notes.append(
            f"Operating leases add {leases.ebit_adjustment:,.1f} to base EBIT and {leases.lease_debt:,.1f} to debt."
        )
    if inputs.employee_options is not None:
        at = "the market price" if inputs.employee_options.valued == "at_price" else "the computed value"
        notes.append(f"Employee options are valued at {at}, with dilution.")
    if inputs.limited_liability and rows["common_equity"] == 0:
        notes.append("Limited liability holds the equity at zero.")
    return notes
