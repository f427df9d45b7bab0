"""Which values may be handed to every caller as they are, and which only as copies.

Returning one object to several callers lets one of them change it for all. A value is kept as it is only where its
type proves that nobody can change it; everything else is kept as a pickle, of which each caller gets a copy.
"""

from __future__ import annotations

import pickle
import sys
from dataclasses import fields
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import cache, cached_property
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

FROZEN = frozenset({str, bytes, int, float, bool, complex, type(None), date, timedelta, Decimal, UUID})
MOMENTS = (datetime, time)
ZONES = (timezone, ZoneInfo)
DEPTH = 6
PROTOCOL = pickle.HIGHEST_PROTOCOL


class Kept(NamedTuple):
    """A value as it is kept: itself, or its pickle."""

    held: Any
    pickled: bool

    def give(self) -> Any:
        """What a caller gets."""
        return pickle.loads(self.held) if self.pickled else self.held


def keep(value: Any) -> Kept:
    """*value* in the form in which it may be kept for several callers."""
    return Kept(value, False) if is_immutable(value) else Kept(pickle.dumps(value, PROTOCOL), True)


def is_immutable(value: Any, depth: int = DEPTH) -> bool:
    """Whether the type proves that nobody can change *value*; deep nesting counts as unproven."""
    kind = type(value)
    if kind in FROZEN:
        return True
    if depth == 0:
        return False
    if kind in (tuple, frozenset):
        return all(is_immutable(member, depth - 1) for member in value)
    if kind in MOMENTS:
        return value.tzinfo is None or type(value.tzinfo) in ZONES
    return issubclass(kind, Enum) or is_frozen_record(value, kind, depth)


def is_frozen_record(value: Any, kind: Any, depth: int) -> bool:
    """A frozen dataclass of immutable fields, with nothing else on it."""
    if not is_sealed(kind):
        return False
    names = {field.name for field in fields(value)}
    return getattr(value, "__dict__", {}).keys() <= names and all(
        is_immutable(getattr(value, name), depth - 1) for name in names
    )


@cache
def is_sealed(kind: Any) -> bool:
    """Whether *kind* is a frozen dataclass that keeps no results on its instances either."""
    parameters = getattr(kind, "__dataclass_params__", None)
    if parameters is None or not parameters.frozen:
        return False
    return not any(isinstance(member, cached_property) for base in kind.__mro__ for member in vars(base).values())


def weigh(value: Any) -> int:
    """About the bytes that an immutable value takes."""
    size = sys.getsizeof(value)
    kind: Any = type(value)
    if kind in FROZEN:
        return size
    if kind in (tuple, frozenset):
        return size + sum(weigh(member) for member in value)
    return size + sum(weigh(getattr(value, field.name)) for field in fields(value)) if is_sealed(kind) else size
