"""``/metrics``: for Prometheus, which shows a token or comes from an address that is allowed."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import choose_encoder

from performance.exposition import registry
from valor.lib.ratelimit import client_address

PLAIN = "text/plain; charset=utf-8"


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not (has_token(request) or is_allowed(request)):
        return refusal()
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry()), content_type=content_type)


def has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    known = settings.METRICS_TOKEN
    return bool(known) and scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), known.encode())


def is_allowed(request: HttpRequest) -> bool:
    """Whether the caller's address is allowed. What a proxy that we are not told of passes on, is from anywhere."""
    if not settings.BEHIND_PROXY and "X-Forwarded-For" in request.headers:
        return False
    try:
        address = ip_address(client_address(request))
    except ValueError:
        return False
    return any(address in network for network in settings.METRICS_ALLOW)


def refusal() -> HttpResponse:
    if settings.METRICS_TOKEN:
        refused = HttpResponse(
            "These metrics need a token: send METRICS_TOKEN as Authorization: Bearer TOKEN.\n",
            status=401,
            content_type=PLAIN,
        )
        refused.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refused
    return HttpResponse(
        "These metrics are for this machine only: name the address in METRICS_ALLOW, or set METRICS_TOKEN.\n",
        status=403,
        content_type=PLAIN,
    )
