"""The workbench: shown, edited while typing, simulated, deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from modeling import selectors, services
from modeling.errors import StaleVersion
from modeling.forms.workbench import WorkbenchForm
from modeling.models import Valuation
from modeling.views.bench import chosen_year, posted_sheet, result_of, simulation_problems, workbench
from modeling.views.guard import analyst_page
from valor.lib.errors import InvalidInput
from valor.lib.pages import is_htmx

PAGE, ANSWER, RESULT = "modeling/workbench.html", "modeling/answers/edit.html", "modeling/partials/result.html"


@require_GET
@analyst_page
def valuation(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; asked by htmx for another year's formulas, its result alone."""
    found, year = selectors.valuation_for(request.user, pk), chosen_year(request.GET.dict())
    if is_htmx(request):
        return render(request, RESULT, {"valuation": found, "result": result_of(found.owner_id, found.document, year)})
    return render(request, PAGE, workbench(found, year=year))


@require_POST
@analyst_page
def valuation_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Saves what was typed as a new version, or says what is wrong with it; nothing is saved by halves."""
    found = selectors.valuation_for(request.user, pk)
    form = WorkbenchForm(request.POST.dict(), found.document)
    try:
        found = save(found, form)
    except StaleVersion as stale:
        return conflict(request, found, form, stale)
    except InvalidInput as error:
        form.add(error.problems)
        return invalid(request, found, form)
    if not is_htmx(request):
        return redirect("modeling:valuation", found.pk)
    status = f"Saved as version {found.version}"
    if simulation_problems(form):
        status += "; the simulation settings need correcting"
    result = result_of(found.owner_id, found.document, chosen_year(form.data))
    return answer(request, found, form, {"result": result, "status": status}, 200)


def save(found: Valuation, form: WorkbenchForm) -> Valuation:
    """The valuation with the form's document; texts that can't be read are refused with the rest of the problems."""
    if form.problems:
        check(form.document)
        raise InvalidInput
    return services.save_document(
        found,
        form.document,
        expected_version=found.version if form.expected_version is None else form.expected_version,
        tab=form.tab,
        sequence=form.sequence,
        overwrite=form.overwrite,
    )


def check(document: dict[str, Any]) -> None:
    """Raises InvalidInput with what is wrong besides the texts that can't be read."""
    from modeling.codecs import parse_document  # late: it loads NumPy, which a worker must not do before it forks

    parse_document(document)


def invalid(request: HttpRequest, found: Valuation, form: WorkbenchForm) -> HttpResponse:
    """422: each error beside its field; the last good result stays, marked as such."""
    count = len(form.problems)
    status = f"Not saved: {count} {'input needs' if count == 1 else 'inputs need'} correcting"
    more: dict[str, Any] = {"status": status, "stale_result": True}
    if is_htmx(request):
        return answer(request, found, form, more, 422)
    return render(request, PAGE, workbench(found, form, **more), status=422)


def conflict(request: HttpRequest, found: Valuation, form: WorkbenchForm, stale: StaleVersion) -> HttpResponse:
    """409: somebody saved in the meantime; the person chooses, nothing is overwritten silently."""
    more: dict[str, Any] = {
        "conflict": stale,
        "status": f"Not saved: version {stale.current} was saved elsewhere",
        "stale_result": True,
    }
    if is_htmx(request):
        return answer(request, found, form, more, 409)
    return render(request, PAGE, workbench(found, form, **more), status=409)


def answer(
    request: HttpRequest, found: Valuation, form: WorkbenchForm, more: dict[str, Any], status: int
) -> HttpResponse:
    """The moving parts only, stamped with the edit they answer so that a late one is recognised."""
    sheet = posted_sheet(found, form)
    # What was refused keeps its parameters on the page: they move along with the next edit that is saved.
    followed = form.followed if status == 200 else set()
    uncertain = [item.uncertain for item in sheet.inputs() if item.uncertain]
    redrawn = [item for item in uncertain if item.driver in followed or form.redraws(item.driver)]
    context = {"valuation": found, "form": form, "sheet": sheet, "redrawn": redrawn, **more}
    response = render(request, ANSWER, context, status=status)
    response.headers["X-Sequence"] = str(form.sequence)
    return response


@require_POST
@analyst_page
def valuation_simulate(request: HttpRequest, pk: int) -> HttpResponse:
    """Saves what is on the page, fixes it as a run and starts its simulation."""
    found = selectors.valuation_for(request.user, pk)
    form = WorkbenchForm(request.POST.dict(), found.document)
    try:
        found = save(found, form)
        run = services.start_run(found, **form.simulation(), owner=request.user)
    except StaleVersion as stale:
        return conflict(request, found, form, stale)
    except InvalidInput as error:
        form.add(error.problems)
        return invalid(request, found, form)
    return redirect(run)


@require_http_methods(["GET", "POST"])
@analyst_page
def valuation_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once, then deletes the valuation with its versions and runs."""
    found = selectors.valuation_for(request.user, pk)
    if request.method == "GET":
        context = {"valuation": found, "runs": selectors.runs_of(found).count()}
        return render(request, "modeling/valuation_delete.html", context)
    company = found.company_id
    services.delete_valuation(found)
    messages.success(request, f"“{found.name}” was deleted.")
    return redirect("modeling:company", company) if company else redirect("modeling:companies")
