"""Every error of an API view, turned into the envelope in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from valor.lib.api_details import details_of
from valor.lib.envelope import failure, use_envelope
from valor.lib.errors import Problem, ValorError
from valor.lib.pagination import whole

REMEDIES = {"required": "Add it, and send the request again.", "invalid_choice": "Use one of these."}
SECRETS = {"password", "refresh", "token"}  # never echoed


def flatten(detail: Any, field: str = "") -> Iterator[tuple[str, str, str]]:
    """Each message of a Django REST framework error with the dotted path of its field, and its remedy."""
    if isinstance(detail, Mapping):
        for key, item in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from flatten(item, ".".join(part for part in (field, name) if part))
    elif isinstance(detail, (list, tuple)):
        for index, item in enumerate(detail):
            nested = f"{field}.{index}".lstrip(".") if isinstance(item, (Mapping, list)) else field
            yield from flatten(item, nested)
    else:
        yield field, str(detail), REMEDIES.get(getattr(detail, "code", ""), "Correct it, and send the request again.")


def value_at(data: Any, path: str) -> Any:
    """What the caller sent at a dotted path, None where nothing was sent."""
    for part in path.split(".") if path else []:
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list) and (place := whole(part)) is not None and place < len(data):
            data = data[place]
        else:
            return None
    return data if isinstance(data, (str, int, float, bool, list, dict)) else None


def validation_problems(error: exceptions.ValidationError, request: Any) -> tuple[Problem, ...]:
    # A body that nobody asked for is not read: it may be of any kind. What is wrong came in the address, then.
    sent = {} if request.method in SAFE_METHODS else request.data
    if sent is None or sent == {}:
        sent = request.query_params.dict()
    return tuple(
        Problem(
            field or "body",
            None if field in SECRETS else value_at(sent, field),
            message,
            remedy,
        )
        for field, message, remedy in flatten(error.detail)
    )


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turns every error of an API view into the envelope, whatever it answers else; unknown ones stay 500."""
    use_envelope(context.get("request"))
    if isinstance(error, ValorError):
        if context.get("request") is not None:
            # Where it is about a database that is away, it is no news for the log.
            context["request"]._request.outage = error.outage
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
        body = failure(error.status, error.message, error.problems, error.code)
        return Response(body, status=error.status, headers=headers)
    response = drf_exception_handler(error, dict(context))
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        problems = validation_problems(error, context.get("request"))
        response.data = failure(response.status_code, "Some of the input can't be used.", problems)
    else:
        message = message_of(error)
        details = details_of(error, message, context.get("request"))
        response.data = failure(response.status_code, message, details)
    return response


def message_of(error: Exception) -> str:
    if isinstance(error, Http404):
        return "There is nothing here that you may see: check the address, or whether it was deleted."
    if isinstance(error, PermissionDenied):
        return str(error) or "You may not do this: sign in with a role that may."
    detail = getattr(error, "detail", None)
    if isinstance(detail, Mapping):
        return str(detail.get("detail", "The request was refused."))
    return str(detail) if detail else "The request was refused."
