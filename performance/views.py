"""The performance pages, their polls, and the status in every page's bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from performance.boards import OVERVIEW, Board
from performance.dashboard import Drawn, cards_of, charts_of, drawn, samples_of
from performance.forms import COMPARISONS, RANGES, Look, asked
from performance.glance import Glance
from performance.marks import Mark, marks
from performance.models.samples import Sample
from performance.news import News, Showing
from performance.polls import answer, entity_tag, polled, polled_by_operators, told
from performance.status import current_status
from performance.timing import ask_again
from valor.accounts.roles import operator_required
from valor.lib.envelope import failure
from valor.lib.errors import InvalidInput

View = Callable[..., HttpResponse]
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
    glance.read_all()
    samples = glance.latest(board.category.model)
    news = board.news(glance, now, request.user, current_status(now, glance))
    error: InvalidInput | None = None
    try:
        look = asked(request.GET, samples, now)
    except InvalidInput as refused:
        error, look = refused, asked({}, samples, now)
    found = drawn(board, look, samples_of(board, look.host, glance))
    context = live(board, look, found, news) | {
        "explored": board.name,
        "look": look,
        "ranges": RANGES,
        "comparisons": COMPARISONS,
        "hosts": [sample.host for sample in samples],
        "panels": board.panels,
        "error": error,
    }
    return render(request, board.template, context | dict(more), status=400 if error else status)


def poll(request: HttpRequest, board: Board) -> HttpResponse:
    """Everything that moves on the page, in one answer; without the charts where the browser has drawn them."""
    now, glance = timezone.now(), Glance()
    glance.read_all()
    samples = glance.latest(board.category.model)
    try:
        look = asked(request.GET, samples, now)
    except InvalidInput as error:
        return JsonResponse(failure(error.status, error.message, error.problems, error.code), status=error.status)
    news = board.news(glance, now, request.user, current_status(now, glance))
    happened = marks(look.window, look.host, request.user, news.operator) if board.panels else []

    def body() -> dict[str, Any]:
        found = drawn(board, look, samples_of(board, look.host, glance))
        moving = live(board, look, found, news)
        if not board.panels:
            return told(request, news.status, board.fragments, moving)
        words = told(request, news.status, (*board.fragments, "marks"), moving | {"marks": happened})
        return words | drawing(request, board, look, found, happened)

    changes = [look.host, look.query, news.status.sentence, *(row.pk for row in samples), *news.marks()]
    changes += sorted(str(mark.key(look.window.end)) for mark in happened)
    return answer(request, changes, news.seconds(ask_again(latest(look, samples), now)), body)


def drawing(request: HttpRequest, board: Board, look: Look, found: Drawn, happened: Sequence[Mark]) -> dict[str, Any]:
    """The charts with what happened on them, unless the browser says that it has drawn just these."""
    happenings = [mark.document() for mark in happened]
    tag = entity_tag([*found.key, timezone.get_current_timezone_name(), happenings])
    if request.headers.get("X-Drawn") == tag:
        return {}
    return {"charts": charts_of(board, look, found), "marks": happenings, "drawn": tag}


def live(board: Board, look: Look, found: Drawn, news: News) -> dict[str, Any]:
    """What the live partials show."""
    glance, now = news.glance, news.now
    sample = latest(look, glance.latest(board.category.model))
    shown = list(zip(board.cards, cards_of(board, look.host, glance, now, found), strict=True))
    moving = {"status": news.status, "latest": sample, "cards": shown, "operator": news.operator}
    parts = news.parts(Showing(news.status, look.host, shown))
    return moving | {"parts": parts} | board.context(sample, now) | news.context(sample)


def latest(look: Look, samples: Sequence[Sample]) -> Sample | None:
    return next((sample for sample in samples if sample.host == look.host), None)
