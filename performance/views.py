"""The performance pages, their polls, and the status in every page's bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from performance.boards import OVERVIEW, Board, Lead
from performance.cache import cached
from performance.forms import RANGES, Look, asked
from performance.glance import Glance
from performance.models.samples import Sample
from performance.news import News
from performance.panels import charted, charts
from performance.polls import answer, entity_tag, polled, polled_by_operators, told
from performance.series import history
from performance.status import current_status
from performance.summary import Figure, figures
from performance.timing import ask_again
from performance.words import Status
from valor.accounts.roles import operator_required
from valor.lib.envelope import failure
from valor.lib.errors import InvalidInput

View = Callable[..., HttpResponse]
CHARTS_SECONDS = 20  # Well below the usual interval of 30 s.
BAR_SECONDS = 30  # The status in the bar, on pages where nothing else moves.


@require_safe
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    return page(request, OVERVIEW)


@polled
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

    @polled_by_operators
    def view(request: HttpRequest) -> HttpResponse:
        return poll(request, board)

    return view


@polled
def status(request: HttpRequest) -> HttpResponse:
    """The status in the bar, where the page has no poll of its own."""
    current = current_status()
    return answer(request, [current.sentence], BAR_SECONDS, lambda: told(request, current))


def page(
    request: HttpRequest, board: Board, more: Mapping[str, Any] = MappingProxyType({}), status: int = 200
) -> HttpResponse:
    """Status first, then cards and charts; a range or host that can't be shown is named and the default shown.

    *more* is what the board's template needs besides; *status* that of an answer to a form.
    """
    now, glance = timezone.now(), Glance()
    samples = glance.latest(board.category.model)
    news = board.news(glance, now, request.user)
    error: InvalidInput | None = None
    try:
        look = asked(request.GET, samples, now)
    except InvalidInput as refused:
        error, look = refused, asked({}, samples, now)
    context = live(board, look, current_status(now, glance), news) | {
        "explored": board.name,
        "look": look,
        "ranges": RANGES,
        "hosts": [sample.host for sample in samples],
        "panels": board.panels,
        "error": error,
    }
    return render(request, board.template, context | dict(more), status=400 if error else status)


def poll(request: HttpRequest, board: Board) -> HttpResponse:
    """Everything that moves on the page, in one answer; without the charts where the browser has drawn them."""
    now, glance = timezone.now(), Glance()
    samples = glance.latest(board.category.model)
    try:
        look = asked(request.GET, samples, now)
    except InvalidInput as error:
        return JsonResponse(failure(error.status, error.message, error.problems, error.code), status=error.status)
    status, sample = current_status(now, glance), latest(look, samples)
    news = board.news(glance, now, request.user)
    drawn = entity_tag(charts_key(board, look, sample))

    def body() -> dict[str, Any]:
        moving = told(request, status, board.fragments, live(board, look, status, news))
        if request.headers.get("X-Drawn") == drawn:
            return moving
        return moving | {"charts": charts_of(board, look, sample), "drawn": drawn}

    marks = [look.host, look.query, status.sentence, *(row.pk for row in samples), *news.marks()]
    return answer(request, marks, news.seconds(ask_again(sample, now)), body)


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


def live(board: Board, look: Look, status: Status, news: News) -> dict[str, Any]:
    """What the live partials show."""
    glance, now = news.glance, news.now
    sample = latest(look, glance.latest(board.category.model))
    shown = list(zip(board.cards, cards_of(board, look.host, glance, now), strict=True))
    moving = {"status": status, "latest": sample, "cards": shown, "operator": news.operator}
    return moving | board.context(sample, now) | news.context(sample)


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
