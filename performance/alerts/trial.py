"""A test message by every channel that is configured, sent at once: does anybody hear us?"""

from __future__ import annotations

from django.utils import timezone

from performance.alerts import outbox
from performance.alerts.channels import SEND, Message
from performance.alerts.choices import Channel


class Trial(Message):
    """A message that says it is none."""

    @property
    def subject(self) -> str:
        return "Test"

    @property
    def text(self) -> str:
        return "This is a test of Valor IVX: whoever reads it would have been told of an alert."


def send_test() -> list[tuple[Channel, str]]:
    """Each channel with what went wrong; empty: nothing."""
    return [(channel, attempt(channel)) for channel in outbox.channels()]


def attempt(channel: Channel) -> str:
    try:
        SEND[channel](Trial((), timezone.now()))
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]
    return ""
