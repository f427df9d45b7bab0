"""The workbench's inputs, declared once: path in the document, label, kind, and the group they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["rate", "money", "number", "years", "date", "text", "choice", "flag", "moneys"]


@dataclass(frozen=True)
class Field:
    """One input. Its name in the form is its path in the document; ids replace the dots.

    ``slip`` is the magnitude under which a typed rate looks like a percent sign forgotten ("0.08" for 8 %).
    """

    path: str
    label: str
    kind: Kind
    short: str = ""
    hint: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    slip: float = 0.01

    @property
    def key(self) -> str:
        """The path as part of an HTML id."""
        return self.path.replace(".", "-")

    @property
    def name(self) -> str:
        """The last part of the path, the driver's name for an input."""
        return self.path.rpartition(".")[2]

    @property
    def is_driver(self) -> bool:
        """Whether it may be uncertain: every number of ``inputs`` that is not a count of years."""
        return self.path.startswith("inputs.") and self.kind != "years"

    @property
    def summary_label(self) -> str:
        return self.short or self.label.lower()


@dataclass(frozen=True)
class Group:
    """A closed block of inputs; ``prefix`` is set when the whole block may be left out of the document."""

    name: str
    title: str
    fields: tuple[Field, ...]


def _rate(
    path: str, label: str, short: str = "", hint: str = "", required: bool = False, *, slip: float = 0.01
) -> Field:
    return Field(path, label, "rate", short, hint, required, (), slip)


def _money(path: str, label: str, short: str = "", hint: str = "", required: bool = False) -> Field:
    return Field(path, label, "money", short, hint, required)


SIGHT = Group(
    "drivers",
    "Drivers",
    (
        _rate("inputs.growth", "Revenue growth", "growth", "a year, through the high-growth years", True),
        _rate("inputs.operating_margin", "Operating margin", "margin", "EBIT over revenue, reached by the ramp", True),
        Field(
            "inputs.sales_to_capital",
            "Sales to capital",
            "number",
            "sales to capital",
            "revenue won per unit of money reinvested",
            True,
        ),
        _rate("inputs.tax_rate", "Tax rate", "tax", "on operating profit", True),
        _rate("inputs.cost_of_capital", "Cost of capital (WACC)", "WACC", "through the high-growth years", True),
        _rate(
            "inputs.terminal_growth", "Terminal growth", "terminal growth", "a year, for ever after", True, slip=0.002
        ),
    ),
)

BASE = Group(
    "base",
    "Base year",
    (
        _money("inputs.base_revenue", "Revenue", "revenue", "of the last fiscal year", True),
        _money("inputs.base_ebit", "Operating income (EBIT)", "EBIT", "of the last fiscal year", True),
        _money("inputs.invested_capital", "Invested capital", "capital", "for the implied return; may stay empty"),
    ),
)

TERMINAL = Group(
    "terminal",
    "Terminal",
    (
        Field(
            "terminal_method",
            "Terminal value by",
            "choice",
            "by",
            "",
            True,
            (("gordon", "perpetual growth"), ("exit_multiple", "exit multiple")),
        ),
        _rate("inputs.terminal_tax_rate", "Terminal tax rate", "tax", "empty: as before"),
        _rate("inputs.terminal_cost_of_capital", "Terminal cost of capital", "WACC", "empty: as before"),
        _rate("inputs.terminal_roic", "Terminal return on capital", "ROIC", "empty: the terminal cost of capital"),
        Field("inputs.exit_multiple", "Exit multiple", "number", "multiple", "enterprise value over final EBIT"),
        _rate(
            "minimum_spread",
            "Smallest spread",
            "spread at least",
            "cost of capital less growth, in a simulation",
            slip=0.001,
        ),
    ),
)

LOSSES = Group(
    "losses",
    "Losses and failure",
    (
        _money("inputs.net_operating_losses", "Losses carried forward", "losses"),
        _rate("inputs.failure_probability", "Probability of failure", "failure", slip=0.001),
        _rate("inputs.failure_proceeds", "Proceeds in failure", "proceeds", "of the present value"),
        Field("limited_liability", "Limited liability", "flag", "", "a trial's equity can't fall below nothing"),
    ),
)

