"""The one shape of every API answer.

Success: ``{"success": true, "data": ..., "meta": {...}}``.
Failure: ``{"success": false, "error": {"code", "message", "details": [{field, value, message, remedy}]}}``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework.renderers import JSONRenderer

from valor.lib.errors import Problem

CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "server_error",
    503: "unavailable",
}


def finite(value: Any) -> Any:
    """*value* with every NaN and infinity inside replaced by None, since JSON has neither."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value


def failure(status: int, message: str, problems: tuple[Problem, ...] = (), code: str = "") -> dict[str, Any]:
    """The body of an answer that says what went wrong."""
    return {
        "success": False,
        "error": {
            "code": code or CODES.get(status, "error"),
            "message": message,
            "details": [finite(problem.as_dict()) for problem in problems],
        },
    }


def failure_response(status: int, message: str, problems: tuple[Problem, ...] = ()) -> JsonResponse:
    """The same body for the places outside Django REST framework: 404, 500, CSRF."""
    return JsonResponse(failure(status, message, problems), status=status)


def is_api(request: HttpRequest) -> bool:
    return request.path_info == "/api" or request.path_info.startswith("/api/")


class EnvelopeRenderer(JSONRenderer):
    """Wraps what a view returns; a paginated list brings its own ``meta``; failures come ready."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        response = (renderer_context or {}).get("response")
        if response is None or response.status_code == 204:
            return b""
        if not response.exception:
            meta = getattr(response, "meta", {})
            data = {"success": True, "data": finite(data), "meta": meta}
        return super().render(data, accepted_media_type, renderer_context)


def use_envelope(request: Any) -> None:
    """What goes wrong, and what OPTIONS tells, is neither table nor page nor schema."""
    if request is not None:
        request.accepted_renderer, request.accepted_media_type = EnvelopeRenderer(), EnvelopeRenderer.media_type
