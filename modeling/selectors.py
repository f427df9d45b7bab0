"""Reads: what a user may see of companies, valuations and runs. What they may not see does not exist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from modeling.figures import CONCEPTS, MILLION, Figure, YearFigures
from modeling.models import Company, Fact, PortfolioResult, PriceImport, Run, Valuation, ValuationVersion
from modeling.prefill import Prefill, suggest
from performance.cache import cached
from tasks import selectors as job_selectors
from valor.lib.errors import NotFound

KEPT_SECONDS = 3600


def companies_for(user: Any) -> QuerySet[Company]:
    """The shared companies and the user's own imports."""
    return Company.objects.filter(Q(owner__isnull=True) | Q(owner=user.pk))


def company_for(user: Any, pk: int) -> Company:
    company = companies_for(user).filter(pk=pk).first()
    if company is None:
        raise NotFound
    return company


def revision(company: Company) -> tuple[object, ...]:
    """Changes with whatever is known of the company; whose it is stands in it, too."""
    return company.pk, company.owner_id, company.updated_at


@cached(ttl=KEPT_SECONDS, namespace="statements", key=revision)
def statements(company: Company) -> list[YearFigures]:
    """The company's fiscal years, newest last: every year with a reported revenue."""
    facts = list(Fact.objects.filter(company=company))
    by_period: dict[tuple[date | None, date], dict[str, Figure]] = defaultdict(dict)
    for fact in facts:
        by_period[fact.period_start, fact.period_end][fact.concept] = figure_of(fact)
    years = []
    for fact in facts:
        if fact.concept == "revenue" and fact.period_start:
            figures = by_period[None, fact.period_end] | by_period[fact.period_start, fact.period_end]
            ordered = {name: figures[name] for name in CONCEPTS if name in figures}
            years.append(YearFigures(fact.period_start, fact.period_end, company.currency, ordered))
    return sorted(years, key=lambda year: year.end)


@dataclass(frozen=True)
class Latest:
    """A company's last figure of one concept, in units."""

    period_end: date
    value: float


def revisions(companies: Sequence[Company]) -> list[tuple[object, ...]]:
    return [revision(company) for company in companies]


@cached(ttl=KEPT_SECONDS, namespace="companies", key=revisions)
def latest_figures(companies: Sequence[Company]) -> dict[int, dict[str, Latest]]:
    """The last revenue and operating income of each company, by its id and their concept."""
    facts = Fact.objects.filter(company__in=companies, concept__in=("revenue", "operating_income"))
    rows = facts.order_by("period_end", "pk").values_list("company_id", "concept", "period_end", "value")
    latest: dict[int, dict[str, Latest]] = defaultdict(dict)
    for company_id, concept, period_end, value in rows:
        latest[company_id][concept] = Latest(period_end, float(value))
    return dict(latest)


@cached(ttl=KEPT_SECONDS, namespace="prefill", key=revision)
def prefill_for(company: Company) -> Prefill | None:
    """What a valuation of the company would start from; None without statements."""
    years = statements(company)
    return suggest(years) if years else None


def figure_of(fact: Fact) -> Figure:
    return Figure(float(fact.value) / MILLION, fact.tag, fact.form, fact.filed, fact.source)


def valuations_for(user: Any) -> QuerySet[Valuation]:
    """The user's own valuations, the latest change first."""
    return Valuation.objects.filter(owner=user.pk).select_related("company")


def valuation_for(user: Any, pk: int) -> Valuation:
    """The user's own valuation; for everybody else, operators too, there is none."""
    valuation = valuations_for(user).filter(pk=pk).first()
    if valuation is None:
        raise NotFound
    return valuation


def versions_of(valuation: Valuation) -> QuerySet[ValuationVersion]:
    """Every saved document, the newest first."""
    return ValuationVersion.objects.filter(valuation=valuation).order_by("-version")


def runs_of(valuation: Valuation) -> QuerySet[Run]:
    """The valuation's runs, the newest first."""
    return Run.objects.filter(valuation=valuation).select_related("valuation").order_by("-number")


def run_for(user: Any, valuation_pk: int, number: int) -> Run:
    run = runs_of(valuation_for(user, valuation_pk)).filter(number=number).first()
    if run is None:
        raise NotFound
    return run


def job_states(kept: Iterable[Run | PortfolioResult | PriceImport], user: Any) -> dict[UUID | None, str]:
    """The states of the jobs that these still wait for, in one query; a job that is gone is absent."""
    waiting = {one.job_id for one in kept if one.finished_at is None and one.job_id is not None}
    if not waiting:
        return {}
    return dict(job_selectors.visible_to(user).filter(pk__in=waiting).values_list("pk", "state"))
