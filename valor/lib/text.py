"""What JSON can spell and UTF-8 can't."""

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
