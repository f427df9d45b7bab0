"""What every request passes through, besides Django's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag

from valor.lib import request_ids
from valor.lib.envelope import failure_response, is_api
from valor.lib.ratelimit import count_of_address, headers
from valor.lib.timezones import zone_of

Handler = Callable[[HttpRequest], HttpResponse]


class RequestName:
    """Names every request, in its answer and in what is logged meanwhile: the outermost of all."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request_ids.named(request.headers.get(request_ids.HEADER))
        request.request_id = name  # type: ignore[attr-defined]
        with request_ids.under(name):
            response = self.get_response(request)
        response.headers[request_ids.HEADER] = name
        return response


class Gzip(GZipMiddleware):
    """Compresses what is worth it. (Django pads each answer by a random length and masks its CSRF tokens: BREACH.)"""

    WORTH_IT = 1000

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if isinstance(response, HttpResponse) and len(response.content) < self.WORTH_IT:
            return response
        return super().process_response(request, response)


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
    """Tells API callers what is left of their budget; what no view counted is counted by address.

    These are the answers from before a view counts: unknown paths, callers without a valid token or the role.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        usage = getattr(request, "rate_usage", None)
        if usage is None and is_api(request) and response.status_code >= 400:
            # What failed on our side is nobody's fault, and its reason is not for hiding.
            theirs = response.status_code < 500
            usage = count_of_address(request, increment=theirs)
            if theirs and usage and usage["should_limit"]:
                response = failure_response(429, "You asked too often: wait, and ask again.")
                response.headers["Retry-After"] = str(max(1, int(usage["time_left"])))
        if usage:
            for name, value in headers(usage).items():
                response.headers[name] = value
        return response


class Private:
    """What is made for one caller is kept by nobody else, and asked for again each time; API reads by their ETag."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not is_api(request):
            response.headers.setdefault("Cache-Control", "private, no-cache")
            return response
        patch_vary_headers(response, ("Authorization", "Cookie"))
        read = request.method in {"GET", "HEAD"} and response.status_code == 200 and not response.streaming
        response.headers.setdefault("Cache-Control", "private, no-cache" if read else "no-store")
        if not read or "no-store" in response.headers["Cache-Control"]:
            return response
        if not response.has_header("ETag"):
            set_response_etag(response)
        # If-Match guards what is written; who reads is never answered 412.
        request.META.pop("HTTP_IF_MATCH", None)
        return cast("HttpResponse", get_conditional_response(request, etag=response["ETag"], response=response))


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
