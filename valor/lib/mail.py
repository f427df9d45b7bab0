"""The mail server, from the environment."""

from __future__ import annotations

from typing import NamedTuple

from valor.lib import env


class Server(NamedTuple):
    """Where letters are handed in, in the order of Django's settings."""

    host: str
    port: int
    user: str
    password: str
    tls: bool


def server() -> Server:
    """EMAIL_HOST, _PORT, _USER, _PASSWORD and _TLS; this machine's own where nothing is set."""
    return Server(
        env.text("EMAIL_HOST", "localhost"),
        env.whole("EMAIL_PORT", 25),
        env.text("EMAIL_USER"),
        env.text("EMAIL_PASSWORD"),
        env.flag("EMAIL_TLS"),
    )
