"""What a range of blocks leaves behind, and how it is written down for a checkpoint or another process."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from valor.lib.errors import InvalidInput

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Partial:
    """The results of the blocks ``first`` <= number < ``last`` of the run that ``key`` identifies.

    Every reading is kept for each block, never summed over them: the one summation, in block order, happens in the
    reduction, so that the result does not depend on how the blocks were shared out.

    Attributes
    ----------
    outcomes : value per share of each trial, in block order, shape (trials,)
    moments : mean and sum of squared deviations of the outcomes, shape (blocks, 2)
    floored : trials whose spread was floored, shape (blocks,)
    failed : trials without a finite value, shape (blocks,)
    suspicion : how far each driver lies from its mean where the value failed, shape (blocks, drivers)
    bin_counts, bin_sums : count and sum of the outcomes in the 64 bins of each driver, shape (blocks, drivers, 64)
    driver_means : mean of each correlated driver, shape (blocks, correlated)
    driver_products : their centred cross-products, shape (blocks, correlated, correlated)
    ranks : their rank correlations in the blocks that measure it, else 0, shape (blocks, correlated, correlated)
    """

    key: str
    first: int
    last: int
    outcomes: Floats
    moments: Floats
    floored: NDArray[np.int64]
    failed: NDArray[np.int64]
    suspicion: Floats
    bin_counts: NDArray[np.int64]
    bin_sums: Floats
    driver_means: Floats
    driver_products: Floats
    ranks: Floats

    def to_bytes(self) -> bytes:
        """The partial result as an .npz document (no pickle)."""
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **{f.name: np.asarray(getattr(self, f.name)) for f in fields(self)})
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what ``to_bytes`` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            values: dict[str, Any] = {f.name: stored[f.name] for f in fields(cls)}
        plain = {"key": str(values["key"]), "first": int(values["first"]), "last": int(values["last"])}
        return cls(**{**values, **plain})


def join_partials(partials: Sequence[Partial], key: str, blocks: int) -> Partial:
    """Put partial results, given in any order, together into that of all blocks.

    Raises InvalidInput when one belongs to another run, or when a block is missing or there twice.
    """
    ordered = sorted(partials, key=lambda partial: partial.first)
    if any(partial.key != key for partial in ordered):
        raise InvalidInput.at("partials", None, "A partial result belongs to another run.", "Run its blocks again.")
    ends = [0, *(partial.last for partial in ordered)]
    starts = [*(partial.first for partial in ordered), blocks]
    if ends != starts:
        ranges = [[partial.first, partial.last] for partial in ordered]
        message = f"The partial results do not cover each of the {blocks} blocks once."
        raise InvalidInput.at("partials", ranges, message, "Run the missing blocks, and pass each range once.")
    if len(ordered) == 1:
        return ordered[0]
    joined = {
        f.name: np.concatenate([getattr(partial, f.name) for partial in ordered])
        for f in fields(Partial)
        if f.name not in ("key", "first", "last")
    }
    return Partial(key=key, first=0, last=blocks, **joined)
