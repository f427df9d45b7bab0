"""The cut of a run into groups, segments and blocks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.simulation.plan import BLOCK, GROUPS, SEGMENT, Plan
from valor.lib.errors import InvalidInput

TRIALS = st.integers(1_000, 1_000_000_000)


@settings(max_examples=50)
@given(st.integers(1_000, 40_000_000))
def test_the_blocks_tile_the_run_and_share_it_evenly(trials: int) -> None:
    plan = Plan(trials)
    blocks = [block for number in range(plan.segments) for block in plan.segment(number).blocks()]
    assert [block.number for block in blocks] == list(range(len(blocks)))
    assert blocks[0].offset == 0
    assert all(a.offset + a.size == b.offset for a, b in pairwise(blocks))
    assert blocks[-1].offset + blocks[-1].size == trials
    sizes = np.array([block.size for block in blocks])
    assert sizes.max() <= BLOCK
    members = np.bincount([block.group for block in blocks], sizes)
    assert len(members) == GROUPS
    assert members.max() - members.min() <= 1
    starts = [block.offset - plan.groups[block.group].offset for block in blocks]
    assert [block.start for block in blocks] == starts
    for group in plan.groups:
        own = sizes[[block.group == group.number for block in blocks]]
        assert own.max() - own.min() <= 1


@given(TRIALS)
def test_the_segments_tile_the_run_inside_the_groups(trials: int) -> None:
    plan = Plan(trials)
    segments = [plan.segment(number) for number in range(plan.segments)]
    assert [segment.number for segment in segments] == list(range(plan.segments))
    assert all(a.offset + a.size == b.offset for a, b in pairwise(segments))
    assert plan.trial_range(0, plan.segments) == slice(0, trials)
    assert plan.group_range(0, plan.segments) == slice(0, GROUPS)
    for segment in segments:
        assert 1 <= segment.last - segment.first <= SEGMENT
        group = plan.groups[segment.group.number]
        assert group.offset <= segment.offset
        assert segment.offset + segment.size <= group.offset + group.size
        assert group.first_segment <= segment.number < group.first_segment + group.segments


@given(TRIALS, st.integers(1, 2_000_000_000))
def test_shares_cover_every_segment_once_and_are_about_equal(trials: int, wanted: int) -> None:
    plan = Plan(trials)
    shares = plan.shares(wanted)
    assert shares[0][0] == 0
    assert shares[-1][1] == plan.segments
    assert all(a[1] == b[0] for a, b in pairwise(shares))
    lengths = [last - first for first, last in shares]
    assert min(lengths) >= 1
    assert max(lengths) - min(lengths) <= 1
    assert len(shares) == min(max(round(trials / wanted), 1), plan.segments)


@pytest.mark.parametrize("part", [(-1, 3), (3, 3), (4, 3), (15, 17)])
def test_a_range_outside_the_plan_is_refused(part: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput, match="no segments") as refused:
        Plan(50_000).check(*part)
    assert refused.value.problems[0].value == list(part)


def test_the_longest_run_has_few_segments() -> None:
    plan = Plan(1_000_000_000)
    assert plan.segments == 960
    assert plan.segment(959).size == pytest.approx(1_000_000_000 / 960, rel=0.02)
