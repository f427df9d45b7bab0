"""How a value travels to the shared tier and back.

A parcel is a header (flags, when it expires, a stamp that no other write ever has) and a pickle, compressed where
that pays. Small whole numbers travel bare, so that Redis can count with them. `CODEC` is part of every key: change it
with the format, and old values are missed instead of misread.
"""

from __future__ import annotations

import itertools
import os
import pickle
import struct
import zlib
from typing import Any, NamedTuple

from performance.cache.values import PROTOCOL, Kept, is_immutable

CODEC = "z1"
COMPRESS_ABOVE = 10_000
LEVEL = 1  # The quickest: a cache is read more often than it is short of memory.
MARK, COMPRESSED, IMMUTABLE = 0x40, 0x01, 0x02
HEADER = struct.Struct(">BdQ")
STAMP = slice(9, HEADER.size)
NEVER = 0.0
LARGEST = 2**63


class Parcel(NamedTuple):
    """What came back: ``expires`` in seconds since 1970 (0: never), ``body`` the pickle."""

    expires: float
    stamp: int
    immutable: bool
    body: bytes


_stamps = itertools.count(int.from_bytes(os.urandom(7), "big"))


def reseed() -> None:
    """After a fork the child must not repeat its parent's stamps."""
    global _stamps
    _stamps = itertools.count(int.from_bytes(os.urandom(7), "big"))


def next_stamp() -> int:
    return next(_stamps)


def is_bare(value: Any) -> bool:
    """Whether Redis itself can count with the value."""
    return type(value) is int and -LARGEST <= value < LARGEST


def pack(value: Any, expires: float, stamp: int) -> tuple[bytes, Kept]:
    """The parcel of *value*, and how the local tier keeps it."""
    body = pickle.dumps(value, PROTOCOL)
    immutable = is_immutable(value)
    kept = Kept(value, False) if immutable else Kept(body, True)
    flags = MARK | (IMMUTABLE if immutable else 0)
    if len(body) > COMPRESS_ABOVE:
        body, flags = zlib.compress(body, LEVEL), flags | COMPRESSED
    return HEADER.pack(flags, expires, stamp) + body, kept


def unpack(raw: bytes) -> Parcel | int:
    """The parcel, or the bare number."""
    if raw[0] & 0xF0 != MARK:
        return int(raw)
    flags, expires, stamp = HEADER.unpack_from(raw)
    body = raw[HEADER.size :]
    return Parcel(expires, stamp, bool(flags & IMMUTABLE), zlib.decompress(body) if flags & COMPRESSED else body)


def header_tail(expires: float, stamp: int) -> bytes:
    """The header after its flags, to give a parcel another expiry in place."""
    return HEADER.pack(0, expires, stamp)[1:]
