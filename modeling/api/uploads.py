"""Reading an uploaded file with its options: multipart, the options as one JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import SuspiciousOperation
from rest_framework.exceptions import ParseError
from rest_framework.parsers import MultiPartParser

from modeling.services.price_imports import MOST_BYTES, UploadTooLarge
from valor.lib.errors import InvalidInput
from valor.lib.parsers import refuse_constant, unique
from valor.lib.text import has_half_character

# What a body has besides the file: its options, and the lines between the parts.
BESIDES = 1024**2
MOST_OPTIONS = 64 * 1024


class UploadParser(MultiPartParser):
    """A multipart body, where what is wrong with its form is the caller's fault and told as such."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except (SuspiciousOperation, ValueError) as error:
            raise ParseError(f"The body can't be read: {error}.") from None


def refuse_large_body(request: Any) -> None:
    """Refuses by the stated length, before a byte of the body is read."""
    stated = str(request.META.get("CONTENT_LENGTH") or "0")
    size = int(stated) if stated.isdecimal() and len(stated) < 16 else 0
    if size > MOST_BYTES + BESIDES:
        raise UploadTooLarge(size)


def file_in(request: Any) -> Any:
    """The one file of a request."""
    found = request.FILES.getlist("file")
    if len(found) != 1:
        message = "There is no file." if not found else f"There are {len(found)} files."
        raise InvalidInput.at(
            "file", len(found), message, "Send one file as the part named file; a zip may hold several."
        )
    return found[0]


def options_in(request: Any) -> dict[str, Any]:
    """The options of a request, as an object; nothing where there are none."""
    text = request.data.get("options", "")
    if not isinstance(text, str):
        text = text.read(MOST_OPTIONS + 1).decode("utf-8", "replace")
    if not text.strip():
        return {}
    try:
        if len(text) > MOST_OPTIONS:
            raise ValueError(f"it has more than {MOST_OPTIONS:,} characters")
        options = json.loads(text, parse_constant=refuse_constant, object_pairs_hook=unique)
        if not isinstance(options, dict):
            raise ValueError("it is no object")
        if has_half_character(options) or "\0" in json.dumps(options, ensure_ascii=False) or "\\u0000" in text:
            raise ValueError("it holds a character that can't be stored")
    except (ValueError, RecursionError) as error:
        raise InvalidInput.at(
            "options", None, f"They are not a JSON object: {error}.", 'Send e.g. {"dry_run": true}.'
        ) from None
    return options
