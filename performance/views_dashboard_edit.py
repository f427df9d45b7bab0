"""Composing a dashboard: every step is a form that is stored at once and can be undone, with or without scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from performance.dashboards import selectors, services, steps
from performance.dashboards.forms import AboutForm, PanelForm
from performance.dashboards.layout import MOST, widgets_of
from performance.dashboards.models import Dashboard
from performance.dashboards.widgets import Lost, Widget, kinds
from valor.accounts.roles import role_required
from valor.lib.errors import Conflict, NotFound, ValorError
from valor.lib.pagination import whole

View = Callable[..., HttpResponse]
REMOVE = "remove"
HIGHEST = 2**31 - 2  # version


def of_owner(view: View) -> View:
    """A view of one's own dashboard; what was changed meanwhile is told beside how it is now."""

    @never_cache
    @role_required
    @wraps(view)
    def guarded(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, selectors.own(request.user, slug), **kwargs)
        except NotFound as error:
            raise Http404(error.message) from error
        except ValorError as error:
            row = selectors.own(request.user, slug)
            return editor(request, row, AboutForm.of(row), refused=str(error), status=error.status)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@of_owner
def edit(request: HttpRequest, row: Dashboard) -> HttpResponse:
    """Everything about it on one page; a post changes its title and who it is shared with."""
    if request.method != "POST":
        return editor(request, row, AboutForm.of(row))
    form = AboutForm(request.POST)
    if not form.is_valid():
        return editor(request, row, form, status=422)
    values = {name: form.cleaned_data[name] for name in ("title", "shared_with")}
    services.change(dashboard=row, version=form.cleaned_data["version"], values=values)
    messages.success(request, "Saved.")
    return redirect("performance:dashboard-edit", row.slug)


def editor(
    request: HttpRequest, row: Dashboard, form: AboutForm, *, refused: str = "", status: int = 200
) -> HttpResponse:
    widgets = widgets_of(row.layout)
    context = {
        "dashboard": row,
        "form": form,
        "refused": refused,
        "widgets": [(widget, buttons(widget, at, len(widgets))) for at, widget in enumerate(widgets)],
        "kinds": kinds().values(),
        "full": len(widgets) >= MOST,
        "most": MOST,
    }
    return render(request, "performance/dashboards/edit.html", context, status=status)


def buttons(widget: Widget, index: int, count: int) -> list[tuple[steps.Step, bool]]:
    return [(step, steps.possible(step.name, widget, index, count)) for step in steps.STEPS.values()]


@require_POST
@of_owner
def step(request: HttpRequest, row: Dashboard, key: str) -> HttpResponse:
    """Moves, resizes or removes one panel; the focus stays where it can go on."""
    name, version = request.POST.get("step", ""), seen_version(request)
    if name == REMOVE:
        done = steps.removed(row.layout, key)
        services.arrange(dashboard=row, version=version, layout=done.layout, said=done.said)
        return redirect(f"{address(row)}#undo")
    done = steps.taken(row.layout, key, name)
    services.arrange(dashboard=row, version=version, layout=done.layout, said=done.said)
    return redirect(f"{address(row)}#{key}-{steps.focus_after(done.layout, key, name)}")


@require_http_methods(["GET", "HEAD", "POST"])
@of_owner
def add(request: HttpRequest, row: Dashboard, kind: str) -> HttpResponse:
    found = kinds().get(kind)
    if found is None:
        raise NotFound("There is no such kind of panel.")

    def take(entry: dict[str, Any]) -> steps.Done:
        return steps.added(row.layout, entry)

    return panel_page(request, row, found, {}, take)


@require_http_methods(["GET", "HEAD", "POST"])
@of_owner
def panel(request: HttpRequest, row: Dashboard, key: str) -> HttpResponse:
    """What one panel shows; one whose subject is gone can only be removed."""
    widget = next((widget for widget in widgets_of(row.layout) if widget.key == key), None)
    if widget is None or isinstance(widget, Lost):
        raise NotFound("There is no such panel to change.")

    def take(entry: dict[str, Any]) -> steps.Done:
        return steps.replaced(row.layout, key, entry)

    return panel_page(request, row, type(widget), widget.entry, take)


def panel_page(
    request: HttpRequest,
    row: Dashboard,
    kind: type[Widget],
    entry: Mapping[str, Any],
    take: Callable[[dict[str, Any]], steps.Done],
) -> HttpResponse:
    """The form of one panel, new or old; what is refused stays in it."""
    form, status = PanelForm(request.POST or None, kind=kind, entry=entry, version=row.version), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = take(form.entry)
                version = form.cleaned_data["version"]
                services.arrange(dashboard=row, version=version, layout=done.layout, said=done.said)
                return redirect(f"{address(row)}#{done.key}")
            except Conflict as error:
                form.add_error(None, str(error))
                form.data = {**request.POST.dict(), "version": row.version}
                status = error.status
    context = {"dashboard": row, "form": form, "kind": kind, "new": not entry}
    return render(request, "performance/dashboards/panel.html", context, status=status)


@require_POST
@of_owner
def reset(request: HttpRequest, row: Dashboard) -> HttpResponse:
    services.reset(dashboard=row, version=seen_version(request))
    return redirect(f"{address(row)}#undo")


@require_POST
@of_owner
def undo(request: HttpRequest, row: Dashboard) -> HttpResponse:
    services.undo(dashboard=row, version=seen_version(request))
    messages.success(request, "Undone.")
    return redirect(f"{address(row)}#panels")


def address(row: Dashboard) -> str:
    return reverse("performance:dashboard-edit", args=[row.slug])


def seen_version(request: HttpRequest) -> int:
    """The version that the form was shown with; one that says none has seen none."""
    return min(whole(request.POST.get("version", "")) or 0, HIGHEST)
