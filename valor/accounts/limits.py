"""How often somebody may try to sign in."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage

from valor.lib.ratelimit import RateLimit, client_address


def sign_in_usage(request: HttpRequest, name: str) -> dict[str, Any] | None:
    """Counts one attempt for this name from this address; None while the cache that counts is away."""
    # A name may be of any length and content; a cache key may not.
    digest = hashlib.sha256(name.strip().lower().encode()).hexdigest()[:32]
    address = client_address(request)
    usage: dict[str, Any] | None = get_usage(
        request,
        group="sign-in",
        key=lambda group, request: f"{address}:{digest}",
        rate=settings.API_RATES["sign_in"],
        increment=True,
    )
    return usage


class SignInRateLimit(RateLimit):
    """Counts by address: who asks for a token has no name yet."""

    key = "ip"
    group = "sign_in"
