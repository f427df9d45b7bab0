"""Reading what a portfolio document lists: tickers, weights by ticker, objects one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from modeling.codecs.reading import MISSING, Numeric, Reader, described

TICKER_LENGTH = 40
T = TypeVar("T")


def is_ticker(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= TICKER_LENGTH and value.isprintable()


def tickers(section: Reader, key: str, most: int) -> tuple[str, ...]:
    """A list of names, none twice; empty where there is none."""
    value = section.get(key)
    if value is MISSING:
        return ()
    if not isinstance(value, list | tuple) or len(value) > most:
        section.report(key, value, f"It must be a list of at most {most} tickers.", 'Give a list such as ["AAPL"].')
        return ()
    for index, name in enumerate(value):
        if not is_ticker(name):
            remedy = f"Give 1 to {TICKER_LENGTH} printable characters."
            section.report(f"{key}.{index}", name, f"{described(name)} is not a ticker.", remedy)
            return ()
    names = tuple(name.strip() for name in value)
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            section.report(f"{key}.{index}", name, "It is listed twice.", "List it once.")
            return ()
        seen.add(name)
    return names


def by_ticker(section: Reader, key: str, spec: Numeric) -> dict[str, float]:
    """Numbers by ticker, such as weights; empty where there are none."""
    value = section.get(key)
    if value is MISSING:
        return {}
    if not isinstance(value, Mapping):
        remedy = 'Give an object such as {"AAPL": 0.25}.'
        section.report(key, value, f"{described(value)} is not an object of numbers by ticker.", remedy)
        return {}
    found = {}
    for name, raw in value.items():
        if is_ticker(name):
            found[name.strip()] = section.checked(f"{key}.{name}", raw, spec)
        else:
            section.report(key, name, "A ticker must have printable characters.", "Name each asset by its ticker.")
    return found


def objects(
    section: Reader, key: str, most: int, read: Callable[[Mapping[str, Any], str], T | None], example: str
) -> tuple[T, ...]:
    """A list of objects, each read by *read* with its own path; what can't be read is reported and left out."""
    value = section.get(key)
    if value is MISSING:
        return ()
    if not isinstance(value, list | tuple) or len(value) > most:
        section.report(key, value, f"It must be a list of at most {most} objects.", f"Give [{example}].")
        return ()
    found = []
    for index, raw in enumerate(value):
        if not isinstance(raw, Mapping):
            section.report(f"{key}.{index}", raw, f"{described(raw)} is not an object.", f"Give {example}.")
            continue
        item = read(raw, section.at(f"{key}.{index}"))
        if item is not None:
            found.append(item)
    return tuple(found)
