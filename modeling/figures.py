"""What a yearly statement says, as plain data: the concepts and their definitions, one year of figures. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

MILLION = 1_000_000


@dataclass(frozen=True)
class Concept:
    """A line of the statements: over a period (a flow) or at its end (a level), in money or in shares."""

    name: str
    label: str
    kind: Literal["flow", "level"]
    measure: Literal["money", "shares"]
    definition: str = ""


def _declare(*concepts: Concept) -> dict[str, Concept]:
    return {concept.name: concept for concept in concepts}


CONCEPTS: dict[str, Concept] = _declare(
    Concept("revenue", "Revenue", "flow", "money"),
    Concept(
        "operating_income",
        "Operating income (EBIT)",
        "flow",
        "money",
        "As reported, stock compensation counted as an expense.",
    ),
    Concept("pretax_income", "Income before tax", "flow", "money"),
    Concept("income_tax", "Income tax", "flow", "money", "The provision; negative where it is a benefit."),
    Concept("net_income", "Net income", "flow", "money", "Attributable to the company's own shareholders."),
    Concept("research_and_development", "Research and development", "flow", "money"),
    Concept("stock_compensation", "Stock compensation", "flow", "money"),
    Concept("capital_expenditure", "Capital expenditure", "flow", "money"),
    Concept("depreciation", "Depreciation and amortization", "flow", "money"),
    Concept(
        "cash_and_short_term_investments",
        "Cash and short-term investments",
        "level",
        "money",
        "Cash, cash equivalents and investments due within a year.",
    ),
    Concept(
        "non_operating_investments",
        "Long-term investments",
        "level",
        "money",
        "Securities and investments held beyond a year, outside operations.",
    ),
    Concept(
        "debt", "Debt", "level", "money", "Interest-bearing debt as reported, operating and finance leases included."
    ),
    Concept("minority_interest", "Minority interest", "level", "money"),
    Concept("equity", "Shareholders' equity", "level", "money", "Without minority interest."),
    Concept("shares_diluted", "Diluted shares", "flow", "shares", "Weighted average over the year."),
    Concept("shares_basic", "Basic shares", "flow", "shares", "Weighted average over the year."),
    Concept("shares_outstanding", "Shares outstanding", "level", "shares", "At the year's end."),
)


@dataclass(frozen=True)
class Figure:
    """One reported number, in millions (of money or of shares), with where it comes from."""

    value: float
    tag: str = ""
    form: str = ""
    filed: date | None = None
    source: str = ""


@dataclass(frozen=True)
class YearFigures:
    """A fiscal year's figures by concept; a concept that was not reported is absent."""

    start: date
    end: date
    currency: str = "USD"
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """``FY2024``: the year in which it ends; a 52-week year ending in the first days of January counts back."""
        year = self.end.year - 1 if (self.end.month, self.end.day) <= (1, 7) else self.end.year
        return f"FY{year}"

    def get(self, concept: str) -> float | None:
        """The figure in millions, None where it was not reported."""
        figure = self.figures.get(concept)
        return None if figure is None else figure.value

    def sum(self, *concepts: str) -> float:
        """The total in millions, counting what was not reported as nothing."""
        return sum(self.get(concept) or 0.0 for concept in concepts)

    def source(self, concept: str) -> str:
        """Where the figure comes from, in words."""
        figure = self.figures.get(concept)
        if figure is None:
            return ""
        label = "" if self.label in figure.source else self.label
        filing = f"{figure.form} filed {figure.filed}" if figure.filed else ""
        return ", ".join(part for part in (label, filing, figure.source) if part)

    @property
    def invested_capital(self) -> float | None:
        """Equity, minority interest and debt, less cash and long-term investments, in millions."""
        if self.get("equity") is None or self.get("cash_and_short_term_investments") is None:
            return None
        employed = self.sum("equity", "minority_interest", "debt")
        return employed - self.sum("cash_and_short_term_investments", "non_operating_investments")

    @property
    def share_concept(self) -> str | None:
        """Which share count to divide by: diluted where available, else basic, else outstanding."""
        for concept in ("shares_diluted", "shares_basic", "shares_outstanding"):
            if (self.get(concept) or 0) > 0:
                return concept
        return None
