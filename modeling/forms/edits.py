"""What every form that saves while somebody types sends along: which version, which tab, as its how manieth edit."""

from __future__ import annotations

import json
from collections.abc import Mapping

MAX_TEXT = 500
MAX_SEQUENCE = 2**53


class Edited:
    """The counters of an edit, from hidden inputs; *data* is what was posted."""

    data: dict[str, str]

    @property
    def expected_version(self) -> int | None:
        return whole(self.data.get("version"))

    @property
    def sequence(self) -> int:
        return whole(self.data.get("sequence")) or 0

    @property
    def tab(self) -> str:
        """The browser tab; none where the page runs without the script that counts its edits."""
        return self.data.get("tab", "") if self.sequence else ""

    @property
    def overwrite(self) -> bool:
        return self.data.get("overwrite") == "1"


def whole(text: str | None) -> int | None:
    """A hidden counter, None where it is missing or was tampered with."""
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) <= 16 else None
    return number if number is not None and number <= MAX_SEQUENCE else None


def repairs_in(data: Mapping[str, str], most: int = MAX_TEXT) -> dict[str, str]:
    """The texts a repair button sends when the page runs without JavaScript: a JSON object of name and text."""
    try:
        repairs = json.loads(data.get("repair", ""))
    except ValueError:
        return {}
    if not isinstance(repairs, dict):
        return {}
    return {str(name): str(text)[:most] for name, text in repairs.items()}
