"""Dashboards of one's own: the list, each as a live page, and making, copying and removing them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from performance.dashboards import selectors, services
from performance.dashboards.boards import board_of
from performance.dashboards.forms import NewForm
from performance.polls import polled_by_roles
from performance.views import page, poll
from valor.accounts.roles import is_operator, role_required
from valor.lib.envelope import failure_response
from valor.lib.errors import Conflict, NotFound, ValorError
from valor.lib.pages import missing_is_404


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@role_required
def dashboards(request: HttpRequest) -> HttpResponse:
    """Everything that the user may see; a post makes a new one."""
    if request.method != "POST":
        return listing(request, NewForm())
    form = NewForm(request.POST)
    if not form.is_valid():
        return listing(request, form, status=422)
    layout: list[object] | None = [] if form.cleaned_data["start"] == "empty" else None
    try:
        row = services.create(owner=request.user, title=form.cleaned_data["title"], layout=layout)
    except ValorError as error:
        form.add_error(None, str(error))
        return listing(request, form, status=error.status)
    messages.success(request, f"“{row.title}” was made: nobody else sees it until you share it.")
    return redirect("performance:dashboard-edit", row.slug)


def listing(request: HttpRequest, form: NewForm, status: int = 200) -> HttpResponse:
    rows = list(selectors.visible_to(request.user))
    context = {
        "form": form,
        "own": [row for row in rows if row.is_of(request.user)],
        "shared": [row for row in rows if not row.is_of(request.user)],
        "removed": selectors.removed(request.user, timezone.now()),
        "operator": is_operator(request.user),
    }
    return render(request, "performance/dashboards/dashboards.html", context, status=status)


@require_safe
@never_cache
@role_required
@missing_is_404
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    row = selectors.dashboard(request.user, slug)
    more = {"explored": "dashboards", "dashboard": row, "mine": row.is_of(request.user)}
    return page(request, board_of(row), more)


@polled_by_roles
def data(request: HttpRequest, slug: str, version: int) -> HttpResponse:
    """What moves on it; *version* is the one that the page was made of."""
    try:
        row = selectors.dashboard(request.user, slug)
    except NotFound as error:
        return failure_response(404, error.message)
    return poll(request, board_of(row, version))


@require_POST
@role_required
@missing_is_404
def copy(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        row = services.copy(dashboard=selectors.dashboard(request.user, slug), owner=request.user)
    except ValorError as error:
        if isinstance(error, NotFound):
            raise
        messages.error(request, str(error))
        return redirect("performance:dashboards")
    messages.success(request, f"“{row.title}” is yours: change it as you like.")
    return redirect("performance:dashboard-edit", row.slug)


@require_POST
@role_required
@missing_is_404
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    row = selectors.own(request.user, slug)
    services.remove(dashboard=row)
    messages.success(request, f"“{row.title}” was removed: for a day it can be brought back below.")
    return redirect(f"{reverse('performance:dashboards')}#removed")


@require_POST
@role_required
@missing_is_404
def restore(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        row = services.restore(owner=request.user, slug=slug)
    except Conflict as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"“{row.title}” is back.")
    return redirect("performance:dashboards")
