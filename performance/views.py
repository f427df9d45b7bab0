"""The performance pages, their polls, and the status in every page's bar."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from performance.alerts.models import Alert
from performance.boards import OVERVIEW, WORKERS, Board, Lead
from performance.cache import cached
from performance.forms import RANGES, Look, asked
from performance.glance import Glance
from performance.models.samples import Sample
from performance.panels import charted, charts
from performance.series import history
from performance.status import current_status
from performance.summary import Figure, figures
from performance.timing import ask_again
from performance.words import Status
from performance.workers import at_work
from tasks.readings import reading
from valor.accounts.roles import is_operator, operator_required
from valor.lib.envelope import failure, failure_response, finite
from valor.lib.errors import InvalidInput
from valor.lib.pages import is_htmx

View = Callable[..., HttpResponse]
CHARTS_SECONDS = 20  # Well below the usual interval of 30 s.


@require_safe
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    return page(request, OVERVIEW)


@login_not_required
@require_safe
@never_cache
def data(request: HttpRequest) -> HttpResponse:
    return poll(request, OVERVIEW)


def page_of(board: Board) -> View:
    """A board's page, for operators."""

    @require_safe
    @never_cache
    @operator_required
    def view(request: HttpRequest) -> HttpResponse:
        return page(request, board)

    return view


def data_of(board: Board) -> View:
    """What its page asks for again and again."""

    @login_not_required
    @require_safe
    @never_cache
    def view(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and not is_operator(request.user):
            raise PermissionDenied
        return poll(request, board)

    return view


@require_safe
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """The small fragment in every page's bar."""
    return render(request, "performance/_bar.html", {"status": current_status()})


def page(
    request: HttpRequest, board: Board, more: Mapping[str, Any] = MappingProxyType({}), status: int = 200
) -> HttpResponse:
    """Status first, then cards and charts; a range or host that can't be shown is named and the default shown.

    *more* is what the board's template needs besides; *status* that of an answer to a form.
    """
    now, glance = timezone.now(), Glance()
    samples = glance.latest(board.category.model)
    error: InvalidInput | None = None
    try:
        look = asked(request.GET, samples, now)
    except InvalidInput as refused:
        error, look = refused, asked({}, samples, now)
    context = live(board, look, current_status(now, glance), glance, now) | {
        "operator": is_operator(request.user),
        "sampling": glance.sampling,
        "explored": board.name,
        "look": look,
        "ranges": RANGES,
        "hosts": [sample.host for sample in samples],
        "panels": board.panels,
        "error": error,
    }
    return render(request, board.template, context | dict(more), status=400 if error else status)


def poll(request: HttpRequest, board: Board) -> HttpResponse:
    """Everything that moves on the page, in one answer; 304 when there is nothing new, 401 after signing out."""
    if not request.user.is_authenticated:
        return failure_response(401, "You are signed out: sign in again to see new figures.")
    now, glance = timezone.now(), Glance()
    samples = glance.latest(board.category.model)
    try:
        look = asked(request.GET, samples, now)
    except InvalidInput as error:
        return JsonResponse(failure(error.status, error.message, error.problems, error.code), status=error.status)
    status = current_status(now, glance)
    tag = entity_tag(look, samples, status, glance.open)
    response: HttpResponse
    # Compressed, an answer's tag is a weak one.
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        response = HttpResponseNotModified()
    else:
        viewer = {"operator": is_operator(request.user)}
        response = JsonResponse(finite(moving(board, look, samples, live(board, look, status, glance, now) | viewer)))
    response.headers["ETag"] = tag
    response.headers["X-Ask-Again"] = str(ask_again(latest(look, samples), now))
    return response


@require_safe
@never_cache
@operator_required
def workers(request: HttpRequest) -> HttpResponse:
    """Who works, what waits, how each kind goes: the whole page, or its moving part when htmx asks."""
    context = at_work(reading(), timezone.now())
    htmx = is_htmx(request)
    response = render(request, "performance/_workers.html", context) if htmx else page(request, WORKERS, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def moving(board: Board, look: Look, samples: Sequence[Sample], context: dict[str, Any]) -> dict[str, Any]:
    """The page's live fragments, from the same partials as the page, and the charts' arrays."""
    return {
        "word": context["status"].word,
        "sentence": context["status"].sentence,
        "fragments": {name: render_to_string(f"performance/_{name}.html", context) for name in board.fragments},
        "charts": charts_of(board, look, latest(look, samples)),
    }


def charts_key(board: Board, look: Look, sample: Sample | None) -> tuple[object, ...]:
    """Every viewer of a host and range sees the same until its next sample, told in the viewer's time zone."""
    newest = (sample.pk, sample.taken_at) if sample else None
    return board.name, look.host, look.query, newest, timezone.get_current_timezone_name()


@cached(ttl=CHARTS_SECONDS, namespace="charts", key=charts_key)
def charts_of(board: Board, look: Look, sample: Sample | None) -> dict[str, Any]:
    """The charts' arrays, in one query for each category; their right edge may be as old as they are kept."""
    found: dict[str, Any] = {}
    for category, metrics in charted(board.panels).items():
        found |= charts(history(category, look.host, look.window, metrics), board.panels)
    return found


def live(board: Board, look: Look, status: Status, glance: Glance, now: datetime) -> dict[str, Any]:
    """What the live partials show."""
    sample = latest(look, glance.latest(board.category.model))
    shown = cards_of(board, look.host, glance, now)
    return {"status": status, "latest": sample, "cards": shown} | board.context(sample, now)


def cards_of(board: Board, host: str, glance: Glance, now: datetime) -> list[Figure]:
    """The figures of the board's cards in their order, of what was taken last of each category."""
    found: dict[Lead, Figure] = {}
    for category in dict.fromkeys(lead.category for lead in board.cards):
        leads = [lead for lead in board.cards if lead.category is category]
        last = glance.last(category.model, host)
        shown = figures(host, last, now, category, metrics=[lead.metric for lead in leads], glance=glance)
        found |= dict(zip(leads, shown, strict=True))
    return [found[lead] for lead in board.cards]


def latest(look: Look, samples: Sequence[Sample]) -> Sample | None:
    return next((sample for sample in samples if sample.host == look.host), None)


def entity_tag(look: Look, samples: Sequence[Sample], status: Status, alerts: Sequence[Alert]) -> str:
    """Changes with the view, with any new sample, with the status and with any open alert."""
    marks = [f"{alert.pk} {alert.state} {alert.judged_at}" for alert in alerts]
    parts = [look.host, look.query, status.sentence, *(str(sample.pk) for sample in samples), *marks]
    return f'"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:24]}"'
