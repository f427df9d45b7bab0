"""The operators' page of the cache: what it holds and saves, and how to make it forget."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from performance.boards import CACHE_BOARD
from performance.cache.fleet import fleet
from performance.cache.operate import Action, Outcome, forget
from performance.cache.presenter import cards, counted, statement
from performance.views import page
from valor.accounts.roles import operator_required
from valor.lib.errors import ValorError

LABELS = {
    Action.NAMESPACE: "Namespace: every result of one group of functions",
    Action.TAG: "Tag: every result that carries it",
    Action.PATTERN: "Pattern: keys that match, * for any text",
}


class ForgetForm(forms.Form):
    """What to forget; *confirmed* once its effect was shown."""

    action = forms.ChoiceField(label="What", choices=[(action.value, LABELS[action]) for action in Action])
    target = forms.CharField(label="Name or pattern", max_length=200, help_text="For instance statements, or series:*")
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
@never_cache
@operator_required
def cache_page(request: HttpRequest) -> HttpResponse:
    """Shows the readings; a post is shown what it would do first, and done when it is confirmed."""
    if request.method == "GET":
        return show(request, ForgetForm())
    form = ForgetForm(request.POST)
    if not form.is_valid():
        return show(request, form, status=422)
    confirmed = form.cleaned_data["confirmed"]
    try:
        outcome = forget(Action(form.cleaned_data["action"]), form.cleaned_data["target"], dry=not confirmed)
    except ValorError as error:
        form.add_error(None, str(error))
        return show(request, form, status=error.status)
    if not confirmed:
        return show(request, form, outcome)
    messages.success(request, outcome.sentence)
    return redirect("performance:cache")


def show(request: HttpRequest, form: ForgetForm, outcome: Outcome | None = None, status: int = 200) -> HttpResponse:
    found = fleet()
    context: dict[str, Any] = {
        "form": form,
        "outcome": outcome,
        "reading": found,
        "statement": statement(found),
        "totals": cards(found) if found else [],
        "counted": counted(found) if found else "",
    }
    return page(request, CACHE_BOARD, context, status)
