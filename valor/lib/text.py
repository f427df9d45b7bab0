"""What JSON can spell and UTF-8, a database or an answer can't."""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 50  # What Python still reads of a body may be too deep for the answer that would tell it back.


def has_half_character(data: Any) -> bool:
    r"""Whether a text inside plain data holds half a character (a lone surrogate such as ``\ud800``).

    Nothing could store it, and no answer could echo it.
    """
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def is_deep(data: Any) -> bool:
    """Whether lists and objects lie in each other more often than any document of ours needs."""
    level = [data]
    for _ in range(DEEPEST):
        inner = (item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list)))
        level = [member for members in inner for member in members]
        if not level:
            return False
    return any(isinstance(item, (dict, list)) for item in level)


def storable(text: str) -> str:
    """The text as every database takes it: half characters (psutil's way to tell of odd bytes) become ?, NUL goes."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")
