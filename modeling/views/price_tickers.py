"""One ticker of a set: its price, drawdown and volatility over time, its quality and statistics."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from modeling import selectors_reports
from modeling.forms.prices import PriceForm, ReportForm
from modeling.models import PriceSeries
from modeling.presenters.price_reports import finding_rows, pairs_of, quality_rows
from modeling.prices.report_request import ReportRequest
from modeling.selectors_prices import price_set_for, series_for, series_of
from modeling.services.prices import merge_series, remove_series
from modeling.views.guard import analyst_page, own_set
from valor.lib.errors import ValorError

FINDINGS = 50


@require_GET
@analyst_page
def price_ticker(request: HttpRequest, pk: int, ticker: str) -> HttpResponse:
    return ticker_page(request, series_for(price_set_for(request.user, pk), ticker))


def ticker_page(request: HttpRequest, series: PriceSeries, price_form: PriceForm | None = None) -> HttpResponse:
    """The page; *price_form* is given when a price could not be stored."""
    price_set = series.price_set
    form = ReportForm(request.GET.dict())
    asked = form.request((series.ticker,))
    context: dict[str, Any] = {
        "price_set": price_set,
        "series": series,
        "own": not price_set.is_shared,
        "form": form,
        "asked": {name: request.GET.get(name, "") for name in ("from", "to", "benchmark", "risk_free")},
        "benchmarks": list(series_of(price_set).values_list("ticker", flat=True)[:500]),
        "price_form": price_form or PriceForm(initial={"day": series.last}),
    }
    try:
        if asked.benchmark and asked.benchmark not in context["benchmarks"]:
            selectors_reports.refuse_unknown_benchmark(price_set, asked)
        context |= looked_at(series, asked)
    except ValorError as error:
        form.errors |= {problem.field: f"{problem.message} {problem.remedy}" for problem in error.problems}
        context["error"] = error
    refused = form.errors or (price_form is not None and price_form.errors)
    return render(request, "modeling/prices/ticker.html", context, status=422 if refused else 200)


def looked_at(series: PriceSeries, asked: ReportRequest) -> dict[str, Any]:
    """Charts, quality and statistics. A ticker is judged among the others, whose days tell what it lacks."""
    from modeling.presenters.price_charts import charts_of  # late: it loads NumPy

    price_set = series.price_set
    row, findings = selectors_reports.quality_of_ticker(price_set, asked)
    statistics = selectors_reports.statistics(price_set, asked)
    charts = charts_of(series, asked, selectors_reports.periods_of(price_set), findings)
    return {
        "charts": charts,
        "quality": quality_rows([row])[0],
        "findings": finding_rows(findings[:FINDINGS]),
        "finding_count": len(findings),
        "pairs": pairs_of(statistics, series.ticker),
    }


@require_POST
@analyst_page
def price_ticker_price(request: HttpRequest, pk: int, ticker: str) -> HttpResponse:
    """Adds or corrects the price of one day."""
    from modeling.prices.points import number_of  # late: it loads NumPy

    series = series_for(own_set(request, pk), ticker)
    form = PriceForm(request.POST)
    if form.is_valid():
        day, price = form.cleaned_data["day"], form.cleaned_data["price"]
        try:
            merged = merge_series(
                price_set=series.price_set, ticker=ticker, days=[number_of(day)], prices=[price], source="Typed in"
            )
        except ValorError as error:
            for problem in error.problems:
                form.add_error("day" if problem.field == "days" else "price", f"{problem.message} {problem.remedy}")
        else:
            what = "was added" if merged.added else "was corrected" if merged.changed else "was stored already"
            messages.success(request, f"The price of {ticker} on {day} {what}.")
            return redirect("modeling:price-ticker", pk, ticker)
    return ticker_page(request, series, form)


@require_http_methods(["GET", "POST"])
@analyst_page
def price_ticker_remove(request: HttpRequest, pk: int, ticker: str) -> HttpResponse:
    """Asks once, then removes a ticker with its prices."""
    price_set = own_set(request, pk)
    series = series_for(price_set, ticker)
    if request.method == "GET":
        return render(request, "modeling/prices/ticker_remove.html", {"price_set": price_set, "series": series})
    remove_series(price_set, ticker=ticker)
    messages.success(request, f"{ticker} was removed.")
    return redirect(price_set)
