"""What a range of segments leaves behind, how it is written down, and how such parts are put together."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.plan import Plan
from modeling.engines.simulation.records import Records, record_type
from valor.lib.errors import InvalidInput

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

LAYOUT: Final = 1
"""Raise it with every change of what a part holds: parts that an older release stored are then refused."""

_MAGIC: Final = b"VALOR IVX PART %02d" % LAYOUT
_PREFIX: Final = struct.Struct("<17sIII")  # magic, checksum of all that follows it, length of the header, of the rest
_SUM: Final = slice(17, 21)


@dataclass(frozen=True, eq=False)
class Partial:
    """The results of the segments ``first`` <= number < ``last`` of the run that ``key`` identifies.

    Every reading is summed over the blocks of a segment, in their order, and kept for each segment: the one summation
    over segments, in their order, happens in the reduction. So the result does not depend on who ran which of them.

    Attributes
    ----------
    grid : center, scale and ends of the bins that the outcomes were counted into; nothing where they were kept
    records : of each segment, shape (segments,), see ``record_type``
    sample : the outcomes in the order of the trials, shape (trials,), or their counts, (groups touched, 262144)
    """

    key: str
    first: int
    last: int
    grid: tuple[float, ...]
    records: Records
    sample: Floats | Counts

    def to_bytes(self) -> bytes:
        """A header, the records and the counts compressed, and outcomes as they are."""
        header = json.dumps(
            {
                "key": self.key,
                "range": [self.first, self.last],
                "grid": self.grid,
                "drivers": self.records["suspicion"].shape[1],
                "correlated": self.records["driver_means"].shape[1],
                "groups": len(self.sample) if self.grid else 0,
                "width": _width(self.sample) if self.grid else 0,
            }
        ).encode()
        counts = _planes(self.sample, _width(self.sample)) if self.grid else b""
        body = zlib.compress(self.records.tobytes() + counts, 1)
        rest = header + body + (b"" if self.grid else self.sample.tobytes())
        lengths = struct.pack("<II", len(header), len(body))
        return _MAGIC + struct.pack("<I", zlib.crc32(lengths + rest)) + lengths + rest

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what ``to_bytes`` wrote; raises InvalidInput where anything about it is not as it was written."""
        magic, checksum, header, body = _PREFIX.unpack(data[: _PREFIX.size].ljust(_PREFIX.size, b"\0"))
        if magic != _MAGIC:
            raise _unreadable("These bytes are no part of a simulation, or one of another release.")
        if zlib.crc32(memoryview(data)[_SUM.stop :]) != checksum:
            raise _unreadable("This part of a simulation is damaged.")
        start = _PREFIX.size + header
        described = json.loads(data[_PREFIX.size : start])
        return cls._read(described, zlib.decompress(data[start : start + body]), data[start + body :])

    @classmethod
    def _read(cls, described: dict[str, Any], body: bytes, outcomes: bytes) -> Self:
        first, last = described["range"]
        kind = record_type(described["drivers"], described["correlated"])
        end = kind.itemsize * (last - first)
        if described["groups"]:
            sample: Floats | Counts = _from_planes(body[end:], described["width"]).reshape(described["groups"], -1)
        else:
            sample = np.frombuffer(outcomes, dtype="<f8")
        records = np.frombuffer(body[:end], dtype=kind)
        return cls(described["key"], first, last, tuple(described["grid"]), records, sample)


@dataclass(frozen=True, eq=False)
class Whole:
    """All segments of a run: their records, and the outcomes of all trials or their counts, shape (16, 262144)."""

    records: Records
    sample: Any


def join(partials: Iterable[Partial], key: str, grid: tuple[float, ...], plan: Plan, empty: Whole) -> Whole:
    """Put parts together into ``empty``, as they come, in any order; none is held longer than it takes.

    Raises InvalidInput when one belongs to another run, or when a segment is missing or there twice.
    """
    seen = np.zeros(plan.segments, dtype=np.int64)
    for partial in partials:
        if partial.key != key or partial.grid != grid or partial.records.dtype != empty.records.dtype:
            raise InvalidInput.at("partials", None, "A partial result belongs to another run.", "Run its part again.")
        plan.check(partial.first, partial.last)
        part = partial.first, partial.last
        seen[slice(*part)] += 1
        empty.records[slice(*part)] = partial.records
        if grid:
            empty.sample[plan.group_range(*part)] += partial.sample
        else:
            empty.sample[plan.trial_range(*part)] = partial.sample
    if not np.all(seen == 1):
        wrong = np.flatnonzero(seen != 1).tolist()
        message = f"The partial results do not cover each of the {plan.segments} segments once."
        raise InvalidInput.at("partials", wrong, message, "Run the missing segments, and pass each range once.")
    return empty


def _width(counts: Floats | Counts) -> int:
    """Bytes that hold the largest count."""
    return next(width for width in (1, 2, 4, 8) if int(counts.max()) < 256**width)


def _planes(counts: Floats | Counts, width: int) -> bytes:
    """All lowest bytes, then all second ones, and so on: equal bytes side by side are what zlib packs well."""
    return counts.astype(f"<u{width}").view(np.uint8).reshape(-1, width).T.tobytes()


def _from_planes(data: bytes, width: int) -> Counts:
    planes = np.frombuffer(data, dtype=np.uint8).reshape(width, -1)
    return np.ascontiguousarray(planes.T).view(f"<u{width}").astype(np.int64)


def _unreadable(message: str) -> InvalidInput:
    return InvalidInput.at("partials", None, message, "Run its segments again.")
