"""The address the web server listens on. The supervisor holds the socket, the web server inherits it.

So a port in use is known at once and for certain, and while the web server restarts callers wait instead of failing.
"""

from __future__ import annotations

import errno
import socket
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Unusable(Exception):
    """Something that the start needs can't be used; the message says what, why and the remedy in one line."""


class Listener:
    """A listening socket on ``host:port``; raises Unusable where there can't be one."""

    def __init__(self, host: str, port: str) -> None:
        if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65_535):
            raise Unusable(f"The port {port!r} is not a number from 1 to 65535: use for example PORT=8123.")
        self.host, self.port = host or "127.0.0.1", int(port)
        self.socket = self.open()

    def open(self) -> socket.socket:
        try:
            family, kind, _, _, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0]
            opened = socket.socket(family, kind)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(address)
            opened.listen(1024)
        except OSError as error:
            raise Unusable(self.refusal(error)) from None
        return opened

    def refusal(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            another = self.port + 1 if self.port < 65_535 else self.port - 1
            return (
                f"Port {self.port} on {self.host} is already in use, perhaps by Valor IVX itself: stop what uses it, "
                f"or take another port (make run PORT={another}, or manage.py up --port {another})."
            )
        if error.errno == errno.EACCES:
            return f"Port {self.port} may not be used by this user: take one above 1023, for example 8123."
        return (
            f"This machine can't listen on {self.host}: {error.strerror}. Use 127.0.0.1, or 0.0.0.0 for every address."
        )

    @property
    def descriptor(self) -> int:
        return self.socket.fileno()

    @property
    def reachable_host(self) -> str:
        """The host to put into a browser: a socket on every address is reached on loopback."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"[{host}]" if ":" in host else host

    @property
    def url(self) -> str:
        return f"http://{self.reachable_host}:{self.port}"

    def answers(self, base_url: str) -> bool:
        """Whether the sign-in page comes. The socket accepts before the server is up, so each wait has an end."""
        host = self.reachable_host.strip("[]")
        connection = HTTPConnection(host, self.port, timeout=2)
        try:
            connection.request("GET", "/sign-in/", headers={"Host": urlsplit(base_url).netloc})
            return connection.getresponse().status < 400
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()
