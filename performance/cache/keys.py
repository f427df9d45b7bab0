"""Arguments as text that never collides: 1, True, 1.0, "1" and None are five different keys.

Every value is written with its type, and what has a length with its length, so that no text inside a value can pass
for the structure around it. What has no certain identity is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.db.models import Model

READABLE = re.compile(r"[!-~]{1,100}").fullmatch


class NoKey(TypeError):
    """A cached function was called with something that has no certain identity: give it a `key=` function."""


def text(mark: str, value: str) -> str:
    return f"{mark}{len(value)}:{value}"


SIMPLE: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "n",
    bool: lambda value: "b1" if value else "b0",
    int: lambda value: f"i{value}",
    float: lambda value: f"f{value.hex()}",
    str: lambda value: text("s", value),
    bytes: lambda value: f"y{value.hex()}",
    datetime: lambda value: f"t{value.isoformat()}/{value.fold}",
    date: lambda value: f"d{value.isoformat()}",
    time: lambda value: f"h{value.isoformat()}/{value.fold}",
    timedelta: lambda value: f"p{value.days}/{value.seconds}/{value.microseconds}",
    Decimal: lambda value: f"D{value}",
    UUID: lambda value: f"U{value.hex}",
}


def canonical(value: Any) -> str:
    """The one text of *value*; NoKey where it can have none."""
    simple = SIMPLE.get(type(value))
    if simple is not None:
        return simple(value)
    if isinstance(value, Enum):
        return text("e", f"{named(type(value))}.{value.name}")
    if isinstance(value, Model):
        return model_key(value)
    return compound(value)


def compound(value: Any) -> str:
    kind = type(value)
    if kind in (tuple, list):
        return f"{'(' if kind is tuple else '['}{len(value)}:{','.join(map(canonical, value))}"
    if kind in (set, frozenset):
        return f"{{{len(value)}:{','.join(sorted(map(canonical, value)))}"
    if isinstance(value, Mapping):
        pairs = sorted(f"{canonical(key)}={canonical(member)}" for key, member in value.items())
        return f"<{len(pairs)}:{','.join(pairs)}"
    if is_dataclass(value) and kind.__dataclass_params__.frozen:
        members = ",".join(canonical(getattr(value, field.name)) for field in fields(value))
        return f"{text('c', named(kind))}({members})"
    raise NoKey(f"{kind.__qualname__} can't be part of a cache key: give the cached function a key= of your own.")


def model_key(value: Model) -> str:
    """A row is its table and its primary key; before it is saved it is nothing yet."""
    if value.pk is None:
        raise NoKey(f"An unsaved {value._meta.label} can't be part of a cache key: save it first.")
    return f"{text('m', value._meta.label)}{canonical(value.pk)}"


def named(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def shortened(key: str) -> str:
    """The text itself where it is short and plain, so that an operator can read it, else its digest."""
    if READABLE(key):
        return f"={key}"
    return f"#{hashlib.blake2b(key.encode(errors='surrogatepass'), digest_size=20).hexdigest()}"
