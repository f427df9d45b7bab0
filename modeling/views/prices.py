"""Sets of prices: the list, and one with its tickers, quality, statistics and correlation."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from modeling import selectors_reports
from modeling.forms.prices import AboutForm, ReportForm
from modeling.models import PriceSet
from modeling.presenters.price_cleaning import cleaning_of
from modeling.presenters.price_imports import progress_of
from modeling.presenters.price_reports import (
    columns_of,
    correlations_of,
    finding_rows,
    quality_head,
    quality_rows,
    sorted_rows,
    statistics_table,
)
from modeling.presenters.prices import figures_of, heads, ordered, set_rows
from modeling.prices.report_request import ReportRequest
from modeling.selectors_prices import price_set_for, series_of
from modeling.services.price_quality import note
from modeling.services.price_reports import made_report, report_job, start_report
from modeling.services.prices import change_set, delete_set
from modeling.views.guard import analyst_page, own_set
from tasks.selectors import summary_of
from valor.lib.errors import InvalidInput, ValorError

SHOWN = 50
VIEWS = {"tickers": "Tickers", "quality": "Quality", "statistics": "Statistics", "correlation": "Correlation"}
TICKER_COLUMNS = (
    ("ticker", "Ticker", False, ""),
    ("name", "Name", False, ""),
    ("sector", "Sector", False, ""),
    ("first", "From", False, ""),
    ("last", "To", False, ""),
    ("count", "Prices", True, ""),
    ("price", "Last price", True, ""),
)


@require_GET
@analyst_page
def price_sets(request: HttpRequest) -> HttpResponse:
    return render(request, "modeling/prices/sets.html", {"rows": set_rows(request.user)})


@require_http_methods(["GET", "POST"])
@analyst_page
def price_set(request: HttpRequest, pk: int) -> HttpResponse:
    """One set; what is said about one's own is changed here."""
    if request.method == "GET":
        found = price_set_for(request.user, pk)
        return set_page(request, found, None if found.is_shared else AboutForm(price_set=found))
    found = own_set(request, pk)
    about = AboutForm(request.POST, price_set=found)
    if about.is_valid():
        try:
            changed = change_set(found, **about.cleaned_data)
        except InvalidInput as error:
            for problem in error.problems:
                field = problem.field if problem.field in about.fields else None
                about.add_error(field, f"{problem.message} {problem.remedy}")
        else:
            messages.success(request, f"What is said about {changed.name} was changed.")
            return redirect(changed)
    return set_page(request, found, about)


def set_page(request: HttpRequest, found: PriceSet, about: AboutForm | None) -> HttpResponse:
    """A set as the address asks: its view, period, order and page."""
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "tickers"
    form = ReportForm(request.GET.dict())
    asked = form.request()
    context = {
        "price_set": found,
        "figures": figures_of(found),
        "view": view,
        "views": [(name, label, address(request, view=name)) for name, label in VIEWS.items()],
        "form": form,
        "asked": {name: request.GET.get(name, "") for name in ("from", "to", "benchmark", "risk_free", "q", "sort")},
        "own": not found.is_shared,
        "about": about,
        "cleaning": cleaning_of(found.cleaning) if found.cleaning and view == "tickers" else None,
        "query": kept(request),
    }
    context |= tickers(request, found) if view == "tickers" else looked_at(request, found, view, asked, form)
    refused = form.errors or (about is not None and about.errors)
    return render(request, "modeling/prices/set.html", context, status=422 if refused else 200)


def kept(request: HttpRequest, *, but: tuple[str, ...] = ("page",)) -> str:
    """The query of the address without what a link replaces."""
    return urlencode([(name, value) for name, value in request.GET.items() if name not in but and value])


def address(request: HttpRequest, view: str) -> str:
    query = kept(request, but=("page", "view", "sort", "q"))
    return f"?view={view}{'&' if query else ''}{query}"


