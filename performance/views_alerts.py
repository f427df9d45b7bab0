"""The operators' pages of alerts: what is wrong, one alert alone, and what to do about it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from performance.alerts import pages, selectors, services
from performance.alerts.choices import AlertSeverity, AlertState
from performance.alerts.filters import AlertFilter
from performance.alerts.forms import AlertSilenceForm, NoteForm
from performance.alerts.models import Alert
from performance.alerts.sentences import sentence, title
from valor.accounts.roles import is_operator, operator_required
from valor.lib.envelope import failure_response, finite
from valor.lib.errors import ValorError
from valor.lib.pages import is_htmx, missing_is_404

PAGE = 25


@require_safe
@never_cache
@operator_required
def alerts(request: HttpRequest) -> HttpResponse:
    """What is open, and what is over: the whole page, or its moving part when htmx asks."""
    now = timezone.now()
    found = list(selectors.open_alerts()[: selectors.MOST_OPEN])
    context = {
        "groups": pages.grouped(found, now),
        "ask_again": pages.ask_again(found),
        "silences": selectors.silences(now).count(),
    }
    if is_htmx(request):
        response = render(request, "performance/_alerts.html", context)
    else:
        response = render(request, "performance/alerts.html", context | past(request))
    patch_vary_headers(response, ["HX-Request"])
    return response


def past(request: HttpRequest) -> dict[str, object]:
    """The filtered list of all alerts, newest first; a filter that can't be meant is named."""
    now = timezone.now()
    found = AlertFilter(request.GET, selectors.told_alerts())
    page = Paginator(found.qs if found.is_valid() else selectors.told_alerts(), PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    return {
        "page": page,
        "rows": [pages.row_of(alert, now) for alert in page],
        "query": query.urlencode(),
        "errors": found.form.errors if not found.is_valid() else {},
        "filtered": any(request.GET.get(name) for name in ("severity", "state", "host", "metric")),
        "severities": AlertSeverity.choices,
        "states": AlertState.choices,
    }


@require_safe
@never_cache
@operator_required
@missing_is_404
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """One alert alone: its moving part when htmx asks."""
    row = selectors.alert(pk)
    moving = is_htmx(request)
    context = shown(row) | {"note": NoteForm(), "silence": AlertSilenceForm(), "moving": moving}
    name = "performance/_alert.html" if moving else "performance/alert.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def shown(row: Alert) -> dict[str, object]:
    now = timezone.now()
    return {
        "row": pages.row_of(row, now),
        "alert": row,
        "heading": title(row),
        "sentence": sentence(row, now),
        "panel": pages.chart_of(row),
        "events": selectors.events_of(row)[:PAGE],
        "covering": [each for each in selectors.silences(now) if row.open and each.covers(row)],
        "ask_again": pages.FAST if row.open else pages.SLOW,
    }


@login_not_required
@require_safe
@never_cache
@missing_is_404
def alert_data(request: HttpRequest, pk: int) -> HttpResponse:
    """The arrays of its chart."""
    if not request.user.is_authenticated:
        return failure_response(401, "You are signed out: sign in again to see new figures.")
    if not is_operator(request.user):
        raise PermissionDenied
    chart = pages.chart_of(selectors.alert(pk))
    return JsonResponse(finite({"charts": {chart.slug: chart.figures(timezone.now())} if chart else {}}))


@require_POST
@operator_required
@missing_is_404
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = selectors.alert(pk), NoteForm(request.POST)
    if not form.is_valid():
        return refused(request, row, note=form)
    try:
        services.acknowledge(alert=row, by=request.user, note=form.cleaned_data["note"])
    except ValorError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Acknowledged: nobody is told of it again, unless it becomes worse.")
    return redirect("performance:alert", pk)


@require_POST
@operator_required
@missing_is_404
def silence(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = selectors.alert(pk), AlertSilenceForm(request.POST)
    if not form.is_valid():
        return refused(request, row, silence=form)
    try:
        services.silence_alert(alert=row, by=request.user, until=form.until, reason=form.cleaned_data["reason"])
    except ValorError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Silenced: nobody is told of it for that time. It still counts for the status.")
    return redirect("performance:alert", pk)


def refused(request: HttpRequest, row: Alert, **forms: object) -> HttpResponse:
    context = shown(row) | {"note": NoteForm(), "silence": AlertSilenceForm()} | forms
    return render(request, "performance/alert.html", context, status=422)
