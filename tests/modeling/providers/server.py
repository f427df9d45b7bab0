"""A server on this machine that answers as it is told to, mostly badly. It speaks bytes: no library keeps it honest."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

Behaviour = Callable[["Server", socket.socket], None]


class Server:
    """Each request is answered by the next behaviour in ``script``, the last one again and again.

    ``pages`` go before: behaviours by what a path begins with.
    """

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.script: list[Behaviour] = []
        self.pages: dict[str, Behaviour] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.closing = threading.Event()
        self.lock = threading.Lock()
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.handle, args=[connection], daemon=True).start()

    def handle(self, connection: socket.socket) -> None:
        # Whoever called may have hung up long ago: that is what the tests are about.
        with connection, suppress(OSError):
            self.behaviour(connection)(self, connection)

    def behaviour(self, connection: socket.socket) -> Behaviour:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65_536)
            if not piece:
                raise OSError("The caller left.")
            head += piece
        first, *lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
        path = first.split()[1]
        with self.lock:
            self.requests.append((path, {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}))
            for start, page in self.pages.items():
                if path.startswith(start):
                    return page
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def close(self) -> None:
        self.closing.set()
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def head(status: int, headers: dict[str, Any]) -> bytes:
    lines = [f"HTTP/1.1 {status} Told", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def answers(body: bytes | str = b"", status: int = 200, **headers: Any) -> Behaviour:
    """A whole answer; headers are written with _ for -."""
    data = body.encode() if isinstance(body, str) else body

    def answer(server: Server, connection: socket.socket) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.sendall(head(status, {"Content-Length": len(data), **named}) + data)

    return answer


def gives(document: Any) -> Behaviour:
    return answers(json.dumps(document), Content_Type="application/json")


def hangs(server: Server, connection: socket.socket) -> None:
    """Takes the request and says nothing."""
    server.closing.wait(20)


def hangs_in_the_body(server: Server, connection: socket.socket) -> None:
    connection.sendall(head(200, {"Content-Length": 1000}) + b"Date,Close\n")
    server.closing.wait(20)


def hangs_in_the_head(server: Server, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Ty")
    server.closing.wait(20)


def trickles(server: Server, connection: socket.socket) -> None:
    """A byte every few moments: each read succeeds, and the whole never ends."""
    connection.sendall(head(200, {"Content-Length": 100_000}))
    while not server.closing.wait(0.02):
        connection.sendall(b"x")


def trickles_in_the_head(server: Server, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not server.closing.wait(0.02):
        connection.sendall(b"x")


def resets(server: Server, connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def resets_in_the_body(server: Server, connection: socket.socket) -> None:
    connection.sendall(head(200, {"Content-Length": 1000}) + b"Date,Close\n")
    resets(server, connection)


def ends_early(server: Server, connection: socket.socket) -> None:
    connection.sendall(head(200, {"Content-Length": 1000}) + b"Date,Close\n")


def ends_a_chunk_early(server: Server, connection: socket.socket) -> None:
    connection.sendall(head(200, {"Transfer-Encoding": "chunked"}) + b"40\r\nDate,Close\n")


def never_ends(server: Server, connection: socket.socket) -> None:
    connection.sendall(head(200, {}))
    while True:
        connection.sendall(b"x" * 65_536)


def speaks_no_http(server: Server, connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example.com ESMTP\r\n" * 3)


def packed(body: bytes | str, *, cut: int = 0) -> Behaviour:
    data = gzip.compress(body.encode() if isinstance(body, str) else body)
    return answers(data[: len(data) - cut], Content_Encoding="gzip")


def redirects(target: str, status: int = 302) -> Behaviour:
    return answers(b"", status, Location=target)
