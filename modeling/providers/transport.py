"""One request over HTTP: within a total time whatever the other side does, and within a size.

A socket's own timeout starts anew with each byte, so a server that trickles would hold a caller for hours: here every
read is given only what is left of the whole.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from modeling.providers.registry import origin
from modeling.providers.timing import Deadline

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PIECE = 65_536
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """How long and how much.

    Attributes
    ----------
    connect, request, whole : seconds until a connection stands, for one request from its begin to its last byte, and
        for all attempts together with the waits between them
    attempts : how often a request is made at most
    retry_after : the longest wait that a server may ask for
    size : bytes of an answer, unpacked
    redirects : how many are followed, on the same server
    """

    connect: float = 5.0
    request: float = 30.0
    whole: float = 90.0
    attempts: int = 3
    retry_after: float = 30.0
    size: int = 64 * MEGABYTE
    redirects: int = 3


@dataclass(frozen=True)
class Answer:
    """What came back; the names of headers are in small letters."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Fault(Exception):
    """A request went wrong.

    ``again`` says whether the same request may go well in a moment, ``wait`` when, and ``counts`` whether it tells of
    the server: what it refuses to this one request says nothing about others.
    """

    def __init__(self, told: str, *, again: bool = False, wait: float | None = None, counts: bool = True) -> None:
        super().__init__(told)
        self.told, self.again, self.wait, self.counts = told, again, wait, counts


def ask(url: str, headers: Mapping[str, str], limits: Limits, deadline: Deadline) -> Answer:
    """The answer to a GET; raises Fault. Redirects are followed on the same server only."""
    for _ in range(limits.redirects + 1):
        answer = asked(url, headers, limits, deadline)
        if answer.status not in REDIRECTS:
            return answer
        url = followed(answer)
    raise Fault(f"It redirects more than {limits.redirects} times.")


def followed(answer: Answer) -> str:
    """The address that a redirect leads to, on the same server: it must not choose whom we call."""
    try:
        target = urljoin(answer.url, answer.headers.get("location", ""))
        if origin(target) == origin(answer.url):
            return target
    except ValueError:
        pass  # That is no address.
    raise Fault("It redirects to another server, which is not followed.")


def asked(url: str, headers: Mapping[str, str], limits: Limits, deadline: Deadline) -> Answer:
    parts = urlsplit(url)
    connection = connected(parts, limits, deadline)
    try:
        # http.client reads from what this makes of its socket.
        connection.response_class = lambda sock, **more: http.client.HTTPResponse(Timed(sock, deadline), **more)  # type: ignore[assignment,arg-type]
        connection.request(
            "GET", f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", headers=dict(headers)
        )
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(url, response.status, told, body_of(response, told, limits))
    except TimeoutError as error:
        raise Fault(f"Its answer was not complete within {limits.request:g} s.", again=True) from error
    except (http.client.InvalidURL, UnicodeError) as error:
        raise Fault("It redirects to an address that can't be asked for.") from error
    except (OSError, http.client.HTTPException) as error:
        raise Fault(f"The connection broke: {named(error)}.", again=True) from error
    finally:
        connection.close()


def connected(parts: SplitResult, limits: Limits, deadline: Deadline) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    try:
        patience = deadline.patience(limits.connect)
        connection = (
            http.client.HTTPSConnection(host, parts.port, timeout=patience, context=ssl.create_default_context())
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=patience)
        )
        connection.connect()
    except ssl.SSLCertVerificationError as error:
        raise Fault(f"Its certificate can't be trusted: {error.verify_message}.") from error
    except TimeoutError as error:
        raise Fault(f"No connection could be made within {limits.connect:g} s.", again=True) from error
    except OSError as error:
        raise Fault(f"No connection could be made: {named(error)}.", again=True) from error
    return connection


def named(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:200]


class Timed(io.RawIOBase):
    """A socket's bytes; each read waits only for what is left of the whole request's time."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self.sock, self.deadline = sock, deadline
        self.bytes = sock.makefile("rb", buffering=0)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self.sock.settimeout(self.deadline.patience(3600))
        return self.bytes.readinto(buffer)

    def close(self) -> None:
        self.bytes.close()
        super().close()


def body_of(response: http.client.HTTPResponse, headers: Mapping[str, str], limits: Limits) -> bytes:
    """The whole body, unpacked; never more than fits."""
    unpack = unpacking(headers.get("content-encoding", ""))
    body = bytearray()
    while piece := response.read(PIECE):
        body += unpack.take(piece, limits.size + 1 - len(body))
        if len(body) > limits.size:
            raise Fault(f"Its answer is larger than {limits.size / MEGABYTE:,.3g} MB.")
    if response.length or not unpack.complete:
        raise Fault("Its answer ended too early.", again=True)
    return bytes(body)


class Plain:
    complete = True

    def take(self, piece: bytes, most: int) -> bytes:
        return piece


class Gzip:
    """Unpacks piece by piece, so that a small answer can't become a huge one in memory."""

    def __init__(self) -> None:
        self.decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self.began = False

    @property
    def complete(self) -> bool:
        return self.decoder.eof or not self.began

    def take(self, piece: bytes, most: int) -> bytes:
        self.began = True
        try:
            return self.decoder.decompress(piece, most)
        except zlib.error as error:
            raise Fault("Its answer is damaged: it can't be unpacked.", again=True) from error


def unpacking(encoding: str) -> Plain | Gzip:
    if encoding.lower() in {"", "identity"}:
        return Plain()
    if encoding.lower() in {"gzip", "x-gzip"}:
        return Gzip()
    raise Fault(f"Its answer is packed in a way that was not asked for: {encoding[:40]}.")
