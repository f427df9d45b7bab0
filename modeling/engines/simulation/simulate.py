"""The simulation: draw blocks of trials, value them by the model, and reduce what they leave behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.dependence import Dependence, check_correlation, dependence_of
from modeling.engines.simulation.distribution import Distribution, is_number
from modeling.engines.simulation.partial import Partial, join_partials
from modeling.engines.simulation.readings import Readings
from modeling.engines.simulation.sampling import BLOCK, SAMPLERS, Block, LatinHypercube, Sampler, plan_blocks
from modeling.engines.simulation.summary import SimulationResult, refuse_doubtful, summarise
from valor.lib.errors import InvalidInput, Problem

Floats = NDArray[np.float64]
Model = Callable[[Mapping[str, Floats], Floats], int]
Progress = Callable[[int, int], None]

LEAST_TRIALS: Final = 1_000
MOST_TRIALS: Final = 4_000_000
MOST_SEED: Final = 2**63 - 1
BLOCKS_PER_PROGRESS: Final = 4


@dataclass(frozen=True, eq=False)
class SimulationSpec:
    """What is drawn: the uncertain drivers, their dependence, how many trials, from which seed and by which sampler.

    Parameters
    ----------
    drivers : pairs of name and distribution, in the order of the rows of ``correlation``
    correlation : correlation matrix of the drivers' normal scores, or None when all are independent
    trials : 1,000 to 4,000,000
    seed : 0 to 2^63 - 1; the same seed gives the same result, bit by bit
    sampler : "sobol", "latin_hypercube" or "pseudo_random"
    price : market price per share to compare with, or None

    Raises
    ------
    InvalidInput
        At ``uncertainty``, ``correlations``, ``trials``, ``seed``, ``sampler`` or ``price.value``.
    """

    drivers: tuple[tuple[str, Distribution], ...]
    correlation: Floats | None = None
    trials: int = 1_000_000
    seed: int = 0
    sampler: str = "sobol"
    price: float | None = None

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InvalidInput("The simulation can't be run.", problems=problems)
        if self.correlation is not None:
            object.__setattr__(self, "correlation", check_correlation(self.correlation, self.names))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.drivers)

    @cached_property
    def key(self) -> str:
        """Identifies the sample: partial results are joined only when their keys are equal."""
        matrix = None if self.correlation is None else self.correlation.tolist()
        text = repr((self.drivers, matrix, self.trials, self.seed, self.sampler))
        return hashlib.sha256(text.encode()).hexdigest()

    def _problems(self) -> Iterator[Problem]:
        if not self.drivers:
            yield Problem("uncertainty", [], "No driver is uncertain.", "Give at least one driver a distribution.")
        if len(set(self.names)) < len(self.names):
            yield Problem("uncertainty", list(self.names), "A driver is there twice.", "Give it one distribution.")
        yield from _range_problems("trials", self.trials, LEAST_TRIALS, MOST_TRIALS)
        yield from _range_problems("seed", self.seed, 0, MOST_SEED)
        if self.sampler not in SAMPLERS:
            remedy = f"Choose one of {', '.join(SAMPLERS)}."
            yield Problem("sampler", self.sampler, "There is no sampler of this name.", remedy)
        if self.price is not None and not is_number(self.price):
            yield Problem("price.value", str(self.price), "The price is not a finite number.", "Give a price, or none.")


@dataclass(frozen=True)
class Preview:
    """The range that one block of trials gives; ``floored_share`` as in the full result."""

    trials: int
    mean: float
    p10: float
    p50: float
    p90: float
    floored_share: float


class Simulation:
    """Values the trials of ``spec`` by ``model``. One instance serves one thread: it reuses its buffers.

    ``model(block, out)`` reads the drivers' values of a block (name to array of trials), writes the value per share of
    each trial into ``out`` and returns the number of trials whose spread it floored.
    """

    def __init__(self, spec: SimulationSpec, model: Model) -> None:
        self.spec = spec
        self.model = model
        self.blocks = plan_blocks(spec.trials)
        self._dependence: Dependence = dependence_of(spec.correlation)
        self._buffer = np.empty(len(spec.drivers) * BLOCK)
        self._scratch = np.empty(BLOCK)

    def run(self, progress: Progress | None = None) -> SimulationResult:
        """All blocks in this thread. ``progress(done, total)`` counts trials; what it raises stops the run."""
        return self.reduce([self.run_blocks(0, len(self.blocks), progress)])

    def run_blocks(self, first: int, last: int, progress: Progress | None = None) -> Partial:
        """The blocks ``first`` <= number < ``last``, as a partial result that any process can reduce."""
        if not 0 <= first < last <= len(self.blocks):
            message = f"There are no blocks {first} to {last} among {len(self.blocks)}."
            raise InvalidInput.at("blocks", [first, last], message, "Choose a range inside the plan.")
        blocks = self.blocks[first:last]
        readings = Readings(blocks, len(self.spec.drivers), self._dependence)
        return readings.partial(self.spec.key, *self._evaluate(blocks, readings, progress))

    def reduce(self, partials: Sequence[Partial]) -> SimulationResult:
        """The result of all blocks from partial results in any order: identical however the blocks were shared out.

        Raises InvalidInput when blocks are missing, and where the result would be doubtful: trials without a finite
        value, or more than 1 % with a floored spread.
        """
        whole = join_partials(partials, self.spec.key, len(self.blocks))
        return summarise(self.spec, self.blocks, self._dependence.rows, whole)

    def outcomes(self) -> tuple[Floats, int]:
        """Only the value of every trial, in block order, and the number of floored trials: no statistics."""
        outcomes, floored = self._evaluate(self.blocks, None, None)
        return outcomes, int(floored.sum())

    def preview(self) -> Preview:
        """The range from one Latin hypercube block, in milliseconds and without importing scipy.stats."""
        block = Block(0, 0, 0, 0, BLOCK)
        values = self._draw(LatinHypercube(self.spec.seed, len(self.spec.drivers)), block, None)
        outcomes = np.empty(BLOCK)
        floored = self.model(self._named(values), outcomes)
        refuse_doubtful(BLOCK, floored, int(np.count_nonzero(~np.isfinite(outcomes))), None)
        p10, p50, p90 = (float(value) for value in np.quantile(outcomes, (0.1, 0.5, 0.9)))
        return Preview(BLOCK, float(outcomes.mean()), p10, p50, p90, floored / BLOCK)

    def _evaluate(
        self, blocks: Sequence[Block], readings: Readings | None, progress: Progress | None
    ) -> tuple[Floats, NDArray[np.int64]]:
        sampler = SAMPLERS[self.spec.sampler](self.spec.seed, len(self.spec.drivers))
        origin = blocks[0].offset
        total = blocks[-1].offset + blocks[-1].size - origin
        outcomes = np.empty(total)
        floored = np.zeros(len(blocks), dtype=np.int64)
        for index, block in enumerate(blocks):
            values = self._draw(sampler, block, readings)
            done = block.offset - origin + block.size
            written = outcomes[done - block.size : done]
            floored[index] = self.model(self._named(values), written)
            if readings is not None:
                readings.note_outcomes(block, values, written)
            if progress is not None and ((index + 1) % BLOCKS_PER_PROGRESS == 0 or done == total):
                progress(done, total)
        return outcomes, floored

    def _draw(self, sampler: Sampler, block: Block, readings: Readings | None) -> Floats:
        """The drivers' values of a block, shape (drivers, trials): scores, correlated, then transformed in place."""
        drivers = len(self.spec.drivers)
        scores = self._buffer[: drivers * block.size].reshape(drivers, block.size)
        sampler.fill(block, scores)
        self._dependence.apply(scores, self._scratch[: block.size])
        if readings is not None:
            readings.note_scores(scores)
        for row, (_, distribution) in zip(scores, self.spec.drivers, strict=True):
            distribution.from_scores(row, row)
        return scores

    def _named(self, values: Floats) -> dict[str, Floats]:
        return dict(zip(self.spec.names, values, strict=True))


def _range_problems(field: str, value: object, least: int, most: int) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield Problem(field, str(value), "This is not a whole number.", f"Give {least:,} to {most:,}.")
    elif not least <= value <= most:
        message = (
            f"This is {'too few' if value < least else 'too many'}." if field == "trials" else "This is out of range."
        )
        yield Problem(field, value, message, f"Give {least:,} to {most:,}.")
