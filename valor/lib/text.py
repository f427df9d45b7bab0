"""What JSON can spell and UTF-8 or a database can't."""

from __future__ import annotations

import json
from typing import Any


def has_half_character(data: Any) -> bool:
    r"""Whether a text inside plain data holds half a character (a lone surrogate such as ``\ud800``).

    Nothing could store it, and no answer could echo it.
    """
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def storable(text: str) -> str:
    """The text as every database takes it: half characters (psutil's way to tell of odd bytes) become ?, NUL goes."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")
