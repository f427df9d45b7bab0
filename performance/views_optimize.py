"""The operators' page of what can be done at once: the plan of each safe action, and those that were chosen."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from performance.actions.registry import Action, safe_actions
from performance.actions.selectors import plan_of
from performance.actions.services import request as begin
from valor.accounts.roles import operator_required
from valor.lib.errors import ValorError


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@operator_required
def optimize(request: HttpRequest) -> HttpResponse:
    """Shows what would be done; a post does what was chosen of it, each as a job of its own."""
    if request.method != "POST":
        return plans(request)
    known = {action.name: action for action in safe_actions()}
    chosen = request.POST.getlist("action")
    strange = [name for name in chosen if name not in known]
    if strange:
        remedy = f"Choose among {', '.join(known)}."
        return plans(request, f"“{strange[0][:80]}” can't be done here: it is no safe action. {remedy}", 422)
    if not chosen:
        return plans(request, "Nothing was chosen: tick at least one action.", 422)
    for name in dict.fromkeys(chosen):
        start(request, known[name])
    return redirect("performance:recommendations")


def start(request: HttpRequest, action: Action) -> None:
    """Whatever one is refused for does not hold up the others."""
    try:
        begin(action.name, {}, by=request.user)
    except ValorError as error:
        messages.error(request, f"{action.title}: {error}")
    else:
        messages.success(request, f"{action.title}: begun; what it achieved is told below.")


def plans(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    context = {"plans": [plan_of(action, {}) for action in safe_actions()], "error": error}
    return render(request, "performance/optimize.html", context, status=status)
