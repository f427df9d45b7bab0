"""Starting, saving and deleting valuations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from modeling.models import Company, Valuation, ValuationVersion
from modeling.selectors import prefill_for, statements
from modeling.services.runs import cancel_jobs, unfinished_jobs
from modeling.services.versions import NAME_LENGTH, Edit, locked, save_edit
from valor.lib.errors import InvalidInput


def canonical(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document checked and in its one form; raises InvalidInput with every problem."""
    from modeling.codecs import dump_document, parse_document  # late: it loads NumPy, see simulation_request

    return dump_document(parse_document(document))


def start_valuation(company: Company, owner: Any) -> Valuation:
    """A new valuation of *company* that belongs to *owner*, prefilled from the company's own history."""
    return create_valuation(owner=owner, document=prefilled_document(company), company=company)


def prefilled_document(company: Company) -> dict[str, Any]:
    years = statements(company)
    if not years:
        raise InvalidInput.at(
            "company",
            company.name,
            "It has no yearly statements to start from.",
            "Import its statements, or send a document of your own.",
        )
    prefill = prefill_for(company)
    assert prefill is not None, "there are statements"
    return {
        "method": "dcf",
        "name": f"{company.name}, {years[-1].label}"[:NAME_LENGTH],
        "currency": company.currency,
        "unit": "millions",
        "valuation_date": years[-1].end.isoformat(),
        "inputs": prefill.inputs(),
        "terminal_method": "gordon",
        "debt_includes_leases": True,
        "uncertainty": prefill.uncertainty,
        "correlations": list(prefill.correlations),
    }


@transaction.atomic
def create_valuation(
    *, owner: Any, document: Mapping[str, Any], company: Company | None = None, name: str = ""
) -> Valuation:
    """A new valuation at version 1. A *name* given here replaces the document's."""
    document = canonical({**document, "name": name} if name else document)
    valuation = Valuation(owner=owner, company=company, name=name_of(document, company), document=document)
    valuation.full_clean()
    valuation.save(force_insert=True)
    ValuationVersion.objects.create(valuation=valuation, version=1, document=document)
    return valuation


def name_of(document: Mapping[str, Any], company: Company | None = None) -> str:
    return str(document.get("name") or (company.name if company else "Untitled valuation"))[:NAME_LENGTH]


@transaction.atomic
def save_document(
    valuation: Valuation,
    document: Mapping[str, Any],
    *,
    expected_version: int,
    tab: str = "",
    sequence: int = 0,
    overwrite: bool = False,
) -> Valuation:
    """Saves an edit as a new version, unless somebody else saved in the meantime: see `versions.save_edit`.

    The document is checked first; an impossible one changes nothing.
    """
    document = canonical(document)
    stored = locked(valuation)
    edit = Edit(expected_version, tab, sequence, overwrite)
    if save_edit(stored, edit, document, name=name_of(document, stored.company)):
        ValuationVersion.objects.create(valuation=stored, version=stored.version, document=document)
    return stored


@transaction.atomic
def delete_valuation(valuation: Valuation) -> None:
    """Removes the valuation with its versions and runs; jobs that nobody else waits for are cancelled."""
    jobs = unfinished_jobs(valuation)
    valuation.delete()
    cancel_jobs(jobs, owner=valuation.owner)
