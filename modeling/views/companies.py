"""Companies: the list, one with its statements, the import."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from modeling import selectors, services
from modeling.first_steps import first_steps
from modeling.forms.upload import CompanyFactsForm
from modeling.presenters.companies import company_rows, statements_table, valuation_rows
from modeling.views.guard import analyst_page
from valor.accounts.roles import is_analyst, is_operator
from valor.lib.errors import InvalidInput, ValorError


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Analysts start at their companies, people who only operate at the platform."""
    only_operator = is_operator(request.user) and not is_analyst(request.user)
    return redirect("performance:overview" if only_operator else "modeling:companies")


@require_GET
@analyst_page
def companies(request: HttpRequest) -> HttpResponse:
    context = {"rows": company_rows(request.user), "checklist": first_steps(request.user)}
    return render(request, "modeling/companies.html", context)


@require_GET
@analyst_page
def company(request: HttpRequest, pk: int) -> HttpResponse:
    return company_page(request, pk)


def company_page(request: HttpRequest, pk: int, error: ValorError | None = None) -> HttpResponse:
    found = selectors.company_for(request.user, pk)
    context = {
        "company": found,
        "statements": statements_table(selectors.statements(found)),
        "valuations": valuation_rows(request.user, found),
        "error": error,
    }
    return render(request, "modeling/company.html", context, status=422 if error else 200)


@require_POST
@analyst_page
def value_it(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts a valuation of the user's own, prefilled from the company's history."""
    found = selectors.company_for(request.user, pk)
    try:
        valuation = services.start_valuation(found, request.user)
    except InvalidInput as error:
        return company_page(request, pk, error)
    return redirect("modeling:valuation", valuation.pk)


@require_http_methods(["GET", "POST"])
@analyst_page
def company_import(request: HttpRequest) -> HttpResponse:
    """Imports an uploaded document, and shows what was taken over or what is wrong in place."""
    posted = request.method == "POST"
    form = CompanyFactsForm(request.POST, request.FILES) if posted else CompanyFactsForm()
    report, error = None, None
    if posted and form.is_valid():
        try:
            report = services.import_companyfacts(form.cleaned_data["document"].read(), request.user)
        except ValorError as refused:
            error = refused
    context = {"form": form, "report": report, "error": error}
    return render(request, "modeling/company_import.html", context, status=422 if posted and not report else 200)