CLAIMS = Group(
    "claims",
    "Debt, cash and shares",
    (
        _money("inputs.debt", "Debt", "debt", "as reported", True),
        _money("inputs.cash", "Cash and short-term investments", "cash", "", True),
        _money("inputs.minority_interest", "Minority interest", "minority interest"),
        _money("inputs.non_operating_assets", "Non-operating assets", "other assets"),
        _money("inputs.shares", "Shares", "shares", "in millions", True),
        Field("debt_includes_leases", "Debt includes lease liabilities", "flag", "leases in debt"),
    ),
)

PRICE = Group(
    "price",
    "Price",
    (
        Field("price.value", "Market price", "number", "", "a share, in the company's currency"),
        Field("price.date", "Date of the price", "date", "", "year-month-day"),
        Field("price.source", "Source of the price", "text", ""),
    ),
)

OPTIONS = Group(
    "options",
    "Employee options",
    (
        _money("employee_options.count", "Options outstanding", "count", "in millions"),
        Field("employee_options.strike", "Average strike", "number", "strike"),
        Field("employee_options.maturity", "Average maturity", "number", "maturity", "in years"),
        _rate("employee_options.volatility", "Volatility", "volatility"),
        _rate("employee_options.risk_free", "Risk-free rate", "risk-free", slip=0.001),
        _rate("employee_options.dividend_yield", "Dividend yield", "yield", slip=0.001),
        Field(
            "employee_options.valued",
            "Valued at",
            "choice",
            "valued",
            "",
            False,
            (("at_price", "the market price"), ("at_value", "the value found")),
        ),
    ),
)

_RD, _LEASE = "adjustments.research_and_development", "adjustments.operating_leases"
ADJUSTMENTS = Group(
    "adjustments",
    "R&D and leases",
    (
        Field(f"{_RD}.amortisation_life", "R&D: life", "years", "R&D over"),
        _money(f"{_RD}.current", "R&D: this year", "R&D"),
        Field(f"{_RD}.past", "R&D: past years", "moneys", "", "newest first, set apart by semicolons"),
        Field(f"{_LEASE}.commitments", "Leases: commitments", "moneys", "leases", "years 1, 2, ... by semicolons"),
        _money(f"{_LEASE}.beyond", "Leases: beyond those years", "beyond"),
        Field(f"{_LEASE}.years_beyond", "Leases: years beyond", "years", "years beyond"),
        _rate(f"{_LEASE}.pretax_cost_of_debt", "Leases: cost of debt", "cost of debt", "before tax"),
        _money(f"{_LEASE}.current_expense", "Leases: this year's expense", "expense"),
    ),
)

TIMING = Group(
    "timing",
    "Timing",
    (
        Field("name", "Name of the valuation", "text", "", "", True),
        Field("valuation_date", "Value as of", "date", "as of", "the last fiscal year's end", True),
        Field("inputs.high_growth_years", "High-growth years", "years", "growth", "", True),
        Field("inputs.fade_years", "Fade years", "years", "fade", "down to the terminal figures", True),
        Field("inputs.margin_ramp_years", "Margin ramp", "years", "margin ramp", "until the target margin", True),
    ),
)

GROUPS: tuple[Group, ...] = (BASE, TERMINAL, LOSSES, CLAIMS, PRICE, OPTIONS, ADJUSTMENTS, TIMING)

# Blocks of the document that are left out as a whole when none of their texts is filled in.
BLOCKS = ("price", "employee_options", _RD, _LEASE)


def all_fields() -> Iterator[Field]:
    for group in (SIGHT, *GROUPS):
        yield from group.fields


FIELDS: dict[str, Field] = {field.path: field for field in all_fields()}
DRIVERS: dict[str, Field] = {field.name: field for field in FIELDS.values() if field.is_driver}
