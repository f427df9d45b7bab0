"""What a refused API request can be told besides a sentence: which part of it was at fault, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from rest_framework import exceptions
from rest_framework.request import Request

from valor.lib.errors import Problem

LONGEST = 80  # of what is echoed
SEND_TOKEN = "POST name and password to /api/token/ and send the access token as Authorization: Bearer TOKEN."


def details_of(error: Exception, message: str, request: Request | None) -> tuple[Problem, ...]:
    """The problem behind a refusal; nothing where the message says it all."""
    describe = next((made for kind, made in DESCRIBED if isinstance(error, kind)), None)
    return () if describe is None or request is None else (describe(message, request),)


def header(request: Request, name: str) -> str | None:
    sent = request.headers.get(name)
    return None if sent is None else str(sent)[:LONGEST]


def no_token(message: str, request: Request) -> Problem:
    return Problem("Authorization", None, message, SEND_TOKEN)


def wrong_token(message: str, request: Request) -> Problem:
    """A token in the header, or one (or a name and password) in the body: none of them is ever echoed."""
    if "Authorization" in request.headers:
        return Problem("Authorization", None, message, SEND_TOKEN)
    return Problem("body", None, message, "Check what you sent, or get a new token at /api/token/.")


def not_acceptable(message: str, request: Request) -> Problem:
    """The format of the address where there is none such; else the header, which wants something else."""
    asked = request.query_params.get("format")
    known = {str(one.format): one.media_type for one in request.parser_context["view"].get_renderers()}
    if asked is not None and asked not in known:
        return Problem("format", asked[:LONGEST], message, f"Use one of {', '.join(known)}, or leave it out.")
    wanted = known.get(asked or "", "application/json")
    return Problem("Accept", header(request, "Accept"), message, f"Send Accept: {wanted}, or no such header.")


def other_media(message: str, request: Request) -> Problem:
    return Problem("Content-Type", header(request, "Content-Type"), message, "Send JSON as application/json.")


def wrong_method(message: str, request: Request) -> Problem:
    methods = ", ".join(request.parser_context["view"].allowed_methods)
    return Problem("method", request.method, message, f"This address takes {methods}.")


def other_role(message: str, request: Request) -> Problem:
    if message.startswith("CSRF"):
        return Problem("X-CSRFToken", None, message, "Send the token of the page's cookie, or use a bearer token.")
    return Problem("role", None, message, "Sign in with a role that may, or ask an operator for it.")


def unreadable(message: str, request: Request) -> Problem:
    return Problem("body", None, message, "Send one JSON document, as its standard has it and encoded as UTF-8.")


def too_often(message: str, request: Request) -> Problem:
    usage = getattr(request._request, "rate_usage", None) or {}
    return Problem("rate", usage.get("limit"), message, "Ask again after the seconds that Retry-After tells.")


def too_large(length: Any) -> Problem:
    """*length* is what the caller stated, None where nothing was."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    size = int(length) if str(length or "").isdigit() and len(str(length)) < 16 else None
    message = f"A body may have at most {limit:,} bytes."
    return Problem("body", size, message, "Send less at once.")


def described_size(message: str, request: Request) -> Problem:
    return too_large(request.META.get("CONTENT_LENGTH"))


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"


DESCRIBED: tuple[tuple[type[Exception], Callable[[str, Request], Problem]], ...] = (
    (exceptions.NotAuthenticated, no_token),
    (exceptions.AuthenticationFailed, wrong_token),
    (exceptions.PermissionDenied, other_role),
    (exceptions.ParseError, unreadable),
    (exceptions.Throttled, too_often),
    (exceptions.NotAcceptable, not_acceptable),
    (exceptions.UnsupportedMediaType, other_media),
    (exceptions.MethodNotAllowed, wrong_method),
    (TooLarge, described_size),
)
