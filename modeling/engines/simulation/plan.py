"""How a run is cut: groups of trials, segments that are summed up one by one, and blocks that are drawn at once.

A run is always 16 groups of equally many trials. A group is cut into segments of at most 64 blocks, a block has at
most 16,384 trials. The cut follows from the number of trials alone, and any part of it from arithmetic: the plan of a
billion trials costs no more than that of a thousand.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from valor.lib.errors import InvalidInput

GROUPS: Final = 16
SEGMENT: Final = 64
BLOCK: Final = 16_384


@dataclass(frozen=True)
class Block:
    """A run of consecutive trials: its number, its group, where it starts in the group and in the run, and its size."""

    number: int
    group: int
    start: int
    offset: int
    size: int


@dataclass(frozen=True)
class Group:
    """Consecutive trials with a stream of their own; ``first_block`` and ``first_segment`` count over the run."""

    number: int
    offset: int
    size: int
    first_block: int
    first_segment: int

    @property
    def blocks(self) -> int:
        return -(-self.size // BLOCK)

    @property
    def segments(self) -> int:
        return -(-self.blocks // SEGMENT)

    def block(self, index: int) -> Block:
        """The blocks of a group are as equal as can be, for a model keeps its buffers as long as their size stays."""
        start = _start(self.size, self.blocks, index)
        size = _share(self.size, self.blocks, index)
        return Block(self.first_block + index, self.number, start, self.offset + start, size)


@dataclass(frozen=True)
class Segment:
    """Consecutive blocks of one group: the blocks ``first`` <= index < ``last`` of it."""

    number: int
    group: Group
    first: int
    last: int

    @property
    def offset(self) -> int:
        return self.group.offset + _start(self.group.size, self.group.blocks, self.first)

    @property
    def size(self) -> int:
        return self.group.offset + _start(self.group.size, self.group.blocks, self.last) - self.offset

    def blocks(self) -> Iterator[Block]:
        return (self.group.block(index) for index in range(self.first, self.last))


class Plan:
    """The cut of ``trials``."""

    def __init__(self, trials: int) -> None:
        self.trials = trials
        self.groups: Final = tuple(_groups(trials))
        self.segments: Final = self.groups[-1].first_segment + self.groups[-1].segments

    def segment(self, number: int) -> Segment:
        group = self.groups[bisect_right(self._first_segments, number) - 1]
        index = number - group.first_segment
        first = _start(group.blocks, group.segments, index)
        return Segment(number, group, first, first + _share(group.blocks, group.segments, index))

    def check(self, first: int, last: int) -> None:
        """Raise InvalidInput unless ``first`` <= number < ``last`` is a range of segments."""
        if not 0 <= first < last <= self.segments:
            message = f"There are no segments {first} to {last} among {self.segments}."
            raise InvalidInput.at("segments", [first, last], message, "Choose a range inside the plan.")

    def trial_range(self, first: int, last: int) -> slice:
        """The trials of the segments ``first`` <= number < ``last``."""
        final = self.segment(last - 1)
        return slice(self.segment(first).offset, final.offset + final.size)

    def group_range(self, first: int, last: int) -> slice:
        """The groups that these segments touch."""
        return slice(self.segment(first).group.number, self.segment(last - 1).group.number + 1)

    def shares(self, trials_per_share: int) -> list[tuple[int, int]]:
        """All segments in ranges (first, last) of about ``trials_per_share`` trials, at least one segment each."""
        count = min(max(round(self.trials / max(trials_per_share, 1)), 1), self.segments)
        ends = [_start(self.segments, count, index) for index in range(count + 1)]
        return list(pairwise(ends))

    @cached_property
    def _first_segments(self) -> list[int]:
        return [group.first_segment for group in self.groups]


def _groups(trials: int) -> Iterator[Group]:
    block = segment = 0
    for number in range(GROUPS):
        group = Group(number, _start(trials, GROUPS, number), _share(trials, GROUPS, number), block, segment)
        yield group
        block, segment = block + group.blocks, segment + group.segments


def _share(total: int, parts: int, part: int) -> int:
    return total // parts + (part < total % parts)


def _start(total: int, parts: int, part: int) -> int:
    """Where ``part`` begins when ``total`` is shared out as evenly as can be, the larger parts first."""
    return part * (total // parts) + min(part, total % parts)
