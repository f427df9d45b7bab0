"""Stopping and starting the sampling, how often it samples, and who changed that: operators change, everybody sees."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from performance import sampling
from performance.models import SamplingState
from valor.accounts.roles import is_operator


class SamplingForm(forms.Form):
    """A new state, a new interval, or both."""

    state = forms.ChoiceField(choices=SamplingState.choices, required=False, widget=forms.HiddenInput)
    interval = forms.IntegerField(
        label="Seconds between two samples",
        required=False,
        min_value=sampling.SHORTEST,
        max_value=sampling.LONGEST,
        help_text=f"From {sampling.SHORTEST} to {sampling.LONGEST}; a sampler with --interval keeps its own.",
    )

    def clean(self) -> dict[str, Any]:
        asked = {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}
        if not asked and not self.errors:
            self.add_error("interval", "Nothing was asked for: send a number of seconds.")
        return asked


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def control(request: HttpRequest) -> HttpResponse:
    """Shows what holds and who changed it; a post by an operator changes it."""
    if request.method != "POST":
        return show(request, SamplingForm())
    if not is_operator(request.user):
        raise PermissionDenied
    form = SamplingForm(request.POST)
    if not form.is_valid():
        return show(request, form, status=422)
    held = sampling.change(by=request.user.get_username(), **form.cleaned_data)
    clause = held.clause(timezone.now())
    messages.success(request, f"{clause[0].upper()}{clause[1:]}.")
    return redirect("performance:sampling" if "interval" in form.cleaned_data else "performance:overview")


def show(request: HttpRequest, form: SamplingForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    held = sampling.state()
    context = {
        "form": form,
        "sampling": held,
        "clause": held.clause(now),
        "hosts": sampling.hosts(now),
        "changes": sampling.changes(50),
        "operator": is_operator(request.user),
    }
    return render(request, "performance/sampling.html", context, status=status)
