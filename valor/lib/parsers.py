"""Reading what API callers send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from valor.lib.api_details import TooLarge
from valor.lib.text import has_half_character, is_deep


class StrictJSONParser(BaseParser):
    """JSON as its standard has it: no NaN, no name twice in one object; limited in size and depth."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        # Without a stated length the server reads no body at all, so one byte more tells.
        content = stream.read(limit + 1)
        if len(content) > limit:
            raise TooLarge(f"The body is larger than {limit // 1024**2} MB: send less at once.")
        try:
            data = json.loads(content.decode(), parse_constant=refuse_constant, object_pairs_hook=unique)
            if is_deep(data):
                raise RecursionError
            if rb"\u" in content and has_half_character(data):
                raise ValueError("it holds half a character, such as \\ud800 alone")
            return data
        except UnicodeDecodeError:
            raise ParseError("The body is not UTF-8: send JSON encoded as UTF-8.") from None
        except RecursionError:
            raise ParseError("The JSON is nested too deeply: send a flatter document.") from None
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}.") from None


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number, send null or leave it out")


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a dict; a name that comes twice would silently lose one of its values."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is there twice in one object")
    return found
