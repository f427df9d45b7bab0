"""A name for each request, by which its answer and its lines in the log are found."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Request-ID"
LONGEST = 128
# Nothing that could break a line of the log, a header or a page.
SANE = re.compile(rf"[A-Za-z0-9._:-]{{1,{LONGEST}}}").fullmatch

current: ContextVar[str] = ContextVar("request_id", default="")


def named(asked: str | None) -> str:
    """What the caller, or a proxy before us, has named the request; a new name where that is missing or no name."""
    return asked if asked and SANE(asked) else secrets.token_hex(8)


@contextmanager
def under(name: str) -> Iterator[None]:
    """What is logged meanwhile belongs to the request of this name."""
    token = current.set(name)
    try:
        yield
    finally:
        current.reset(token)


class RequestName(logging.Filter):
    """Gives each line the name of the request it belongs to, for the formatter: ``[name]``, or nothing outside one."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django logs some answers after they have left the middleware, but says whose they are.
        name = getattr(getattr(record, "request", None), "request_id", "") or current.get()
        record.of_request = f" [{name}]" if name else ""
        return True
