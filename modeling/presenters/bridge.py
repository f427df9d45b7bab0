"""From enterprise value to value per share: each step with its amount, its bar and its formula filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modeling.presenters.scale import Scale, digits_for
from valor.lib.numbers import MINUS, format_number, format_percent


@dataclass(frozen=True)
class Step:
    """A line of the bridge. ``sign`` is 0 for a total; ``field`` is the input it leads to."""

    name: str
    label: str
    sign: int
    field: str = ""


STEPS: tuple[Step, ...] = (
    Step("pv_fcff", "Cash flows of the years", 1, "inputs-growth"),
    Step("pv_terminal", "Terminal value", 1, "inputs-terminal_growth"),
    Step("sum_pv", "Enterprise value", 0),
    Step("failure_loss", "Expected loss in failure", -1, "inputs-failure_probability"),
    Step("operating_assets", "Operating assets", 0),
    Step("debt", "Debt", -1, "inputs-debt"),
    Step("minority_interest", "Minority interest", -1, "inputs-minority_interest"),
    Step("cash", "Cash", 1, "inputs-cash"),
    Step("non_operating_assets", "Non-operating assets", 1, "inputs-non_operating_assets"),
    Step("equity", "Equity", 0),
    Step("employee_options", "Employee options", -1, "employee_options-count"),
    Step("common_equity", "Common equity", 0),
    Step("shares", "Shares (millions)", 0, "inputs-shares"),
    Step("value_per_share", "Value per share", 0),
)
# Steps that may be nothing, and totals that then repeat the one above: shown only where the figure named is there.
QUIET = {
    "failure_loss": "failure_loss",
    "operating_assets": "failure_loss",
    "minority_interest": "minority_interest",
    "non_operating_assets": "non_operating_assets",
    "employee_options": "employee_options",
    "common_equity": "employee_options",
}


@dataclass(frozen=True)
class BridgeRow:
    """One printed line; ``x`` and ``width`` are empty where no bar belongs."""

    name: str
    label: str
    amount: str
    formula: str
    field: str
    is_total: bool
    tone: str
    x: str = ""
    width: str = ""


def bridge_rows(bridge: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[BridgeRow, ...]:
    """The lines that matter: steps of nothing are left out, and totals that repeat the one above."""
    running, spans = 0.0, {}
    for step in STEPS[:-2]:
        amount = abs(float(bridge.get(step.name) or 0.0)) if step.sign < 0 else float(bridge.get(step.name) or 0.0)
        start = 0.0 if step.sign == 0 else running
        running = amount if step.sign == 0 else running + step.sign * amount
        spans[step.name] = (start, running)
    scale = Scale.over([end for span in spans.values() for end in span])
    shown = [step for step in STEPS if step.name not in QUIET or bridge.get(QUIET[step.name])]
    return tuple(row(step, bridge, document, spans.get(step.name), scale) for step in shown)


def row(
    step: Step,
    bridge: Mapping[str, Any],
    document: Mapping[str, Any],
    span: tuple[float, float] | None,
    scale: Scale,
) -> BridgeRow:
    value = float(bridge.get(step.name) or 0.0)
    digits = digits_for(value) if step.name == "value_per_share" else 1
    amount = f"{MINUS} {format_number(abs(value), digits)}" if step.sign < 0 else format_number(value, digits)
    x, width = scale.span(*span) if span else ("", "")
    tone = "total" if step.sign == 0 else "down" if step.sign < 0 else "up"
    formula = formula_of(step.name, bridge, document)
    return BridgeRow(
        step.name, step.label, amount, formula, step.field, step.sign == 0 and step.name != "shares", tone, x, width
    )


def formula_of(name: str, bridge: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """The formula of a total with its figures filled in."""
    inputs = document.get("inputs") or {}
    figure = {key: format_number(value, 1) for key, value in bridge.items() if isinstance(value, (int, float))}
    if name == "sum_pv":
        return f"{figure['pv_fcff']} + {figure['pv_terminal']}"
    if name == "failure_loss":
        chance, saved = inputs.get("failure_probability") or 0.0, inputs.get("failure_proceeds") or 0.0
        return f"{figure['sum_pv']} × {format_percent(chance)} × (1 {MINUS} {format_percent(saved)})"
    if name == "operating_assets":
        return f"{figure['sum_pv']} {MINUS} {format_number(abs(bridge.get('failure_loss') or 0.0), 1)}"
    if name == "equity":
        parts = [figure["operating_assets"]]
        for key, sign in (("debt", MINUS), ("minority_interest", MINUS), ("cash", "+"), ("non_operating_assets", "+")):
            parts += [sign, format_number(abs(bridge[key]), 1)] if bridge.get(key) else []
        return " ".join(parts)
    if name == "common_equity":
        return f"{figure['equity']} {MINUS} {format_number(abs(bridge['employee_options']), 1)}"
    if name == "value_per_share":
        return f"{figure['common_equity']} / {figure['shares']}"
    return ""
