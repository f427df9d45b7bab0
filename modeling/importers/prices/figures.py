"""Numbers as files write them: which mark parts the decimals, which groups thousands, and what stands for nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

NAN = math.nan
MISSING = ("", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "#n/a", "#na", "#n/a n/a", ".")
DECIMALS = {".": "point", ",": "comma"}
GROUPS = {"": "none", ",": "comma", ".": "point", " ": "space", "'": "apostrophe"}
SPACES = str.maketrans("\u00a0\u202f\u2009\u2019", "   '")
CURRENCY_SIGNS = "$€£¥"
NUMBER = re.compile(r"[+-]?[$€£¥]?\s?(\d[\d.,' ]*|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
PLAIN = re.compile(r"(\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
GROUPED = {
    ".": re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII),
    ",": re.compile(r"\d{1,3}(\.\d{3})+(,\d*)?", re.ASCII),
}
UNCLEAR = {mark: re.compile(rf"[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}", re.ASCII) for mark in ".,"}


@dataclass(frozen=True)
class NumberFinding:
    """The marks of the numbers, why, and whether that must be asked."""

    decimal: str
    thousands: str
    evidence: str
    certain: bool


def is_missing(text: str, missing: frozenset[str] = frozenset(MISSING)) -> bool:
    return text.strip().lower() in missing


def looks_like_number(text: str) -> bool:
    return NUMBER.fullmatch(text.strip().translate(SPACES)) is not None


def bare(text: str) -> str:
    """The digits and marks of a number, without sign, currency and power of ten."""
    text = text.strip().translate(SPACES).lstrip("+-" + CURRENCY_SIGNS).strip()
    return re.split("[eE]", text)[0]


def recognise_numbers(texts: Sequence[str], separator: str) -> NumberFinding:
    """The decimal mark and the thousands mark that these numbers are written with."""
    numbers = [bare(text) for text in texts if looks_like_number(text)]
    other = next((mark for mark in "' " if any(mark in number for number in numbers)), "")
    for decimal, group in ((".", ","), (",", ".")):
        proof = next((number for number in numbers if proves(number, decimal, group)), None)
        if proof is not None:
            grouped = group if any(group in number for number in numbers) else other
            return NumberFinding(decimal, grouped, f"{proof} has a decimal {DECIMALS[decimal]}.", True)
    for mark in ".,":
        unclear = next((number for number in numbers if UNCLEAR[mark].fullmatch(number)), None)
        if unclear is not None:
            groups = mark == "," and separator == ","
            decimal, thousands = (".", ",") if groups else (mark, other)
            words = f"{unclear}: its mark could part decimals or group thousands."
            return NumberFinding(decimal, thousands, words, mark == "." and separator == ",")
    return NumberFinding(".", other, "No number looked at has decimals.", True)


def proves(number: str, decimal: str, group: str) -> bool:
    """Whether a number can only be read with this decimal mark."""
    if decimal not in number:
        # Two groups of thousands tell which mark the decimals don't have.
        return number.count(group) > 1 and GROUPED[decimal].fullmatch(number) is not None
    if group in number:
        return GROUPED[decimal].fullmatch(number) is not None
    return number.count(decimal) == 1 and UNCLEAR[decimal].fullmatch(number) is None


@dataclass(frozen=True)
class NumberReader:
    """Reads one cell: NaN for a missing price; raises ValueError for what is no number."""

    decimal: str
    thousands: str
    missing: frozenset[str]

    def __call__(self, text: str) -> float:
        text = text.strip()
        if text.lower() in self.missing:
            return NAN
        text = text.translate(SPACES)
        sign = text[:1] if text[:1] in {"+", "-"} else ""
        text = text.removeprefix(sign).lstrip(CURRENCY_SIGNS).strip()
        if self.thousands and self.thousands in text:
            whole, mark, rest = text.partition(self.decimal)
            first, *groups = whole.split(self.thousands)
            if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
                raise ValueError(text)
            text = first + "".join(groups) + mark + rest
        if self.decimal != ".":
            if "." in text:
                raise ValueError(text)
            text = text.replace(self.decimal, ".")
        if not PLAIN.fullmatch(text):
            raise ValueError(text)
        value = float(sign + text)
        if not math.isfinite(value):
            raise ValueError(text)
        return value
