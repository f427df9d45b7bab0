"""How a message goes out: to the log, by email, and as a signed webhook. Each raises when it did not.

The webhook's body is JSON whose ``text`` chat services show as it is. With a secret it carries two headers:
``X-Valor-Timestamp`` (seconds since 1970) and ``X-Valor-Signature``: ``sha256=`` and the hexadecimal HMAC-SHA256, keyed
by the secret, of the timestamp, a full stop and the body. A receiver works it out the same way, compares in constant
time, and refuses a timestamp that is minutes old.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from performance.alerts.choices import ENDED, AlertSeverity, Channel, EventKind
from performance.alerts.models import Alert, AlertEvent
from performance.alerts.sentences import sentence, title

logger = logging.getLogger("performance.alerts")

TIMEOUT = 5.0
KEPT_INSIDE = ("command",)


class Undelivered(Exception):
    """The message did not arrive: it is sent again later."""


@dataclass(frozen=True)
class Message:
    """What is told of one or several alerts; an alert that moved twice meanwhile is told as it ended."""

    events: Sequence[AlertEvent]
    now: datetime

    @property
    def latest(self) -> list[AlertEvent]:
        """The last event of each alert, those that still burn first."""
        last = {event.alert_id: event for event in self.events}
        return sorted(last.values(), key=lambda event: (event.kind in ENDED, event.severity != AlertSeverity.CRITICAL))

    @property
    def subject(self) -> str:
        first, *others = self.latest
        more = f" and {len(others)} more" if others else ""
        return f"{word_of(first)}: {title(first.alert)}{more}"

    @property
    def text(self) -> str:
        return "\n".join(f"{line(event, self.now)}\n{address(event.alert)}" for event in self.latest)

    @property
    def document(self) -> dict[str, Any]:
        return {"text": self.text, "sent_at": stamp(self.now), "alerts": [told(event) for event in self.latest]}


def word_of(event: AlertEvent) -> str:
    return "Resolved" if event.kind in ENDED else str(event.get_severity_display())


def line(event: AlertEvent, now: datetime) -> str:
    again = "Still " if event.kind == EventKind.REPEATED else ""
    said = sentence(event.alert, now)
    return f"{again}{said[0].lower()}{said[1:]}" if again else said


def address(alert: Alert) -> str:
    return f"{settings.BASE_URL}{reverse('performance:alert', args=[alert.pk])}"


def stamp(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def told(event: AlertEvent) -> dict[str, Any]:
    alert = event.alert
    return {
        "id": alert.pk,
        "event": event.kind,
        "state": alert.state,
        "severity": alert.severity,
        "category": alert.category,
        "metric": alert.metric,
        "host": alert.host,
        "value": alert.value,
        "limit": alert.limit,
        "began_at": stamp(alert.began_at),
        "resolved_at": stamp(alert.resolved_at),
        "culprits": [outward(culprit) for culprit in alert.culprits],
        "url": address(alert),
    }


def outward(culprit: Mapping[str, Any]) -> dict[str, Any]:
    """What of a culprit leaves the house: a command line may hold what no pattern knows to be a secret."""
    figures = {name: figure for name, figure in culprit["figures"].items() if name not in KEPT_INSIDE}
    return {**culprit, "figures": figures}


def to_log(message: Message) -> None:
    if not message.events:
        logger.info(message.text)
    for event in message.latest:
        critical = event.severity == AlertSeverity.CRITICAL and event.kind not in ENDED
        level = logging.ERROR if critical else logging.INFO if event.kind in ENDED else logging.WARNING
        logger.log(level, "%s %s", line(event, message.now), address(event.alert))


def by_email(message: Message) -> None:
    # One letter with everybody in the blind copy: nobody learns who else is told.
    EmailMessage(f"[Valor IVX] {message.subject}", message.text, to=[], bcc=settings.ALERT_EMAILS).send()


def by_webhook(message: Message) -> None:
    """Posts the document once; only an answer of 200 to 299 is one. Redirects are not followed."""
    body = json.dumps(message.document, default=str).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "valor-ivx"} | signed(body, message.now)
    parts = urlsplit(settings.ALERT_WEBHOOK_URL)
    connection = connected(parts.scheme, parts.hostname or "", parts.port)
    try:
        connection.request("POST", f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise Undelivered(f"It was answered with {status}.")


def connected(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT)


def signed(body: bytes, now: datetime) -> dict[str, str]:
    """The headers by which a receiver knows that the message is ours, and new."""
    if not settings.ALERT_WEBHOOK_SECRET:
        return {}
    at = str(int(now.timestamp()))
    digest = hmac.new(settings.ALERT_WEBHOOK_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return {"X-Valor-Timestamp": at, "X-Valor-Signature": f"sha256={digest.hexdigest()}"}


SEND: dict[Channel, Callable[[Message], None]] = {
    Channel.LOG: to_log,
    Channel.EMAIL: by_email,
    Channel.WEBHOOK: by_webhook,
}
