"""Request bodies that hold a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import JSONParser

from valor.lib.errors import ValorError

MAX_BODY = 1024 * 1024


class BodyTooLarge(ValorError):
    """The request's body is larger than 1 MB: send one valuation, or fewer prices, at a time."""

    code = "too_large"
    status = 413


class DocumentParser(JSONParser):
    """One JSON object, read as the commands read a file: no NaN, no infinite or overflowing number, no key twice.

    Python's own reader lets 1e400 through as infinity and silently drops the first of two equal keys.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise BodyTooLarge
        from modeling.codecs import load_json

        return load_json(body)
