"""The simulation: draw blocks of trials, value them by the model, and reduce what they leave behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.simulation.bins import BINS, Bins
from modeling.engines.simulation.counted import CountedOutcomes, CountedSample
from modeling.engines.simulation.dependence import Dependence, dependence_of
from modeling.engines.simulation.kept import KeptOutcomes, KeptSample
from modeling.engines.simulation.partial import Partial, Whole, join
from modeling.engines.simulation.plan import BLOCK, GROUPS, Block, Plan, Segment
from modeling.engines.simulation.quantities import Sample
from modeling.engines.simulation.readings import Readings
from modeling.engines.simulation.sampling import SAMPLERS, LatinHypercube, Sampler
from modeling.engines.simulation.spec import SimulationSpec
from modeling.engines.simulation.summary import SimulationResult, refuse_doubtful, summarise, suspect

Floats = NDArray[np.float64]
Model = Callable[[Mapping[str, Floats], Floats], int]
Progress = Callable[[int, int], None]

BLOCKS_PER_PROGRESS: Final = 4


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

    A run is cut into segments (``plan``). Any process may run any range of them, in pieces; the pieces of all segments
    reduce to the same result, bit by bit, however they were shared out and restarted.
    """

    def __init__(self, spec: SimulationSpec, model: Model) -> None:
        self.spec = spec
        self.model = model
        self.plan = Plan(spec.trials)
        self._dependence: Dependence = dependence_of(spec.correlation)
        self._buffer = np.empty(len(spec.drivers) * BLOCK)
        self._scratch = np.empty(BLOCK)

    @property
    def segments(self) -> int:
        """How many segments the run has."""
        return self.plan.segments

    def shares(self, trials_per_share: int) -> list[tuple[int, int]]:
        """All segments in ranges (first, last) of about so many trials, for as many workers."""
        return self.plan.shares(trials_per_share)

    def run(self, progress: Progress | None = None) -> SimulationResult:
        """All segments in this thread. ``progress(done, total)`` counts trials; what it raises stops the run."""
        return self.reduce(self.pieces(0, self.segments, progress, due=lambda: True))

    def pieces(
        self, first: int, last: int, progress: Progress | None = None, due: Callable[[], bool] = lambda: False
    ) -> Iterator[Partial]:
        """Run the segments ``first`` <= number < ``last`` in order.

        After a segment at which ``due()`` is true, and at the end, comes what was done since the last piece: part of a
        result that any process can reduce. Whoever starts anew at the ``last`` of a piece goes on with the same bits.

        Parameters
        ----------
        progress : called with the trials done and to do in this range, every few blocks; what it raises stops the run

        Raises
        ------
        InvalidInput
            At ``segments`` where there is no such range.
        """
        self.plan.check(first, last)
        return self._pieces(first, last, progress or _unseen, due)

    def reduce(self, partials: Iterable[Partial]) -> SimulationResult:
        """The result of all segments from partial results in any order: identical however they were shared out.

        An iterator is read one partial result at a time, so that they need not be in memory together.

        Raises InvalidInput when segments are missing, and where the result would be doubtful: trials without a finite
        value, or more than 1 % with a floored spread.
        """
        spec, counted = self.spec, self.spec.counted
        records = np.zeros(self.segments, dtype=self._readings().type)
        sample: Any = np.zeros((GROUPS, BINS), dtype=np.int64) if counted else np.empty(spec.trials)
        empty = Whole(records, sample)
        whole = join(partials, spec.key, self._grid, self.plan, empty)
        failed, floored = int(records["failed"].sum()), int(records["floored"].sum())
        refuse_doubtful(spec.trials, floored, failed, suspect(spec.names, records))
        return summarise(spec, self.plan, self._dependence.rows, records, self._sample(whole))

    def outcomes(self) -> tuple[Floats, int]:
        """Only the value of every trial, in block order, and the number of floored trials: no statistics."""
        outcomes, floored, sampler = np.empty(self.spec.trials), 0, self._sampler()
        for number in range(self.segments):
            for block in self.plan.segment(number).blocks():
                values = self._draw(sampler, block, None)
                floored += self.model(self._named(values), outcomes[block.offset : block.offset + block.size])
        return outcomes, floored

    def preview(self) -> Preview:
        """The range from one Latin hypercube block, in milliseconds and without importing scipy.stats."""
        block = Block(0, 0, 0, 0, BLOCK)
        values = self._draw(LatinHypercube(self.spec.seed, len(self.spec.drivers)), block, None)
        outcomes = np.empty(BLOCK)
        floored = self.model(self._named(values), outcomes)
        refuse_doubtful(BLOCK, floored, int(np.count_nonzero(~np.isfinite(outcomes))), None)
        p10, p50, p90 = (float(value) for value in np.quantile(outcomes, (0.1, 0.5, 0.9)))
        return Preview(BLOCK, float(outcomes.mean()), p10, p50, p90, floored / BLOCK)

    def _pieces(self, first: int, last: int, progress: Progress, due: Callable[[], bool]) -> Iterator[Partial]:
        store = CountedOutcomes(self._bins) if self.spec.counted else KeptOutcomes()
        readings, sampler = self._readings(), self._sampler()
        trials = self.plan.trial_range(first, last)
        start, records = first, []
        for number in range(first, last):
            segment = self.plan.segment(number)
            readings.open(segment)
            store.open(segment)
            for done in self._blocks(segment, sampler, readings, store):
                progress(done - trials.start, trials.stop - trials.start)
            records.append(readings.close())
            if number + 1 == last or due():
                yield Partial(self.spec.key, start, number + 1, self._grid, np.array(records), store.close())
                start, records = number + 1, []

    def _blocks(
        self, segment: Segment, sampler: Sampler, readings: Readings, store: KeptOutcomes | CountedOutcomes
    ) -> Iterator[int]:
        """Run a segment; says every few blocks, and at its end, how many trials of the run lie behind."""
        for index, block in enumerate(segment.blocks(), 1):
            values = self._draw(sampler, block, readings)
            outcomes = store.place(block)
            floored = self.model(self._named(values), outcomes)
            if readings.note_outcomes(block, values, outcomes, floored):
                readings.note_lowest(store.take(outcomes))
            done = block.offset + block.size
            if index % BLOCKS_PER_PROGRESS == 0 or done == segment.offset + segment.size:
                yield done

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

    def _sampler(self) -> Sampler:
        return SAMPLERS[self.spec.sampler](self.spec.seed, len(self.spec.drivers))

    def _readings(self) -> Readings:
        return Readings(len(self.spec.drivers), self._dependence, self.spec.price)

    def _sample(self, whole: Whole) -> Sample:
        if not self.spec.counted:
            return KeptSample(whole.sample, self.plan)
        starts = [group.first_segment for group in self.plan.groups]
        least = np.minimum.reduceat(whole.records["least"], starts)
        most = np.maximum.reduceat(whole.records["most"], starts)
        lowest = np.add.reduceat(whole.records["lowest"], starts)
        return CountedSample(self._bins, whole.sample, np.column_stack([least, most]), lowest)

    @property
    def _grid(self) -> tuple[float, ...]:
        return self._bins.grid if self.spec.counted else ()

    @cached_property
    def _bins(self) -> Bins:
        """From the first block, which costs a millisecond or two to draw once more."""
        block = self.plan.groups[0].block(0)
        values = self._draw(self._sampler(), block, None)
        outcomes = np.empty(block.size)
        self.model(self._named(values), outcomes)
        return Bins.of_block(outcomes)


def _unseen(done: int, total: int) -> None:
    """Progress that nobody follows."""