def tickers(request: HttpRequest, found: PriceSet) -> dict[str, Any]:
    sought = request.GET.get("q", "").strip()[:80].replace("\0", "")
    series, order = ordered(series_of(found), request.GET.get("sort", "ticker"))
    if sought:
        series = series.filter(Q(ticker__icontains=sought) | Q(name__icontains=sought) | Q(sector__icontains=sought))
    page = Paginator(series, SHOWN).get_page(request.GET.get("page"))
    return {
        "page": page,
        "heads": heads(TICKER_COLUMNS, order),
        "sort_query": kept(request, but=("page", "sort")),
        "sought": sought,
    }


def looked_at(
    request: HttpRequest, found: PriceSet, view: str, asked: ReportRequest, form: ReportForm
) -> dict[str, Any]:
    """The report of a view; of a very large set the one that a job has made, or the job, or a button for it."""
    benchmarks = list(series_of(found).values_list("ticker", flat=True)[:500])
    more: dict[str, Any] = {"benchmarks": benchmarks}
    try:
        if asked.benchmark and asked.benchmark not in benchmarks:
            selectors_reports.refuse_unknown_benchmark(found, asked)
        report = report_of(found, view, asked)
    except ValorError as error:
        form.errors |= {problem.field: f"{problem.message} {problem.remedy}" for problem in error.problems}
        return more | {"error": error}
    if report is None:
        job = report_job(found, asked, request.user)
        made = made_report(job)
        if made is None:
            progress = progress_of(summary_of(job)) if job else None
            return more | {"large": True, "progress": progress, "prices": selectors_reports.size_of(found, asked)}
        report = made[view]
    if view == "quality" and asked == ReportRequest():
        note(found, str(report["word"]))
    return more | PRESENTED[view](request, report)


def report_of(found: PriceSet, view: str, asked: ReportRequest) -> Any:
    """The report, unless it is work for a job; None then, and nothing where the set is empty."""
    if not selectors_reports.is_small(found, asked):
        return None
    return {
        "quality": selectors_reports.quality,
        "statistics": selectors_reports.statistics,
        "correlation": selectors_reports.correlation,
    }[view](found, asked)


def shown_quality(request: HttpRequest, report: Any) -> dict[str, Any]:
    worst = sorted(report["tickers"], key=lambda ticker: (ticker["score"], ticker["ticker"]))
    page = Paginator(worst, SHOWN).get_page(request.GET.get("page"))
    return {
        "quality": quality_head(report),
        "page": page,
        "rows": quality_rows(list(page)),
        "findings": finding_rows(report["findings"][:SHOWN]),
        "finding_count": report["finding_count"],
    }


def shown_statistics(request: HttpRequest, report: Any) -> dict[str, Any]:
    order = request.GET.get("sort", "")
    rows = sorted_rows(report, order)
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    columns = [(column.key, column.label, True, column.help) for column in columns_of(report["benchmark"])]
    return {
        "table": statistics_table(report, list(page)),
        "page": page,
        "heads": heads(columns, order),
        "sort_query": kept(request, but=("page", "sort")),
    }


def shown_correlation(request: HttpRequest, report: Any) -> dict[str, Any]:
    return {"correlations": correlations_of(report)}


PRESENTED = {"quality": shown_quality, "statistics": shown_statistics, "correlation": shown_correlation}


@require_POST
@analyst_page
def price_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts the report of a very large set, and leads back to where it will stand."""
    found = price_set_for(request.user, pk)
    asked = ReportForm(request.POST.dict()).request()
    start_report(found, asked, owner=request.user)
    names = ("view", "from", "to", "benchmark", "risk_free")
    query = urlencode([(name, request.POST[name]) for name in names if request.POST.get(name)])
    return redirect(f"{reverse('modeling:price-set', args=[pk])}?{query}")


@require_http_methods(["GET", "POST"])
@analyst_page
def price_set_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once, then deletes a set of one's own with all of its prices."""
    found, error = own_set(request, pk), None
    if request.method == "POST":
        try:
            delete_set(found)
            messages.success(request, f"“{found.name}” was deleted.")
            return redirect("modeling:price-sets")
        except ValorError as refused:
            error = refused
    context = {"price_set": found, "figures": figures_of(found), "error": error}
    return render(request, "modeling/prices/set_delete.html", context, status=409 if error else 200)
