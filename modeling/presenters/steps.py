"""One year of the yearly table, step by step: each figure with its formula filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from modeling.forms.fields import FIELDS
from modeling.forms.texts import plain
from modeling.presenters.formula import Formula, Term, formula, money, rate, typed
from valor.lib.numbers import MINUS, format_number

FACTOR_DIGITS = 4


@dataclass(frozen=True)
class Way:
    """How a driver gets from its first figure to its last: over *steps* years, after it was held for *hold*."""

    start: Term
    end: Term
    hold: int
    steps: int

    def at(self, year: int) -> Formula:
        taken = year - self.hold
        if taken <= 0 or self.start == self.end:
            return (self.start,)
        if taken >= self.steps:
            return (self.end,)
        pattern = f"{{start}} + ({{end}} {MINUS} {{start}}) × {taken}/{self.steps}"
        return formula(pattern, start=self.start, end=self.end)


class Year:
    """The formulas of one year; *rows* are the figures of all years by name, *inputs* those of the document."""

    def __init__(self, number: int, rows: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        self.number, self.rows, self.inputs = number, rows, inputs

    def formula_of(self, name: str) -> Formula:
        found: Formula = getattr(self, name)()
        return found

    def given(self, name: str) -> Term:
        """A driver as it was typed."""
        path, value = f"inputs.{name}", float(self.inputs[name])
        shown = {"money": money, "rate": rate}.get(FIELDS[path].kind, plain)
        return typed(path, shown(value))

    def here(self, name: str, label: str) -> Term:
        """A figure of this year, which has its own formula."""
        value = self.rows[name][self.number - 1]
        text = rate(value) if name in ("growth", "margin", "tax_rate", "cost_of_capital") else money(value)
        return Term(text, label, f"#step-{name}")

    def before(self, name: str, label: str, first: str) -> Term:
        """The figure of the year before; before the first year that of the base year."""
        if self.number > 1:
            return Term(money(self.rows[name][self.number - 2]), f"{label} of the year before")
        return self.given(first) if self.inputs.get(first) is not None else Term("0.0", label)

    @cached_property
    def stages(self) -> tuple[int, int]:
        return int(self.inputs["high_growth_years"]), int(self.inputs["fade_years"])

    def growth(self) -> Formula:
        return Way(self.given("growth"), self.given("terminal_growth"), *self.stages).at(self.number)

    def tax_rate(self) -> Formula:
        return self.staged("tax_rate", "terminal_tax_rate")

    def cost_of_capital(self) -> Formula:
        return self.staged("cost_of_capital", "terminal_cost_of_capital")

    def staged(self, first: str, last: str) -> Formula:
        """A rate that fades to a terminal figure, which follows the first one where it is not given."""
        end = first if self.inputs.get(last) is None else last
        return Way(self.given(first), self.given(end), *self.stages).at(self.number)

    def margin(self) -> Formula:
        ramp = int(self.inputs["margin_ramp_years"])
        return Way(self.base_margin(ramp), self.given("operating_margin"), 0, ramp).at(self.number)

    def base_margin(self, ramp: int) -> Term:
        """The margin that the ramp starts from. It is straight: one point and its end give its start.

        Read off the ramp and not off base EBIT over base revenue, since R&D and leases are in it.
        """
        target, first = float(self.inputs["operating_margin"]), float(self.rows["margin"][0])
        base = (first * ramp - target) / (ramp - 1) if ramp > 1 else first
        return Term(rate(base), "Margin of the base year", "#field-inputs-base_ebit")

    def revenues(self) -> Formula:
        before = self.before("revenues", "Revenue", "base_revenue")
        return formula("{before} × (1 + {growth})", before=before, growth=self.here("growth", "Revenue growth"))

    def ebit(self) -> Formula:
        margin = self.here("margin", "Operating margin")
        return formula("{revenues} × {margin}", revenues=self.here("revenues", "Revenue"), margin=margin)

    def nol(self) -> Formula:
        before = self.before("nol", "Losses carried forward", "net_operating_losses")
        pattern = f"{{before}} {MINUS} {{ebit}}, at least 0"
        return formula(pattern, before=before, ebit=self.here("ebit", "EBIT"))

    def ebit_after_tax(self) -> Formula:
        """Losses carried forward come off the profit first; a loss pays no tax."""
        ebit, tax = self.here("ebit", "EBIT"), self.here("tax_rate", "Tax rate")
        carried = self.before("nol", "Losses carried forward", "net_operating_losses")
        profit = float(self.rows["ebit"][self.number - 1])
        if profit <= 0:
            return formula("{ebit}: a loss pays no tax", ebit=ebit)
        if carried.text == "0.0":
            return formula(f"{{ebit}} × (1 {MINUS} {{tax}})", ebit=ebit, tax=tax)
        if self.rows["nol"][self.number - 1] > 0:
            return formula("{ebit}: losses of {carried} shield it", ebit=ebit, carried=carried)
        pattern = f"{{ebit}} {MINUS} {{tax}} × ({{ebit}} {MINUS} {{carried}})"
        return formula(pattern, ebit=ebit, tax=tax, carried=carried)

    def reinvestment(self) -> Formula:
        return formula(
            f"({{revenues}} {MINUS} {{before}}) / {{capital}}",
            revenues=self.here("revenues", "Revenue"),
            before=self.before("revenues", "Revenue", "base_revenue"),
            capital=self.given("sales_to_capital"),
        )

    def fcff(self) -> Formula:
        taxed, spent = self.here("ebit_after_tax", "EBIT after tax"), self.here("reinvestment", "Reinvestment")
        return formula(f"{{taxed}} {MINUS} {{spent}}", taxed=taxed, spent=spent)

    def discount_factor(self) -> Formula:
        cost = self.here("cost_of_capital", "Cost of capital")
        if self.number == 1:
            return formula("1 / (1 + {cost})", cost=cost)
        before = format_number(self.rows["discount_factor"][self.number - 2], FACTOR_DIGITS)
        return formula("{before} / (1 + {cost})", before=Term(before, "Discount factor of the year before"), cost=cost)

    def pv(self) -> Formula:
        flow = self.here("fcff", "Free cash flow")
        return formula(
            "{flow} × {factor}", flow=flow, factor=factor_term(self.rows, self.number, "#step-discount_factor")
        )


def factor_term(rows: Mapping[str, Any], year: int, href: str) -> Term:
    text = format_number(rows["discount_factor"][year - 1], FACTOR_DIGITS)
    return Term(text, f"Discount factor of year {year}", href)
