"""The steps from cash flows to the value per share, what is implied, and the formula of each with its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from modeling.forms.fields import FIELDS
from modeling.forms.texts import plain
from modeling.presenters.formula import Formula, Term, formula, money, rate, typed
from modeling.presenters.steps import factor_term
from valor.lib.numbers import MINUS


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
LABELS = {step.name: step.label for step in STEPS}
SIGNS = {step.name: step.sign for step in STEPS}
YEARLY_LABELS = {"ebit": "EBIT", "ebit_after_tax": "EBIT after tax"}


class Figures:
    """The figures of a valuation as terms: totals lead to their line of the bridge, inputs to where they are typed."""

    def __init__(self, rows: Mapping[str, Any], bridge: Mapping[str, Any], document: Mapping[str, Any]) -> None:
        self.rows, self.bridge = rows, bridge
        self.inputs: Mapping[str, Any] = document.get("inputs") or {}
        self.method = document.get("terminal_method")
        # Limited liability holds the equity at nothing.
        self.floor = ", at least 0" if document.get("limited_liability") else ""
        self.years = len(rows["pv"])

    def total(self, name: str) -> Term:
        value = abs(float(self.bridge.get(name) or 0.0)) if SIGNS[name] < 0 else float(self.bridge[name])
        path = f"inputs.{name}"
        # What is typed leads to its input at once.
        return typed(path, money(value)) if path in FIELDS else Term(money(value), LABELS[name], f"#bridge-{name}")

    def given(self, name: str) -> Term:
        return typed(f"inputs.{name}", rate(float(self.inputs.get(name) or 0.0)))

    def last(self, name: str) -> Term:
        return Term(money(self.rows[name][-1]), f"{YEARLY_LABELS[name]} of year {self.years}", "#yearly-title")

    def terminal(self, name: str) -> Term:
        """A terminal rate, or the one it follows where it is not given."""
        given = f"terminal_{name}"
        return self.given(name if self.inputs.get(given) is None else given)


def present_value(of: Figures) -> Formula:
    link = Term(f"of years 1 to {of.years}", "Present value", "#yearly-title")
    return formula("the present values {link}", link=link)


def present_terminal(of: Figures) -> Formula:
    factor = factor_term(of.rows, of.years, "#yearly-title")
    if of.method == "exit_multiple":
        multiple = typed("inputs.exit_multiple", plain(float(of.inputs["exit_multiple"])))
        return formula("{ebit} × {multiple} × {factor}", ebit=of.last("ebit"), multiple=multiple, factor=factor)
    flow = Term(money(of.rows["terminal_fcff"]), f"Cash flow of year {of.years + 1}", "#implied-terminal_fcff")
    cost, growth = of.terminal("cost_of_capital"), of.given("terminal_growth")
    pattern = f"{{flow}} / ({{cost}} {MINUS} {{growth}}) × {{factor}}"
    return formula(pattern, flow=flow, cost=cost, growth=growth, factor=factor)


def terminal_flow(of: Figures) -> Formula:
    """The cash flow of the first year after the table, from which the terminal value is capitalised."""
    return formula(
        f"{{ebit}} × (1 + {{growth}}) × (1 {MINUS} {{tax}}) × (1 {MINUS} {{growth}} / {{roic}})",
        ebit=of.last("ebit"),
        growth=of.given("terminal_growth"),
        tax=of.terminal("tax_rate"),
        roic=of.terminal("cost_of_capital") if of.inputs.get("terminal_roic") is None else of.given("terminal_roic"),
    )


def exit_multiple(of: Figures) -> Formula:
    ending = Term(
        money(of.rows["terminal_value"]), f"Terminal value at the end of year {of.years}", "#bridge-pv_terminal"
    )
    return formula("{ending} / {ebit}", ending=ending, ebit=of.last("ebit"))


def terminal_share(of: Figures) -> Formula:
    return formula("{ending} / {value}", ending=of.total("pv_terminal"), value=of.total("sum_pv"))


def final_roic(of: Figures, roic: float) -> Formula:
    """The capital that the first year starts from is what remains: research and leases may be in it."""
    reinvested = sum(of.rows["reinvestment"])
    capital = of.rows["ebit_after_tax"][-1] / roic - reinvested if roic else 0.0
    return formula(
        "{taxed} / ({capital} + {reinvested})",
        taxed=of.last("ebit_after_tax"),
        capital=typed("inputs.invested_capital", money(capital)),
        reinvested=Term(money(reinvested), "Reinvestment of all years", "#yearly-title"),
    )


def enterprise(of: Figures) -> Formula:
    return formula("{flows} + {ending}", flows=of.total("pv_fcff"), ending=of.total("pv_terminal"))


def failure_loss(of: Figures) -> Formula:
    pattern = f"{{value}} × {{chance}} × (1 {MINUS} {{saved}})"
    chance, saved = of.given("failure_probability"), of.given("failure_proceeds")
    return formula(pattern, value=of.total("sum_pv"), chance=chance, saved=saved)


def operating_assets(of: Figures) -> Formula:
    return formula(f"{{value}} {MINUS} {{loss}}", value=of.total("sum_pv"), loss=of.total("failure_loss"))


def equity(of: Figures) -> Formula:
    start = of.total("operating_assets" if of.bridge.get("failure_loss") else "sum_pv")
    found: tuple[Term, ...] = (start,)
    for name in ("debt", "minority_interest", "cash", "non_operating_assets"):
        if of.bridge.get(name):
            found += (Term(f" {MINUS if SIGNS[name] < 0 else '+'} "), of.total(name))
    return (*found, Term(of.floor)) if of.floor else found


def common_equity(of: Figures) -> Formula:
    pattern = f"{{equity}} {MINUS} {{options}}{of.floor}"
    return formula(pattern, equity=of.total("equity"), options=of.total("employee_options"))


def per_share(of: Figures) -> Formula:
    name = "common_equity" if of.bridge.get("employee_options") else "equity"
    return formula("{equity} / {shares}", equity=of.total(name), shares=of.total("shares"))


FORMULAS: dict[str, Callable[[Figures], Formula]] = {
    "pv_fcff": present_value,
    "pv_terminal": present_terminal,
    "sum_pv": enterprise,
    "failure_loss": failure_loss,
    "operating_assets": operating_assets,
    "equity": equity,
    "common_equity": common_equity,
    "value_per_share": per_share,
}


def formula_of(name: str, figures: Figures) -> Formula:
    """The formula of a step with its figures filled in; nothing for what was typed."""
    make = FORMULAS.get(name)
    return make(figures) if make else ()
