"""Writes: portfolios, their versions, and the results that are kept of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from modeling.models import Portfolio, PortfolioResult, PortfolioVersion, PriceSet
from modeling.portfolios.request import Request, set_of
from modeling.services.prices import uses_of_sets
from modeling.services.versions import NAME_LENGTH, Edit, locked, save_edit
from tasks import selectors as job_selectors
from tasks import services as job_services
from valor.lib.errors import NotFound


def canonical(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document checked and in its one form; raises InvalidInput with every problem."""
    from modeling.codecs.portfolio import dump_portfolio, parse_portfolio  # late: it loads NumPy, see request.py

    return dump_portfolio(parse_portfolio(document))


def name_of(document: Mapping[str, Any], prices: PriceSet | None) -> str:
    return str(document.get("name") or (f"Portfolio of {prices.name}" if prices else "Untitled portfolio"))[
        :NAME_LENGTH
    ]


@transaction.atomic
def create_portfolio(*, owner: Any, document: Mapping[str, Any], name: str = "") -> Portfolio:
    """A new portfolio at version 1. A *name* given here replaces the document's."""
    document = canonical({**document, "name": name} if name else document)
    prices = set_of(document, owner)
    portfolio = Portfolio(owner=owner, price_set=prices, name=name_of(document, prices), document=document)
    portfolio.full_clean()
    portfolio.save(force_insert=True)
    PortfolioVersion.objects.create(portfolio=portfolio, version=1, document=document)
    return portfolio


@transaction.atomic
def save_portfolio(portfolio: Portfolio, document: Mapping[str, Any], edit: Edit) -> Portfolio:
    """Saves an edit as a new version, unless somebody else saved in the meantime: see `versions.save_edit`."""
    document = canonical(document)
    stored = locked(portfolio)
    prices = set_of(document, stored.owner)
    if save_edit(stored, edit, document, name=name_of(document, prices), price_set=prices):
        PortfolioVersion.objects.create(portfolio=stored, version=stored.version, document=document)
    return stored


@transaction.atomic
def delete_portfolio(portfolio: Portfolio) -> None:
    """Removes the portfolio with its versions and results; jobs that nobody else waits for are cancelled."""
    portfolio = locked(portfolio)
    waiting = PortfolioResult.objects.filter(portfolio=portfolio, result__isnull=True, job_id__isnull=False)
    jobs = {job_id for job_id in waiting.values_list("job_id", flat=True) if job_id}
    portfolio.delete()
    needed = set(PortfolioResult.objects.filter(job_id__in=jobs, result__isnull=True).values_list("job_id", flat=True))
    for job_id in jobs - needed:
        cancel(job_id, portfolio.owner)


def cancel(job_id: UUID, owner: Any) -> None:
    try:
        job = job_selectors.job_for(owner, job_id)
    except NotFound:
        return
    if job.state in {"queued", "running"}:
        job_services.cancel(job)


def submit(request: Request, *, owner: Any, label: str = "") -> Any:
    """Queues the request; an equal one that is under way, or was done within the hour, shares its job."""
    return job_services.submit(request.kind, request.parameters(), owner=owner, label=label)


def keep_result(portfolio: Portfolio, request: Request, *, owner: Any, name: str = "") -> PortfolioResult:
    """Keeps what comes of the portfolio as it stands under the next number: a small one at once, else by a job."""
    answer = request.answer_at_once()
    with transaction.atomic():
        stored = locked(portfolio)
        job = None if answer is not None else submit(request, owner=owner, label=stored.name)
        latest = PortfolioResult.objects.filter(portfolio=stored).aggregate(latest=Max("number"))["latest"] or 0
        kept = PortfolioResult.objects.create(
            portfolio=stored,
            number=latest + 1,
            kind=request.result_kind,
            version=portfolio.version,  # that the request was made of: the stored one may be ahead by now
            name=name,
            request=request.parameters(),
            prices_revision=request.revision,
            job_id=job and job.id,
            result=answer,
            finished_at=timezone.now() if answer is not None else None,
        )
    return adopt(kept, owner=owner) if job else kept


def delete_result(kept: PortfolioResult) -> None:
    """Removes one result; its job is cancelled where nobody else waits for it."""
    job_id, owner = kept.job_id, kept.portfolio.owner
    waiting = kept.result is None
    kept.delete()
    if job_id and waiting and not PortfolioResult.objects.filter(job_id=job_id, result__isnull=True).exists():
        cancel(job_id, owner)


def adopt(kept: PortfolioResult, *, owner: Any) -> PortfolioResult:
    """Takes the result over where the shared job was done before this row was stored."""
    assert kept.job_id is not None
    job = job_selectors.job_for(owner, kept.job_id)
    if job.state == "done" and job.result is not None:
        complete_results(kept.job_id, job.result)
        kept.refresh_from_db()
    return kept


def complete_results(job_id: UUID, result: Mapping[str, Any]) -> int:
    """Gives a job's result to every row that waits for it; how many did."""
    waiting = PortfolioResult.objects.filter(job_id=job_id, result__isnull=True)
    return waiting.update(result=result, finished_at=timezone.now())


@uses_of_sets("portfolios")
def portfolios_of(price_set: PriceSet) -> Iterator[str]:
    """Who would lose its prices with the set."""
    for name in Portfolio.objects.filter(price_set=price_set).values_list("name", flat=True):
        yield f"the portfolio {name}"
