"""What every request passes through, besides Django's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from valor.lib.envelope import is_api
from valor.lib.ratelimit import headers
from valor.lib.timezones import zone_of

Handler = Callable[[HttpRequest], HttpResponse]


class ApiPath:
    """Lets every API path answer with and without its final slash, without a redirect."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_api(request) and not request.path_info.endswith("/"):
            request.path_info += "/"
            request.path += "/"
        return self.get_response(request)


class RateHeaders:
    """Tells API callers what is left of their budget."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        usage = getattr(request, "rate_usage", None)
        if usage:
            for name, value in headers(usage).items():
                response.headers[name] = value
        return response


class PagesNeedSignIn(LoginRequiredMiddleware):
    """Django's guard, which reads the session even for views that need none: those must work without the database."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: tuple[Any, ...], view_kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class HtmxSignedOut:
    """Answers 401 to an htmx request that would be redirected to sign-in, so no form lands inside a panel."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("HX-Request") and response.status_code == 302 and not request.user.is_authenticated:
            return HttpResponse("You are signed out: sign in again.", status=401, content_type="text/plain")
        return response


class ViewerTimeZone:
    """Shows times in the zone of the viewer's cookie; the installation's zone without one."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_of(request.COOKIES.get("timezone", ""))):
            return self.get_response(request)
