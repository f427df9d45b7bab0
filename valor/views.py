"""Answers for what no page handles: unknown addresses, faults, missing CSRF tokens."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

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
    if is_api(request):
        return failure_response(400, "The request can't be read.")
    return render(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return failure_response(500, "Something broke on our side: try again; an operator finds it in the log.")
    return render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_api(request):
        return failure_response(403, "The CSRF token is missing or old: reload the page, or use a JWT.")
    return render(request, "403.html", {"reason": "csrf"}, status=403)
