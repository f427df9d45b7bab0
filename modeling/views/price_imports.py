"""Importing prices: sending a file, confirming how it is read, following its job, reading its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from modeling.forms.prices import PriceFileForm
from modeling.importers.prices.recognise import OPTIONS
from modeling.models import Frequency, PriceImport, PriceSet
from modeling.presenters.price_imports import (
    STATES,
    choices_of,
    frequency_of,
    more_of,
    progress_of,
    readings_of,
    report_of,
)
from modeling.selectors_imports import imports_for, upload_for
from modeling.services.price_drafts import draft_of, drop_draft, inspect_draft, keep_draft, restate, start_draft
from modeling.views.guard import analyst_page
from tasks import selectors as jobs
from tasks import services as job_services
from valor.lib.errors import Conflict, InvalidInput, NotFound, ValorError

TICKERS_SHOWN = 50
IMPORTS_SHOWN = 10


@require_http_methods(["GET", "POST"])
@analyst_page
def price_import_new(request: HttpRequest) -> HttpResponse:
    """Takes a file in, to be confirmed on the page it leads to."""
    posted = request.method == "POST"
    chosen = {"into": request.GET.get("into", "")}
    form = PriceFileForm(*([request.POST, request.FILES] if posted else []), owner=request.user, initial=chosen)
    error = None
    if posted and form.is_valid():
        sent = form.cleaned_data
        about = {"rule": sent["rule"], "duplicates": sent["duplicates"], **form.place()}
        try:
            kept = keep_draft(owner=request.user, upload=sent["file"], name=sent["file"].name, **about)
            return redirect(kept)
        except ValorError as refused:
            error = refused
    recent = imports_for(request.user).defer("report", "layouts")[:IMPORTS_SHOWN]
    context = {"form": form, "error": error, "recent": recent}
    return render(request, "modeling/prices/import_new.html", context, status=422 if posted else 200)


@require_http_methods(["GET", "POST"])
@analyst_page
def price_import(request: HttpRequest, pk: int) -> HttpResponse:
    """How the file would be read, until that is confirmed; then how far the import is, and its report."""
    found = upload_for(request.user, pk)
    if found.draft is None:
        if request.method == "POST":
            return redirect(found)
        return render(request, "modeling/prices/import.html", outcome(request, found))
    if request.method == "POST":
        return confirm(request, found)
    return recognition(request, found)


def confirm(request: HttpRequest, found: PriceImport) -> HttpResponse:
    """Reads the file as it was stated, again or for good."""
    try:
        stated, missing = stated_in(request.POST, inspect_draft(found))
        if "again" in request.POST:
            restate(found, stated)
            return redirect(found)
        if missing:
            return recognition(request, found, errors={name: "Choose which is meant." for name in missing})
        start_draft(found, stated, request.POST.get("frequency", ""))
    except InvalidInput as error:
        return recognition(request, found, error, {problem.field: problem.message for problem in error.problems})
    except Conflict as error:
        messages.warning(request, error.message)
    return redirect(found)


def stated_in(posted: Mapping[str, str], inspection: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """What somebody chose otherwise than it was recognised, or was asked for; and what is still to be chosen."""
    stated, missing = {}, []
    for choice in choices_of(inspection, {}):
        sent = posted.get(choice.name, "" if choice.doubtful else choice.value)
        if choice.doubtful and not sent:
            missing.append(choice.name)
        elif choice.doubtful or sent != choice.value or choice.given:
            stated[choice.name] = sent
    stated |= {name: posted[f"more_{name}"] for name in OPTIONS if posted.get(f"more_{name}")}
    return stated, missing


def recognition(
    request: HttpRequest, found: PriceImport, error: InvalidInput | None = None, errors: Mapping[str, str] | None = None
) -> HttpResponse:
    draft = draft_of(found)
    try:
        inspection: Mapping[str, Any] = inspect_draft(found)
    except InvalidInput as gone:
        inspection, error = {"files": [], "file_count": 0}, gone
    choices = choices_of(inspection, errors or {})
    context = {
        "found": found,
        "place": draft["set_name"] or name_of_set(request, draft["price_set"]),
        "is_new": draft["price_set"] is None,
        "currency": draft["currency"],
        "choices": choices,
        "more": more_of(inspection, choices),
        "frequencies": Frequency.choices,
        "frequency": request.POST.get("frequency", ""),
        "seems": frequency_of(inspection),
        "doubtful": [choice for choice in choices if choice.doubtful],
        "readings": readings_of(inspection),
        "file_count": inspection["file_count"],
        "error": error,
    }
    status = 422 if error or errors else 200
    return render(request, "modeling/prices/import_confirm.html", context, status=status)


def name_of_set(request: HttpRequest, pk: int) -> str:
    name = PriceSet.objects.filter(owner=request.user.pk, pk=pk).values_list("name", flat=True).first()
    return name or "a set that was deleted"


def job_of(request: HttpRequest, found: PriceImport) -> dict[str, Any] | None:
    try:
        assert found.job_id is not None
        return jobs.status_of(jobs.job_for(request.user, found.job_id), request.user)
    except NotFound:
        return None


def outcome(request: HttpRequest, found: PriceImport) -> dict[str, Any]:
    """What the moving part of the page shows: the report once it is there, the job's progress until then."""
    if found.finished_at is None or found.report is None:
        return {"found": found, "progress": progress_of(job_of(request, found))}
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    view = report_of(found.report, state)
    page = Paginator(view.rows, TICKERS_SHOWN).get_page(request.GET.get("page"))
    return {"found": found, "report": view, "page": page, "state": state}


@require_GET
@analyst_page
def price_import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part alone, for the poll."""
    found = upload_for(request.user, pk)
    if found.draft is not None:
        raise NotFound
    return render(request, "modeling/prices/_import.html", outcome(request, found))


@require_POST
@analyst_page
def price_import_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return act(request, upload_for(request.user, pk), job_services.cancel)


@require_POST
@analyst_page
def price_import_retry(request: HttpRequest, pk: int) -> HttpResponse:
    return act(request, upload_for(request.user, pk), job_services.retry)


@require_POST
@analyst_page
def price_import_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Throws away an upload that is not to be imported."""
    drop_draft(upload_for(request.user, pk))
    return redirect("modeling:price-import-new")


def act(request: HttpRequest, found: PriceImport, action: Any) -> HttpResponse:
    """Does something to the import's job; where it came too late, the page says so."""
    if found.job_id is None:
        raise NotFound
    try:
        action(jobs.job_for(request.user, found.job_id))
    except Conflict as error:
        messages.warning(request, error.message)
    return redirect(found)
