"""Drivers that a company's own history suggests, by formulas that are shown and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from modeling.figures import YearFigures
from modeling.prefill.levels import ASSUMED_MARGIN, SHOWN_YEARS
from modeling.prefill.suggestion import History, Suggestion, amount, assumed, bounded, percent

GROWTH_BOUNDS = (0.0, 0.30)
MARGIN_BOUNDS = (0.01, 0.40)
SALES_TO_CAPITAL_BOUNDS = (0.5, 3.0)
TAX_BOUNDS = (0.10, 0.35)
ASSUMED_GROWTH = 0.05
ASSUMED_SALES_TO_CAPITAL = 1.5
ASSUMED_TAX = 0.25
# Growth and capital are measured over the last three steps: long enough to smooth, short enough to be today's company.
STEPS = 3


def source_of(years: Sequence[YearFigures], concept: str) -> str:
    first, last = years[0], years[-1]
    figure = last.figures.get(concept)
    return f"{first.label} to {last.label}" + (f", {figure.source}" if figure and figure.source else "")


def elapsed(first: YearFigures, last: YearFigures) -> int:
    """The years between two year ends."""
    return max(1, round((last.end - first.end).days / 365.25))


def growth(years: Sequence[YearFigures]) -> Suggestion:
    """The mean of last year's growth and the compound growth of the last three years."""
    known = [year for year in years if (year.get("revenue") or 0) > 0]
    if len(known) < 2:
        return assumed(ASSUMED_GROWTH, "One year of revenue shows no growth.")
    window = known[-STEPS - 1 :]
    first, previous, latest = window[0], window[-2], window[-1]
    recent = annual_growth(previous, latest)
    compound = annual_growth(first, latest)
    mean = (recent + compound) / 2
    value = bounded(mean, GROWTH_BOUNDS, 3)
    span = elapsed(first, latest)
    low, high = (percent(bound) for bound in GROWTH_BOUNDS)
    return Suggestion(
        value,
        "history",
        formula=(
            f"Mean of last year's growth {amount(latest.sum('revenue'))} / {amount(previous.sum('revenue'))} "
            f"\N{MINUS SIGN} 1 = {percent(recent)} and the compound growth since {first.label} "
            f"({amount(latest.sum('revenue'))} / {amount(first.sum('revenue'))})^(1/{span}) "
            f"\N{MINUS SIGN} 1 = {percent(compound)}: {percent(mean)}, kept within {low} and {high}"
        ),
        source=source_of(window, "revenue"),
        history=tuple(
            (year.label, annual_growth(before, year)) for before, year in pairwise(known[-SHOWN_YEARS - 1 :])
        ),
        reason=kept(mean, GROWTH_BOUNDS),
    )


def annual_growth(before: YearFigures, after: YearFigures) -> float:
    return float((after.sum("revenue") / before.sum("revenue")) ** (1 / elapsed(before, after)) - 1)


def kept(value: float, bounds: tuple[float, float]) -> str:
    """Why the value differs from its formula, empty where it does not."""
    if value > bounds[1]:
        return "The upper bound holds: the formula gives more than is usually kept up for years."
    if value < bounds[0]:
        return "The lower bound holds: the formula gives less."
    return ""


def operating_margin(years: Sequence[YearFigures]) -> Suggestion:
    """The mean EBIT margin of the last three years; an assumed one where that is a loss."""
    known = [year for year in years if (year.get("revenue") or 0) > 0 and year.get("operating_income") is not None]
    margins = tuple((year.label, year.sum("operating_income") / year.sum("revenue")) for year in known[-SHOWN_YEARS:])
    if not margins:
        return assumed(ASSUMED_MARGIN, "No operating income is reported.")
    recent = margins[-STEPS:]
    mean = sum(margin for _, margin in recent) / len(recent)
    if mean <= 0:
        reason = (
            f"The last margins average {percent(mean)}: what a company earns once it is grown can't be read from its "
            f"losses. {percent(ASSUMED_MARGIN)} is about what grown companies earn; judge it against its peers."
        )
        return assumed(ASSUMED_MARGIN, reason, margins)
    low, high = (percent(bound) for bound in MARGIN_BOUNDS)
    terms = ", ".join(f"{label} {percent(margin)}" for label, margin in recent)
    return Suggestion(
        bounded(mean, MARGIN_BOUNDS, 3),
        "history",
        formula=f"Mean of operating income / revenue: {terms} = {percent(mean)}, kept within {low} and {high}",
        source=source_of(known[-STEPS:], "operating_income"),
        history=margins,
        reason=kept(mean, MARGIN_BOUNDS),
    )


