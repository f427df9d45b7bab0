"""Rate limits, counted by django-ratelimit in the shared cache, by user or else by address.

What changes something is ``write``, or what the view names in ``rate_class``; what only looks is ``read``, or what it
names in ``read_class``: ``heavy`` where that takes ten times as long as usual, always or by what is asked
(`HeavyWhere`). The rates are in ``settings.API_RATES``.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django_ratelimit.core import get_usage
from rest_framework.throttling import BaseThrottle

NOBODY = "0.0.0.0"
SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class HeavyWhere:
    """Reading that is heavy by what is asked; *words* tell in the API's document what that is."""

    asked: Callable[[Any], bool]
    words: str


class RateLimit(BaseThrottle):
    """A Django REST framework throttle; the caller's remaining budget is left on the request."""

    key = "user_or_ip"
    group = ""
    usage: dict[str, Any] | None = None

    def allow_request(self, request: Any, view: Any) -> bool:
        group = self.group or self.group_of(request, view)
        rate = settings.API_RATES[group]
        self.usage = get_usage(request, group=f"api-{group}", key=self.key, rate=rate, increment=True)
        if self.usage is None:
            return True
        request._request.rate_usage = self.usage
        return not self.usage["should_limit"]

    @staticmethod
    def group_of(request: Any, view: Any) -> str:
        if request.method not in SAFE:
            return str(getattr(view, "rate_class", "write"))
        reading = "read" if request.method == "OPTIONS" else getattr(view, "read_class", "read")
        if isinstance(reading, HeavyWhere):
            return "heavy" if reading.asked(request) else "read"
        return str(reading)

    def wait(self) -> float | None:
        return max(1.0, float(self.usage["time_left"])) if self.usage else None


def count_of_address(request: Any, *, increment: bool) -> dict[str, Any] | None:
    """Counts a request that no view counted, by its address, or only looks; None while nobody can count."""
    group = "read" if request.method in SAFE else "write"
    rate = settings.API_RATES[group]
    usage: dict[str, Any] | None = get_usage(request, group=f"api-{group}", key="ip", rate=rate, increment=increment)
    return usage


def client_address(request: Any) -> str:
    """The caller's address; behind a proxy of ours (BEHIND_PROXY=1) the one that the proxy saw.

    Whoever comes without one, as through a socket file, shares a budget with others like it.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    for address in (forwarded.rsplit(",", 1)[-1].strip(), request.META.get("REMOTE_ADDR", "")):
        try:
            return str(ipaddress.ip_address(address))
        except ValueError:
            continue
    return NOBODY


def headers(usage: dict[str, Any]) -> dict[str, str]:
    """The ``X-RateLimit-*`` headers for one usage."""
    remaining = max(0, usage["limit"] - usage["count"])
    return {
        "X-RateLimit-Limit": str(usage["limit"]),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(int(time.time()) + int(usage["time_left"])),
    }
