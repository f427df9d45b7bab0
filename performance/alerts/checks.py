"""What is wrong with the settings of who is told: said when the product starts, not when the first alert fires."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

ALERTS = "alerts"  # The tag by which the sampler, who sends them, asks for these checks alone.


@register(ALERTS)
def channels(app_configs: Any, **_: Any) -> list[CheckMessage]:
    return [*addresses(), *webhook()]


def addresses() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for address in settings.ALERT_EMAILS:
        try:
            validate_email(address)
        except ValidationError:
            hint = "Separate addresses by commas: ops@example.com,boss@example.com."
            found.append(Error(f"ALERT_EMAILS: {address!r} is no address.", hint=hint, id="performance.E002"))
    return found


def webhook() -> list[CheckMessage]:
    url = settings.ALERT_WEBHOOK_URL
    if not url:
        return []
    if not usable(url):
        hint = "Use a whole address such as https://chat.example.com/hooks/valor."
        return [Error(f"ALERT_WEBHOOK_URL: nothing can be posted to {url!r}.", hint=hint, id="performance.E003")]
    if not settings.ALERT_WEBHOOK_SECRET:
        hint = "Set ALERT_WEBHOOK_SECRET, unless the receiver can't check a signature."
        return [Warning("Webhooks are not signed.", hint=hint, id="performance.W001")]
    return []


def usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
