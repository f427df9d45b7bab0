"""What every request passes through to be measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from performance import scope


class RequestScope:
    """Opens a scope for each request; it is named by its route as soon as that is known."""

    UNROUTED = "unrouted"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        entered = scope.enter(scope.Kind.REQUEST, self.UNROUTED)
        try:
            return self.get_response(request)
        finally:
            scope.leave(entered)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        entered = scope.current()
        if entered is not None and request.resolver_match is not None:
            entered.name = f"/{request.resolver_match.route}"
