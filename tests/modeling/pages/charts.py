"""What the charts of a page are drawn from."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any


def figures_in(text: str) -> list[dict[str, Any]]:
    """Of each chart, in the order of the page."""
    return [json.loads(unescape(found)) for found in re.findall(r'data-figures="([^"]*)"', text)]
