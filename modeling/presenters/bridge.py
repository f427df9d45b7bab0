"""From enterprise value to value per share: each step with its amount, its bar and its formula filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modeling.presenters.formula import Formula
from modeling.presenters.scale import Scale, digits_for
from modeling.presenters.totals import STEPS, Figures, Step, formula_of
from valor.lib.numbers import MINUS, format_number

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
    formula: Formula
    field: str
    is_total: bool
    tone: str
    x: str = ""
    width: str = ""


def bridge_rows(bridge: Mapping[str, Any], figures: Figures) -> tuple[BridgeRow, ...]:
    """The lines that matter: steps of nothing are left out, and totals that repeat the one above."""
    running, spans = 0.0, {}
    for step in STEPS[:-2]:
        amount = abs(float(bridge.get(step.name) or 0.0)) if step.sign < 0 else float(bridge.get(step.name) or 0.0)
        start = 0.0 if step.sign == 0 else running
        running = amount if step.sign == 0 else running + step.sign * amount
        spans[step.name] = (start, running)
    scale = Scale.over([end for span in spans.values() for end in span])
    shown = [step for step in STEPS if step.name not in QUIET or bridge.get(QUIET[step.name])]
    return tuple(row(step, bridge, figures, spans.get(step.name), scale) for step in shown)


def row(
    step: Step,
    bridge: Mapping[str, Any],
    figures: Figures,
    span: tuple[float, float] | None,
    scale: Scale,
) -> BridgeRow:
    value = float(bridge.get(step.name) or 0.0)
    digits = digits_for(value) if step.name == "value_per_share" else 1
    amount = f"{MINUS} {format_number(abs(value), digits)}" if step.sign < 0 else format_number(value, digits)
    x, width = scale.span(*span) if span else ("", "")
    tone = "total" if step.sign == 0 else "down" if step.sign < 0 else "up"
    formula = formula_of(step.name, figures)
    return BridgeRow(
        step.name, step.label, amount, formula, step.field, step.sign == 0 and step.name != "shares", tone, x, width
    )
