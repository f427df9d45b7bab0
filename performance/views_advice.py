"""The operators' page of recommendations: what would help, and what earlier actions achieved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from performance import in_place
from performance.actions.errors import NeedsConfirmation
from performance.actions.registry import action_called
from performance.actions.selectors import plan_of, runs
from performance.analysis.rules import RULES
from performance.models import Recommendation
from performance.news import run_marks
from performance.polls import RUNNING, answer, polled_by_operators, told
from performance.recommendations import services
from performance.recommendations.presenter import advice_of, run_of
from performance.recommendations.selectors import recommendation, recommendations
from performance.status import current_status
from valor.accounts.roles import operator_required
from valor.lib.envelope import failure_response
from valor.lib.errors import ValorError
from valor.lib.pages import missing_is_404

PAGE = 20
PAST_RUNS = 20
USUAL = 10  # Seconds until the page asks again while no action runs.
STATES = Recommendation.State


@require_safe
@never_cache
@operator_required
def recommendations_page(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(request: HttpRequest, *, error: ValorError | None = None, status: int = 200) -> HttpResponse:
    context = shown(request) | {"error": error, "undo": undoable(request.GET.get("undo", ""))}
    return render(request, "performance/recommendations.html", context, status=status)


def shown(request: HttpRequest) -> dict[str, Any]:
    """The advice of the state asked for, a page of it, and the last actions."""
    asked = request.GET.get("state", "")
    state = asked if asked in STATES.values else STATES.OPEN
    rows = Paginator(recommendations().filter(state=state), PAGE).get_page(request.GET.get("page"))
    return {
        "rows": rows,
        "advice": [advice_of(row) for row in rows],
        "state": state,
        "states": STATES.choices,
        "runs": [run_of(run) for run in runs()[:PAST_RUNS]],
        "query": f"state={state}",
        "rules": len(RULES),
    }


@polled_by_operators
def recommendations_data(request: HttpRequest) -> HttpResponse:
    """The page's moving parts; each second while an action is at work."""
    context, status = shown(request), current_status(timezone.now())
    rows = [(each.pk, each.evidence, each.score, each.last_seen) for each in context["rows"]]
    at_work = [entry["run"] for entry in context["runs"]]
    working = any(run.finished_at is None and run.done_at is None for run in at_work)
    marks = [status.sentence, context["state"], *rows, *map(run_marks, at_work)]
    names = ["recommendations", "runs"]
    return answer(request, marks, RUNNING if working else USUAL, lambda: told(request, status, names, context))


def undoable(asked: str) -> Recommendation | None:
    """What was just dismissed, for the button that takes it back."""
    dismissed = recommendations().filter(state=STATES.DISMISSED)
    return dismissed.filter(pk=int(asked)).first() if asked.isascii() and asked.isdigit() and len(asked) < 10 else None


@require_POST
@never_cache
@operator_required
@missing_is_404
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Undone by the button that takes the place of this one."""
    found = recommendation(pk)
    return moved(request, found, lambda: services.dismiss(found, by=request.user), "Dismissed")


@require_POST
@never_cache
@operator_required
@missing_is_404
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    found = recommendation(pk)
    return moved(request, found, lambda: services.restore(found), "Open again")


def moved(request: HttpRequest, row: Recommendation, move: Callable[[], Any], word: str) -> HttpResponse:
    try:
        move()
    except ValorError as error:
        return refused(request, error)
    undo = f"?undo={row.pk}" if row.state == STATES.DISMISSED else ""
    return in_place.done(request, f"{word}: {row.title}.", f"{reverse('performance:recommendations')}{undo}")


def refused(request: HttpRequest, error: ValorError) -> HttpResponse:
    if in_place.wanted(request):
        return failure_response(error.status, str(error), error.problems)
    return page(request, error=error, status=error.status)


@require_POST
@never_cache
@operator_required
@missing_is_404
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """What needs to be confirmed is shown with its plan first."""
    found = recommendation(pk)
    try:
        run = services.apply(found, by=request.user, confirm=request.POST.get("confirm") == "1")
    except NeedsConfirmation:
        action = action_called(found.action)
        plan = plan_of(action, found.parameters)
        return render(
            request, "performance/recommendation_confirm.html", {"row": found, "action": action, "plan": plan}
        )
    except ValorError as error:
        return refused(request, error)
    said = f"{action_called(run.action).title}: begun; its effect is measured, and told with the recommendations."
    return in_place.done(request, said, reverse("performance:recommendations"))
