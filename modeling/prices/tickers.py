"""What can be a ticker. (No NumPy here.)"""

from __future__ import annotations

import re

from modeling.models.prices import TICKER_LENGTH

# A ticker is part of addresses and the head of a column in spreadsheets, which take = + - @ for a formula.
TICKER = re.compile(rf"[A-Za-z0-9^$.](?:[A-Za-z0-9 ._^=:&$-]{{0,{TICKER_LENGTH - 2}}}[A-Za-z0-9._^=:&$-])?")
IN_WORDS = (
    f"1 to {TICKER_LENGTH} letters, digits or any of . _ - ^ = : & $ and blanks between; "
    "the first is a letter, a digit, ^, $ or a dot"
)


def is_ticker(text: str) -> bool:
    return TICKER.fullmatch(text) is not None
