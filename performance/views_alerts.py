"""The operators' pages of alerts: what is wrong, one alert alone, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from performance import in_place
from performance.alerts import pages, selectors, services
from performance.alerts.choices import AlertSeverity, AlertState
from performance.alerts.filters import AlertFilter
from performance.alerts.forms import AlertSilenceForm, NoteForm
from performance.alerts.models import Alert
from performance.alerts.sentences import sentence, title
from performance.glance import Glance, moves
from performance.news import alert_marks, covering
from performance.polls import MOVING, answer, polled_by_operators, told
from performance.recommendations.presenter import advice_of
from performance.recommendations.selectors import for_alert
from performance.status import current_status
from valor.accounts.roles import operator_required
from valor.lib.envelope import failure_response
from valor.lib.errors import ValorError
from valor.lib.pages import missing_is_404

PAGE = 25
USUAL = 10  # Seconds until the page asks again while nothing is about to change.
MOST_ADVICE = 3
FRAGMENTS = ("alert", "culprits", "alert_advice", "alert_handle", "alert_events")


@require_safe
@never_cache
@operator_required
def alerts(request: HttpRequest) -> HttpResponse:
    """What is open, and what is over."""
    return render(request, "performance/alerts.html", opened(Glance()) | past(request))


@polled_by_operators
def alerts_data(request: HttpRequest) -> HttpResponse:
    now, glance = timezone.now(), Glance()
    context, status = opened(glance), current_status(now, glance)
    marks = [status.sentence, *map(alert_marks, glance.open), *(silence.pk for silence in context["silences"])]
    seconds = MOVING if glance.moving(now) else USUAL
    return answer(request, marks, seconds, lambda: told(request, status, ["alerts"], context))


def opened(glance: Glance) -> dict[str, Any]:
    """The alerts that are open, by metric, each with the silence that covers it."""
    now = timezone.now()
    found = list(selectors.silences(now))
    groups = [
        (label, [(row, covering(found, row.alert)) for row in rows]) for label, rows in pages.grouped(glance.open, now)
    ]
    return {"groups": groups, "silences": found, "silence": AlertSilenceForm(auto_id=False), "operator": True}


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
        "labels": selectors.labels(),
    }


@require_safe
@never_cache
@operator_required
@missing_is_404
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """One alert alone."""
    context = shown(selectors.alert(pk)) | forms()
    return render(request, "performance/alert.html", context)


def forms() -> dict[str, Form]:
    return {"note": NoteForm(), "silence": AlertSilenceForm()}


def shown(row: Alert) -> dict[str, Any]:
    now = timezone.now()
    return {
        "row": pages.row_of(row, now),
        "alert": row,
        "heading": title(row),
        "sentence": sentence(row, now),
        "panel": pages.chart_of(row),
        "events": list(selectors.events_of(row)[:PAGE]),
        "covering": [each for each in selectors.silences(now) if row.open and each.covers(row)],
        "advices": [advice_of(each) for each in for_alert(row, MOST_ADVICE)],
        "note": NoteForm(),
        "silence": AlertSilenceForm(),
    }


@polled_by_operators
@missing_is_404
def alert_data(request: HttpRequest, pk: int) -> HttpResponse:
    """Its moving parts, and the arrays of its chart."""
    now, row = timezone.now(), selectors.alert(pk)
    context, status = shown(row), current_status(now)

    def body() -> dict[str, Any]:
        found = told(request, status, FRAGMENTS, context | forms())
        chart = context["panel"]
        return found | {"charts": {chart.slug: chart.figures(now)} if chart else {}}

    advice = [(each["row"].pk, each["row"].state, each["row"].evidence) for each in context["advices"]]
    silences = [(each.pk, each.until) for each in context["covering"]]
    marks = [status.sentence, context["sentence"], alert_marks(row), row.judged_at, len(context["events"])]
    return answer(request, [*marks, *advice, *silences], MOVING if moves(row, now) else USUAL, body)


@require_POST
@operator_required
@missing_is_404
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = selectors.alert(pk), NoteForm(request.POST)
    if not form.is_valid():
        return refused(request, row, form, "note")
    said = "Acknowledged: nobody is told of it again, unless it becomes worse."
    note = form.cleaned_data["note"]
    return moved(request, row, lambda: services.acknowledge(alert=row, by=request.user, note=note), said)


@require_POST
@operator_required
@missing_is_404
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Undoes an acknowledgement."""
    row, said = selectors.alert(pk), "Withdrawn: it is told again as if nobody had acknowledged it."
    return moved(request, row, lambda: services.withdraw(alert=row, by=request.user), said)


@require_POST
@operator_required
@missing_is_404
def silence(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = selectors.alert(pk), AlertSilenceForm(request.POST)
    if not form.is_valid():
        return refused(request, row, form, "silence")
    said = "Silenced: nobody is told of it for that time. It still counts for the status."
    asked = {"until": form.until, "reason": form.cleaned_data["reason"]}
    return moved(request, row, lambda: services.silence_alert(alert=row, by=request.user, **asked), said)


def moved(request: HttpRequest, row: Alert, move: Callable[[], object], said: str) -> HttpResponse:
    page = reverse("performance:alert", args=[row.pk])
    try:
        move()
    except ValorError as error:
        if in_place.wanted(request):
            return failure_response(error.status, str(error), error.problems)
        messages.error(request, str(error))
        return redirect(page)
    return in_place.done(request, said, page)


def refused(request: HttpRequest, row: Alert, form: Form, name: str) -> HttpResponse:
    if in_place.wanted(request):
        return in_place.refused(form)
    context = shown(row) | forms() | {name: form}
    return render(request, "performance/alert.html", context, status=422)
