"""What each sampler promises about its points."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import special
from scipy.stats import qmc

from modeling.engines.simulation.plan import BLOCK, Block, Plan
from modeling.engines.simulation.sampling import SAMPLERS, Sobol


def blocks_of(trials: int) -> list[Block]:
    plan = Plan(trials)
    return [block for number in range(plan.segments) for block in plan.segment(number).blocks()]


@pytest.mark.parametrize("name", SAMPLERS)
def test_any_block_can_be_drawn_alone(name: str) -> None:
    blocks = blocks_of(16 * 40_000)
    whole = SAMPLERS[name](7, 3)
    for block in blocks[:9]:
        together = np.empty((3, block.size))
        whole.fill(block, together)
        alone = np.empty_like(together)
        SAMPLERS[name](7, 3).fill(block, alone)
        assert np.array_equal(together, alone)


@pytest.mark.parametrize("name", SAMPLERS)
def test_seeds_and_blocks_differ(name: str) -> None:
    blocks = blocks_of(16 * 40_000)
    drawn = []
    for seed, block in ((1, blocks[0]), (1, blocks[1]), (1, blocks[3]), (2, blocks[0])):
        scores = np.empty((2, block.size))
        SAMPLERS[name](seed, 2).fill(block, scores)
        drawn.append(scores[0, :1_000])
    for i in range(4):
        for j in range(i):
            # The points of two scrambles share their order, so only their values differ, not their ranks.
            assert name == "sobol" or abs(np.corrcoef(drawn[i], drawn[j])[0, 1]) < 0.2
            assert not np.array_equal(drawn[i], drawn[j])


@pytest.mark.parametrize("name", SAMPLERS)
def test_scores_are_standard_normal(name: str) -> None:
    block = blocks_of(16 * BLOCK)[0]
    scores = np.empty((4, block.size))
    SAMPLERS[name](11, 4).fill(block, scores)
    np.testing.assert_allclose(scores.mean(axis=1), 0.0, atol=0.03)
    np.testing.assert_allclose(scores.std(axis=1), 1.0, atol=0.02)
    np.testing.assert_allclose(np.corrcoef(scores), np.eye(4), atol=0.03)
    assert np.isfinite(scores).all()


def test_a_latin_hypercube_takes_every_layer_once() -> None:
    block = blocks_of(16 * 1_000)[0]
    scores = np.empty((3, 1_000))
    SAMPLERS["latin_hypercube"](1, 3).fill(block, scores)
    layers = np.sort(np.floor(special.ndtr(scores) * 1_000), axis=1)
    assert np.array_equal(layers, np.tile(np.arange(1_000.0), (3, 1)))


def test_the_points_are_those_of_scipy_moved_by_half_a_step() -> None:
    blocks = [block for block in blocks_of(16 * 40_000) if block.group == 2]
    seed = np.random.Generator(np.random.SFC64(np.random.SeedSequence((5, 2))))
    points = qmc.Sobol(3, scramble=True, rng=seed).random(1 << 16)
    for block in blocks:
        scores = np.empty((3, block.size))
        Sobol(5, 3).fill(block, scores)
        right = points[block.start : block.start + block.size].T + 2.0**-31
        np.testing.assert_allclose(special.ndtr(scores), right, atol=1e-11)


def test_drawing_sobol_points_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for block in blocks_of(16 * 17_000 + 5)[:4]:
            Sobol(1, 2).fill(block, np.empty((2, block.size)))
