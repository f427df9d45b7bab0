"""The operators' settings: thresholds, silences, and whether a message would arrive."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from performance import in_place
from performance.alerts import outbox, pages, selectors, services
from performance.alerts.forms import SilenceForm, ThresholdForm, default_of, metrics_of
from performance.alerts.models import Threshold
from performance.alerts.trial import send_test
from valor.accounts.roles import operator_required
from valor.lib.errors import ValorError
from valor.lib.pages import missing_is_404

PAST = 20  # silences that are over and still shown


@require_safe
@never_cache
@operator_required
def settings(request: HttpRequest) -> HttpResponse:
    return page(request, silence_form())


def page(request: HttpRequest, form: SilenceForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    context = {
        "categories": pages.settings_of(list(selectors.thresholds().values())),
        "silences": [(row, pages.silence_named(row)) for row in selectors.silences(now)],
        "past": [(row, pages.silence_named(row)) for row in selectors.past_silences(now)[:PAST]],
        "form": form,
        "channels": [channel.label for channel in outbox.channels()],
    }
    return render(request, "performance/settings.html", context, status=status)


def silence_form(data: object = None) -> SilenceForm:
    return SilenceForm(data, metrics=metrics_of(list(selectors.thresholds().values())))


@require_http_methods(["GET", "POST"])
@never_cache
@operator_required
@missing_is_404
def threshold(request: HttpRequest, pk: int) -> HttpResponse:
    """One threshold: its levels, and who changed them."""
    row = selectors.threshold(pk)
    if request.method == "GET":
        return threshold_page(request, row, ThresholdForm(instance=row))
    form = ThresholdForm(request.POST, instance=selectors.threshold(pk))
    if not form.is_valid():
        return threshold_page(request, row, form, status=409 if form.outdated else 422)
    try:
        services.change_threshold(threshold=row, values=form.cleaned_data, by=request.user)
    except ValorError as error:
        form.add_error(None, str(error))
        return threshold_page(request, row, form, status=error.status)
    messages.success(request, f"{pages.setting(row).label}: the threshold was changed.")
    return redirect("performance:settings")


def threshold_page(request: HttpRequest, row: Threshold, form: ThresholdForm, status: int = 200) -> HttpResponse:
    context = {
        "row": row,
        "setting": pages.setting(row),
        "form": form,
        "default": default_of(row),
        "changes": row.changes.select_related("by").order_by("-at", "-pk")[:20],
    }
    return render(request, "performance/threshold.html", context, status=status)


@require_POST
@operator_required
@missing_is_404
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    row = services.reset_threshold(threshold=selectors.threshold(pk), by=request.user)
    messages.success(request, f"{pages.setting(row).label}: back to the default.")
    return redirect("performance:threshold", pk)


@require_POST
@operator_required
def add_silence(request: HttpRequest) -> HttpResponse:
    form = silence_form(request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    asked = form.cleaned_data
    try:
        services.silence(
            by=request.user, until=form.until, reason=asked["reason"], host=asked["host"].strip(), **form.key
        )
    except ValorError as error:
        form.add_error(None, str(error))
        return page(request, form, status=error.status)
    messages.success(request, "Silenced.")
    return redirect("performance:settings")


@require_POST
@operator_required
@missing_is_404
def lift_silence(request: HttpRequest, pk: int) -> HttpResponse:
    services.lift(silence=selectors.silence(pk, timezone.now()), by=request.user)
    said = "The silence was lifted: what began or became worse meanwhile, and still fires, is told at the next sample."
    return in_place.done(request, said, reverse("performance:settings"))


@require_POST
@operator_required
def try_channels(request: HttpRequest) -> HttpResponse:
    """Sends a test by every channel, and says what came of each."""
    for channel, error in send_test():
        if error:
            messages.error(request, f"The test by {channel.label} failed: {error}")
        else:
            messages.success(request, f"The test by {channel.label} was sent.")
    return redirect("performance:settings")