def sales_to_capital(years: Sequence[YearFigures]) -> Suggestion:
    """Revenue gained per unit of invested capital gained, else the latest ratio of the two."""
    known = [(year, capital) for year in years[-STEPS - 1 :] if (capital := year.invested_capital) is not None]
    ratios: History = tuple((year.label, year.sum("revenue") / capital) for year, capital in known if capital > 0)
    if not known:
        return assumed(ASSUMED_SALES_TO_CAPITAL, "The statements lack equity or cash, so invested capital is unknown.")
    (first, capital_then), (latest, capital_now) = known[0], known[-1]
    revenue_gained = latest.sum("revenue") - first.sum("revenue")
    capital_gained = capital_now - capital_then
    if revenue_gained > 0 and capital_gained > 0:
        ratio = revenue_gained / capital_gained
        words = (
            f"Revenue gained since {first.label} / invested capital gained = "
            f"{amount(revenue_gained)} / {amount(capital_gained)} = {amount(ratio, 2)}"
        )
    elif capital_now > 0:
        ratio = latest.sum("revenue") / capital_now
        words = (
            f"Revenue / invested capital of {latest.label} = "
            f"{amount(latest.sum('revenue'))} / {amount(capital_now)} = {amount(ratio, 2)}"
        )
    else:
        return assumed(
            ASSUMED_SALES_TO_CAPITAL,
            f"Invested capital is {amount(capital_now)} in {latest.label}: it shows no ratio.",
            ratios,
        )
    low, high = SALES_TO_CAPITAL_BOUNDS
    reason = "The bound holds: invested capital is small or moved little, so the ratio says little."
    return Suggestion(
        bounded(ratio, SALES_TO_CAPITAL_BOUNDS, 2),
        "history",
        formula=f"{words}, kept within {low} and {high}",
        source=source_of([first, latest], "equity"),
        history=ratios,
        reason="" if low <= ratio <= high else reason,
    )


def tax_rate(years: Sequence[YearFigures]) -> Suggestion:
    """Taxes over income before tax, summed over the years in which both are positive."""
    rates: History = tuple(
        (year.label, year.sum("income_tax") / pretax)
        for year in years[-SHOWN_YEARS:]
        if (pretax := year.get("pretax_income")) and pretax > 0 and year.get("income_tax") is not None
    )
    taxed = [
        year
        for year in years[-SHOWN_YEARS:]
        if (year.get("pretax_income") or 0) > 0 and (year.get("income_tax") or 0) > 0
    ]
    if not taxed:
        return assumed(ASSUMED_TAX, "No year with both a profit and a tax on it: near the statutory rates.", rates)
    taxes, income = (sum(year.sum(concept) for year in taxed) for concept in ("income_tax", "pretax_income"))
    low, high = (percent(bound) for bound in TAX_BOUNDS)
    return Suggestion(
        bounded(taxes / income, TAX_BOUNDS, 3),
        "history",
        formula=(
            f"Income tax / income before tax of {', '.join(year.label for year in taxed)} = "
            f"{amount(taxes)} / {amount(income)} = {percent(taxes / income)}, kept within {low} and {high}"
        ),
        source=source_of(taxed, "income_tax"),
        history=rates,
        reason=kept(taxes / income, TAX_BOUNDS),
    )
