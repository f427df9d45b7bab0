"""Figures of the evidence as people read them."""

from __future__ import annotations

from valor.lib.numbers import MISSING, format_bytes, format_duration, format_number


def whole(value: float | None) -> str:
    return format_number(value, 0)


def share(percent: float | None, digits: int = 0) -> str:
    return MISSING if percent is None else f"{format_number(percent, digits)} %"


def took(seconds: float | None) -> str:
    if seconds is None:
        return MISSING
    if seconds >= 120:
        return format_duration(seconds)
    return f"{format_number(seconds, 1)} s" if seconds >= 1 else f"{format_number(1000 * seconds, 0)} ms"


def size(value: float | None) -> str:
    return format_bytes(value)


def times(count: float) -> str:
    return "once" if round(count) == 1 else f"{whole(count)} times"
