"""What the poll of a page is answered: what moves on it, when to ask again, and nothing where nothing is new."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from performance.words import Status
from valor.accounts.roles import is_operator, roles_of
from valor.lib.envelope import failure_response, finite

View = Callable[..., HttpResponse]
# Whole seconds until the next question: while an action runs, and while an alert is about to change.
RUNNING, MOVING = 1, 3


@dataclass(frozen=True)
class Part:
    """One of several fragments of a kind: its name, its template, and what that needs of its own.

    What has no template does not move, or moves by itself, as a chart does.
    """

    name: str
    template: str
    own: Mapping[str, Any] = field(default_factory=dict)


def polled(view: View) -> View:
    """A view that only scripts ask: who is signed out gets 401, never a page with a form in it."""

    @login_not_required
    @require_safe
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return failure_response(401, "You are signed out: sign in again to see new figures.")
        return view(request, *args, **kwargs)

    return guarded


def polled_by_operators(view: View) -> View:
    """The same for the pages of operators; a role that was taken away is told in the same words."""

    @polled
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_operator(request.user):
            return failure_response(403, "Only operators see this page: ask one of them for the role.")
        return view(request, *args, **kwargs)

    return guarded


def polled_by_roles(view: View) -> View:
    """The same for pages that need any role."""

    @polled
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not roles_of(request.user):
            return failure_response(403, "You hold no role any more: ask an operator for one to see this page.")
        return view(request, *args, **kwargs)

    return guarded


def answer(
    request: HttpRequest, marks: Iterable[object], seconds: int, body: Callable[[], Mapping[str, Any]]
) -> HttpResponse:
    """304 where the browser has what *marks* stands for; else what *body* makes. Both say when to ask again."""
    tag = entity_tag([request.user.pk, *marks])
    response: HttpResponse
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        response = HttpResponseNotModified()
    else:
        response = JsonResponse(finite(body()))
    response.headers["ETag"] = tag
    response.headers["X-Ask-Again"] = str(seconds)
    return response


def entity_tag(marks: Iterable[object]) -> str:
    """Changes with any of the marks."""
    text = chr(0).join(map(str, marks))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def told(request: HttpRequest, status: Status, names: Iterable[str] = (), context: Any = None) -> dict[str, Any]:
    """The word, the sentence and the page's fragments; the status in the bar is always one of them.

    The fragments are rendered as part of the request, since the forms in them carry its CSRF token.
    """
    shown = {**(context or {}), "status": status}
    fragments = {name: render_to_string(f"performance/_{name}.html", shown, request) for name in ("bar", *names)}
    for part in shown.get("parts", ()):
        if part.template:
            fragments[part.name] = render_to_string(part.template, shown | {"part": part}, request)
    return {"word": status.word, "sentence": status.sentence, "fragments": fragments}
