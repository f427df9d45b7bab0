"""Answers for what no page handles: unknown addresses, faults, missing CSRF tokens."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from valor.context import THEMES
from valor.lib.api_details import too_large as too_large_body
from valor.lib.envelope import failure_response, is_api


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_api(request):
        return failure_response(404, f"There is nothing at {request.path}: see /api/docs/ for what there is.")
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_api(request):
        return failure_response(403, "You may not do this: sign in with a role that may.")
    return render(request, "403.html", status=403)


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
    down = database_is_down(sys.exc_info()[1])
    if is_api(request):
        if down:
            return failure_response(503, "The database can't be reached: nothing was changed; try again in a moment.")
        return failure_response(500, "Something broke on our side: try again; an operator finds it in the log.")
    theme = request.COOKIES.get("theme", "")
    context = {
        "theme": theme if theme in THEMES else "",
        "again": request.path if request.method == "GET" else "",
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
    }
    name, status = ("503.html", 503) if down else ("500.html", 500)
    return HttpResponse(render_to_string(name, context), status=status)


def database_is_down(error: BaseException | None) -> bool:
    """Whether *error* came from a database that does not answer now either."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    try:
        connection.close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return True
    return False


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_api(request):
        return failure_response(403, "The CSRF token is missing or old: reload the page, or use a JWT.")
    return render(request, "403.html", {"reason": "csrf"}, status=403)
