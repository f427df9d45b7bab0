"""Bringing a company's statements in: all of a document or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from modeling.importers.companyfacts import Extraction, extract
from modeling.importers.report import ImportReport
from modeling.models import Company, Fact
from modeling.providers.client import Client, contact_for, refuse_switched_off
from modeling.providers.registry import Gives, provider_of
from modeling.providers.sec import companyfacts, named
from modeling.services.facts import store_facts
from tasks import services as job_services
from valor.lib.errors import Conflict, Problem

if TYPE_CHECKING:
    from tasks.models import Job

FETCH_COMPANY = "modeling.fetch_company"
EXACT = Decimal("0.000001")


def import_companyfacts(data: bytes | Mapping[str, Any], owner: Any) -> ImportReport:
    """A SEC EDGAR companyfacts document (JSON, also gzipped) into the owner's company of the same SEC number.

    Without an owner the company is shared with everybody. The same document again changes nothing; a newer one
    updates; an older one never replaces what a later filing said. Raises InvalidInput, with nothing written.
    """
    extraction = extract(data)
    source = f"SEC EDGAR companyfacts, CIK {extraction.cik}"
    with transaction.atomic():
        company, created = Company.objects.get_or_create(
            owner=owner,
            cik=extraction.cik,
            defaults={"name": extraction.name, "currency": extraction.currency, "source": source},
        )
        if company.currency != extraction.currency:
            raise currency_conflict(company, extraction)
        stored = store_facts(company, facts_of(extraction, source))
    return ImportReport(
        company_id=company.pk,
        name=extraction.name,
        cik=extraction.cik,
        currency=extraction.currency,
        years=tuple(year.label for year in extraction.years),
        created=created,
        added=stored.added,
        changed=stored.changed,
        unchanged=stored.unchanged,
        tags=extraction.tags,
        missing=extraction.missing,
        restated=extraction.restated,
        replaced=stored.replaced,
        duplicates=extraction.duplicates,
    )


def fetch_companyfacts(company: str) -> bytes:
    """The document that the SEC serves of a company, named by its ticker or SEC number; see `modeling.providers`."""
    return companyfacts(Client(provider_of("sec", Gives.STATEMENTS)), company)


def start_company_fetch(*, owner: Any, company: str) -> Job:
    """Queues the job that imports a company from the SEC; what can be refused at once is refused here."""
    named(company)
    refuse_switched_off()
    contact_for(provider_of("sec", Gives.STATEMENTS))
    parameters = {"company": company.strip(), "owner": owner.pk}
    return job_services.submit(FETCH_COMPANY, parameters, owner=owner, label=company.strip())


def facts_of(extraction: Extraction, source: str) -> Iterator[Fact]:
    for fact in extraction.facts:
        yield Fact(
            concept=fact.concept,
            period_start=fact.start,
            period_end=fact.end,
            value=fact.stated.value.quantize(EXACT),
            unit=fact.unit,
            tag=" + ".join(fact.stated.tags),
            form=fact.stated.form,
            filed=fact.stated.filed,
            source=source,
        )


def currency_conflict(company: Company, extraction: Extraction) -> Conflict:
    return Conflict(
        f"The stored statements of {company.name} are in another currency.",
        problems=[
            Problem(
                "currency",
                extraction.currency,
                f"The document is in {extraction.currency}, what is stored is in {company.currency}.",
                "Import it as another user, or ask an operator to remove the stored company first.",
            )
        ],
    )
