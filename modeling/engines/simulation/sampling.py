"""Where the trials come from: three samplers of normal scores.

For Sobol a group of the plan is one independent scramble. Any block can be drawn alone, in any process, and is
bit-identical wherever it is drawn.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.normal_scores import SMALLEST, scores_of
from modeling.engines.simulation.plan import Block

Floats = NDArray[np.float64]


class Sampler(ABC):
    """Fills blocks with independent standard normal scores; one instance serves one thread."""

    name: ClassVar[str]

    def __init__(self, seed: int, drivers: int) -> None:
        self.seed = seed
        self.drivers = drivers

    @abstractmethod
    def fill(self, block: Block, scores: Floats) -> None:
        """Write the block's scores into the contiguous array ``scores`` of shape (drivers, block.size)."""

    def _generator(self, stream: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence((self.seed, stream))))


class PseudoRandom(Sampler):
    """Plain Monte Carlo: SFC64 with one stream for each (seed, block number)."""

    name = "pseudo_random"

    def fill(self, block: Block, scores: Floats) -> None:
        self._generator(block.number).standard_normal(out=scores)


class LatinHypercube(Sampler):
    """Each driver takes every one of the block's equally likely layers exactly once, at a random place inside it."""

    name = "latin_hypercube"

    def fill(self, block: Block, scores: Floats) -> None:
        generator = self._generator(block.number)
        generator.random(out=scores)
        for driver in range(self.drivers):
            scores[driver] += generator.permutation(block.size)
        scores *= 1.0 / block.size
        # The random part may round to the very ends, where the score is infinite.
        np.clip(scores, SMALLEST, 1.0 - 2.0**-53, out=scores)
        _to_scores(scores)


class Sobol(Sampler):
    """Scrambled Sobol points: 16 independent scrambles, each seeded by (seed, scramble), forwarded to the block."""

    name = "sobol"

    def __init__(self, seed: int, drivers: int) -> None:
        super().__init__(seed, drivers)
        self._engine: Any = None
        self._next = (-1, 0)  # the group and the start for which the engine stands ready

    def fill(self, block: Block, scores: Floats) -> None:
        if self._next != (block.group, block.start):
            self._engine = self._engine_at(block)
        self._next = (block.group, block.start + block.size)
        filled = 0
        if block.start == 0:
            # SciPy warns of a first draw that is no power of two: take the first point alone, which is one.
            scores[:, :1] = self._engine.random(1).T
            filled = 1
        scores[:, filled:] = self._engine.random(block.size - filled).T
        # Half a step, for a scrambled point can be exactly 0 (points are multiples of 2^-30).
        scores += 2.0**-31
        _to_scores(scores)

    def _engine_at(self, block: Block) -> Any:
        from scipy.stats import qmc  # half a second to import: only for those who draw Sobol points

        engine = qmc.Sobol(self.drivers, scramble=True, rng=self._generator(block.group))
        if block.start:
            engine.fast_forward(block.start)
        return engine


def _to_scores(probabilities: Floats) -> None:
    for row in probabilities:
        scores_of(row, row)


SAMPLERS: Final[dict[str, type[Sampler]]] = {kind.name: kind for kind in (Sobol, LatinHypercube, PseudoRandom)}
