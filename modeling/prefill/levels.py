"""What a first valuation takes over from the latest statements as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from modeling.figures import CONCEPTS, YearFigures
from modeling.prefill.suggestion import History, Suggestion, amount, assumed, empty

ASSUMED_MARGIN = 0.15
SHOWN_YEARS = 6


def reported_levels(years: Sequence[YearFigures]) -> dict[str, Suggestion]:
    return {
        "base_revenue": reported(years, "revenue"),
        "base_ebit": base_ebit(years),
        "invested_capital": invested_capital(years),
        "debt": reported(years, "debt"),
        "minority_interest": reported(years, "minority_interest"),
        "cash": reported(years, "cash_and_short_term_investments"),
        "non_operating_assets": reported(years, "non_operating_investments"),
        "shares": shares(years),
    }


def series(years: Sequence[YearFigures], concept: str) -> History:
    """The reported figures of the last years, oldest first."""
    known = ((year.label, year.get(concept)) for year in years[-SHOWN_YEARS:])
    return tuple((label, value) for label, value in known if value is not None)


def reported(years: Sequence[YearFigures], concept: str) -> Suggestion:
    """The latest year's figure; nothing stated counts as none."""
    latest = years[-1]
    label = CONCEPTS[concept].label
    value = latest.get(concept)
    if value is None:
        return assumed(0.0, f"{label}: the statements of {latest.label} name none.", series(years, concept))
    return Suggestion(
        value,
        "reported",
        formula=f"{label} of {latest.label}: {amount(value, 1)}",
        source=latest.source(concept),
        history=series(years, concept),
        reason=CONCEPTS[concept].definition,
    )


def base_ebit(years: Sequence[YearFigures]) -> Suggestion:
    """Operating income as reported, else income before tax, else an assumed margin on revenue."""
    latest = years[-1]
    if latest.get("operating_income") is not None:
        return reported(years, "operating_income")
    pretax = latest.get("pretax_income")
    if pretax is not None:
        return Suggestion(
            pretax,
            "history",
            formula=f"Income before tax of {latest.label}: {amount(pretax, 1)}",
            source=latest.source("pretax_income"),
            history=series(years, "pretax_income"),
            reason="No operating income is reported: income before tax, which includes interest, stands in for it.",
        )
    return assumed(
        round(latest.sum("revenue") * ASSUMED_MARGIN, 3), "No operating income is reported: 15 % of revenue is taken."
    )


def invested_capital(years: Sequence[YearFigures]) -> Suggestion:
    latest = years[-1]
    value = latest.invested_capital
    if value is None:
        return empty(f"The statements of {latest.label} lack equity or cash: the implied return can't be shown.")
    if value <= 0:
        return empty(
            f"Equity and debt less cash and investments come to {amount(value)} in {latest.label}: "
            "no return can be measured on less than nothing."
        )
    parts = [
        f"{sign} {CONCEPTS[name].label.lower()} {amount(latest.sum(name), 1)}"
        for sign, name in (
            ("+", "equity"),
            ("+", "minority_interest"),
            ("+", "debt"),
            ("\N{MINUS SIGN}", "cash_and_short_term_investments"),
            ("\N{MINUS SIGN}", "non_operating_investments"),
        )
    ]
    known = ((year.label, year.invested_capital) for year in years[-SHOWN_YEARS:])
    return Suggestion(
        round(value, 3),
        "history",
        formula=f"{' '.join(parts).removeprefix('+ ').capitalize()} = {amount(value, 1)}",
        source=latest.source("equity"),
        history=tuple((label, capital) for label, capital in known if capital is not None),
        reason="Only the implied return on capital uses it; the value does not.",
    )


def shares(years: Sequence[YearFigures]) -> Suggestion:
    """Diluted shares where available for the latest year, else basic, else outstanding; labelled."""
    latest = years[-1]
    concept = latest.share_concept
    if concept is None:
        return empty(f"The statements of {latest.label} hold no share count: enter one.")
    label = CONCEPTS[concept].label
    reasons = {
        "shares_diluted": "Weighted average over the year, options and other rights counted in.",
        "shares_basic": "No diluted count is reported for this year: options and other rights are left out.",
        "shares_outstanding": "No average count is reported for this year: the count at its end, undiluted.",
    }
    reason = reasons[concept]
    if concept == "shares_diluted" and latest.sum("net_income") < 0:
        reason = "In a year of loss the diluted count leaves out options and other rights: the true one is higher."
    value = latest.sum(concept)
    return Suggestion(
        value,
        "reported",
        formula=f"{label} of {latest.label}: {amount(value, 1)}m",
        source=latest.source(concept),
        history=series(years, concept),
        reason=reason,
    )
