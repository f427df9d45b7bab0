"""Companies with what the user knows about them, and a company's statements as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery

from modeling import selectors
from modeling.figures import CONCEPTS, Concept, Figure, YearFigures
from modeling.models import Company, Run, Valuation
from modeling.presenters.results import RangeBar, per_share, price_of, range_bar
from modeling.selectors import Latest
from valor.lib.numbers import format_money, format_number, format_percent


@dataclass(frozen=True)
class CompanyRow:
    """One company of the list: its latest figures, and the user's latest valuation and run."""

    company: Company
    year: str
    revenue: str
    ebit: str
    valuation: Valuation | None
    run: Run | None
    bar: RangeBar | None
    chance: str
    price: str


@dataclass(frozen=True)
class StatementRow:
    """A line of the statements over the years, with where its latest figure comes from."""

    label: str
    definition: str
    cells: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Statements:
    """``columns`` are the label and the end of each year."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[StatementRow, ...]
    source: str


@dataclass(frozen=True)
class ValuationRow:
    valuation: Valuation
    run: Run | None
    bar: RangeBar | None
    chance: str


def newest_valuations(user: Any) -> list[Valuation]:
    """The user's valuations, the latest change first, each with the id of its newest finished run."""
    finished = Run.objects.filter(valuation=OuterRef("pk"), result__isnull=False).order_by("-number")
    return list(selectors.valuations_for(user).annotate(newest_run=Subquery(finished.values("pk")[:1])))


def runs_by_id(valuations: Iterable[Valuation]) -> Mapping[int, Run]:
    ids = [valuation.newest_run for valuation in valuations if valuation.newest_run]  # type: ignore[attr-defined]
    return Run.objects.only("valuation_id", "number", "result", "document").in_bulk(ids)


def company_rows(user: Any) -> list[CompanyRow]:
    """Every company the user may see, in four queries however many there are."""
    companies = list(selectors.companies_for(user))
    figures = selectors.latest_figures(companies)
    latest: dict[int | None, Valuation] = {}
    for valuation in newest_valuations(user):
        latest.setdefault(valuation.company_id, valuation)
    runs = runs_by_id(latest.values())
    return [company_row(company, figures.get(company.pk, {}), latest.get(company.pk), runs) for company in companies]


def company_row(
    company: Company, figures: Mapping[str, Latest], valuation: Valuation | None, runs: Mapping[int, Run]
) -> CompanyRow:
    revenue, ebit = figures.get("revenue"), figures.get("operating_income")
    run = runs.get(valuation.newest_run) if valuation else None  # type: ignore[attr-defined]
    price = price_of(valuation.document) if valuation else None
    return CompanyRow(
        company=company,
        year=str(revenue.period_end) if revenue else "",
        revenue=amount(revenue, company.currency),
        ebit=amount(ebit if revenue and ebit and ebit.period_end == revenue.period_end else None, company.currency),
        valuation=valuation,
        run=run,
        bar=bar_of(run),
        chance=chance_of(run),
        price=per_share(price) if price is not None else "",
    )


def amount(figure: Latest | None, currency: str) -> str:
    return format_money(figure.value, currency, "units") if figure else "–"


def bar_of(run: Run | None) -> RangeBar | None:
    if run is None or not run.result:
        return None
    marks = run.result["percentiles"]
    return range_bar(marks["p10"], marks["p50"], marks["p90"], run.result.get("price"))


def chance_of(run: Run | None) -> str:
    chance = run.result.get("probability_above_price") if run and run.result else None
    return format_percent(chance, 0) if chance is not None else ""


def valuation_rows(user: Any, company: Company) -> list[ValuationRow]:
    """The user's valuations of one company with their newest finished run."""
    valuations = [valuation for valuation in newest_valuations(user) if valuation.company_id == company.pk]
    runs = runs_by_id(valuations)
    rows = []
    for valuation in valuations:
        run = runs.get(valuation.newest_run)  # type: ignore[attr-defined]
        rows.append(ValuationRow(valuation, run, bar_of(run), chance_of(run)))
    return rows


def statements_table(years: Sequence[YearFigures]) -> Statements:
    """The yearly statements, newest year on the right, in millions."""
    concepts = [concept for concept in CONCEPTS.values() if any(year.get(concept.name) is not None for year in years)]
    sources = Counter(newest_figure(concept, years).source for concept in concepts)
    usual = sources.most_common(1)[0][0] if sources else ""
    return Statements(
        columns=tuple((year.label, year.end.isoformat()) for year in years),
        rows=tuple(statement_row(concept, years, usual) for concept in concepts),
        source=usual,
    )


def newest_figure(concept: Concept, years: Sequence[YearFigures]) -> Figure:
    return next(figure for year in reversed(years) if (figure := year.figures.get(concept.name)))


def statement_row(concept: Concept, years: Sequence[YearFigures], usual: str) -> StatementRow:
    values = [year.get(concept.name) for year in years]
    digits = 0 if all(value is None or value == int(value) for value in values) else 1
    cells = tuple(format_number(value, digits) for value in values)
    label = f"{concept.label}, millions" if concept.measure == "shares" else concept.label
    return StatementRow(label, concept.definition, cells, origin(newest_figure(concept, years), usual))


def origin(figure: Figure, usual: str) -> str:
    """Where a figure comes from: tag, form, date of filing, and the source where it is not the usual one."""
    filed = f"filed {figure.filed}" if figure.filed else ""
    form = " ".join(part for part in (figure.form, filed) if part)
    source = "" if figure.source == usual else figure.source
    return ", ".join(part for part in (figure.tag, form, source) if part)
