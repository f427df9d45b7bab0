"""Answers for what no page handles: unknown addresses, faults, missing CSRF tokens."""

from __future__ import annotations

import socket
import sys
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from valor.context import THEMES
from valor.lib.api_details import too_large as too_large_body
from valor.lib.envelope import failure_response, is_api
from valor.lib.outages import RETRY_SECONDS, Outage, outage_behind, watch


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_api(request):
        return failure_response(404, f"There is nothing at {request.path}: see /api/docs/ for what there is.")
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_api(request):
        return failure_response(403, "You may not do this: sign in with a role that may.")
    return render(request, "403.html", {"why": str(exception or "")}, status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    too_large = isinstance(exception, RequestDataTooBig)
    if is_api(request):
        if too_large:
            problems = (too_large_body(request.META.get("CONTENT_LENGTH")),)
            return failure_response(413, "The body is larger than this server reads: send less at once.", problems)
        return failure_response(400, "The request can't be read.")
    return render(request, "400.html", status=413 if too_large else 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs neither database nor session: either may be what broke."""
    outage = outage_behind(sys.exc_info()[1])
    request.outage = outage  # type: ignore[attr-defined]
    if outage is not None:
        return out_of_reach(request, outage)
    if is_api(request):
        return failure_response(
            500, f"Something broke on our side: an operator finds it in the log{asked_as(request)}."
        )
    return HttpResponse(render_to_string("500.html", frame(request)), status=500)


def out_of_reach(request: HttpRequest, outage: Outage) -> HttpResponse:
    """Which part, since when, seen by which host, and what to do."""
    if is_api(request):
        message = f"{outage.told} Nothing was changed."
        response: HttpResponse = failure_response(503, message, (outage.problem,))
    else:
        context = frame(request) | {"outage": outage, "host": socket.gethostname(), "good": watch.good}
        response = HttpResponse(render_to_string("503.html", context), status=503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def frame(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in THEMES else "",
        "again": request.path if request.method == "GET" else "",
        "at": datetime.now(UTC),
        "request_id": getattr(request, "request_id", ""),
    }


def asked_as(request: HttpRequest) -> str:
    name = getattr(request, "request_id", "")
    return f" as request {name}" if name else ""


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_api(request):
        return failure_response(403, "The CSRF token is missing or old: reload the page, or use a JWT.")
    return render(request, "403.html", {"reason": "csrf"}, status=403)
