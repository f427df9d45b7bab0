"""What every request passes through to be measured."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from performance import scope
from performance.work import BYTES, METHOD, STATUS

# Anybody may make up a method; each would be a series of its own.
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
OTHER_METHOD = "OTHER"
# Anybody may be refused at every route, with every method; each would be a series of its own.
REFUSALS = frozenset((401, 403, 405))


class RequestScope:
    """Opens a scope for each request; it is named by its route as soon as that is known, and ends with the answer.

    What was refused is one, whatever its route: who may see nothing can't make the table of routes longer.
    """

    UNROUTED = "unrouted"
    REFUSED = "refused"
    STATIC = "static files"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        method = request.method if request.method in METHODS else OTHER_METHOD
        entered = scope.enter(scope.Kind.REQUEST, self.UNROUTED)
        notes = entered.notes
        notes[METHOD] = method
        try:
            response = self.get_response(request)
        except BaseException:
            notes[STATUS] = 500
            scope.leave(entered)
            raise
        notes[STATUS] = response.status_code
        if is_refusal(response):
            entered.name = self.REFUSED
        elif entered.name is self.UNROUTED and response.status_code < 400 and is_static(request):
            entered.name = self.STATIC
        if response.streaming:
            leave_at_end(response, entered)
        else:
            notes[BYTES] = len(response.content)
            scope.leave(entered)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        entered = scope.current()
        if entered is not None and request.resolver_match is not None:
            entered.name = f"/{request.resolver_match.route}"


def is_static(request: HttpRequest) -> bool:
    return request.path_info.startswith(settings.STATIC_URL)


def is_refusal(response: HttpResponseBase) -> bool:
    """Whether the request was kept out, or sent to sign in first."""
    if response.status_code != 302:
        return response.status_code in REFUSALS
    return f"?{REDIRECT_FIELD_NAME}=" in response.headers["Location"]


def leave_at_end(response: Any, entered: scope.Scope) -> None:
    """Leaves the scope when the last part of a streamed answer was sent, or its reader went away."""
    if response.is_async:
        # Django gathers it for a server like ours, and nobody knows when.
        scope.leave(entered)
    elif getattr(response, "file_to_stream", None) is not None:
        # The server may send the file by itself; putting anything around it would take that away.
        entered.notes[BYTES] = int(response.headers.get("Content-Length", -1))
        ending(response, entered)
    else:
        response.streaming_content = watched(response.streaming_content, entered)
        ending(response, entered)


def ending(response: HttpResponseBase, entered: scope.Scope) -> None:
    """Servers close every answer, also one that broke or whose body nobody wanted; what is not closed is forgotten."""
    end = weakref.finalize(response, scope.leave, entered)
    end.atexit = False
    response._resource_closers.append(end)  # type: ignore[attr-defined]


def watched(parts: Iterable[bytes], entered: scope.Scope) -> Iterator[bytes]:
    """The parts, with their size counted; what breaks on the way is an error, whatever the status said."""
    notes = entered.notes
    notes[BYTES] = 0
    try:
        for part in parts:
            notes[BYTES] += len(part)
            yield part
    except Exception:
        notes[STATUS] = 500
        raise
