"""Running: the same result however the segments are shared out and restarted, progress, refusals, the preview."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context

import numpy as np
import pytest

from modeling.engines.simulation.partial import Partial
from modeling.engines.simulation.sampling import SAMPLERS
from modeling.engines.simulation.simulate import Simulation
from modeling.engines.simulation.spec import SimulationSpec
from modeling.engines.simulation.summary import SimulationResult
from tests.modeling.engines.simulation.models import A_AND_B, matrix_of, part_of, product_of_two, sum_of_two, summed
from valor.lib.errors import InvalidInput

COUNTED = 17_600_000  # two segments in each group


@pytest.fixture(scope="module")
def two_processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


def in_pieces(cuts: tuple[int, ...], **spec: object) -> list[Partial]:
    """Each range by a simulation of its own, as if by another worker."""
    return [part for a, b in pairwise(cuts) for part in sum_of_two(0.5, **spec, price=14.0).pieces(a, b)]


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("cuts", [(0, 1, 16), (0, 15, 16), (0, 5, 6, 10, 16), tuple(range(17))])
def test_the_result_is_bit_identical_however_the_segments_are_shared_out(sampler, cuts) -> None:
    spec = {"trials": 300_000, "sampler": sampler}
    simulation = sum_of_two(0.5, **spec, price=14.0)
    assert simulation.segments == 16
    assert simulation.reduce(in_pieces(cuts, **spec)[::-1]) == simulation.run()


@pytest.fixture(scope="module")
def counted() -> SimulationResult:
    return sum_of_two(0.5, trials=COUNTED, price=14.0).run()


@pytest.mark.parametrize("cuts", [(0, 1, 32), (0, 5, 6, 20, 31, 32)])
def test_a_counted_run_is_bit_identical_however_it_is_shared_out(cuts, counted) -> None:
    simulation = sum_of_two(0.5, trials=COUNTED, price=14.0)
    assert simulation.segments == 32
    assert simulation.reduce(in_pieces(cuts, trials=COUNTED)[::-1]) == counted


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_two_processes_give_the_result_of_one(sampler, two_processes) -> None:
    parts = two_processes.map(part_of, [300_000] * 3, [sampler] * 3, [10, 0, 5], [16, 5, 10])
    simulation = sum_of_two(0.5, trials=300_000, sampler=sampler, price=14.0)
    assert simulation.reduce(Partial.from_bytes(part) for part in parts) == simulation.run()


def test_two_processes_count_what_one_counts(two_processes, counted) -> None:
    simulation = sum_of_two(0.5, trials=COUNTED, price=14.0)
    first, last = zip(*simulation.shares(4_000_000), strict=True)
    assert len(first) == 4
    parts = two_processes.map(part_of, [COUNTED] * 4, ["sobol"] * 4, first[::-1], last[::-1])
    assert simulation.reduce(Partial.from_bytes(part) for part in parts) == counted


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_whoever_goes_on_from_a_stored_piece_gets_the_same_result(sampler) -> None:
    """The first worker hands over two pieces and dies in the third; the second begins where the last one ended."""
    due = iter([False, True, False, False, True, False])
    pieces = sum_of_two(0.5, trials=300_000, sampler=sampler).pieces(0, 16, due=lambda: next(due))
    stored = [next(pieces).to_bytes(), next(pieces).to_bytes()]
    with pytest.raises((StopIteration, RuntimeError)):
        next(pieces)
    read = [Partial.from_bytes(piece) for piece in stored]
    assert [(piece.first, piece.last) for piece in read] == [(0, 2), (2, 5)]
    simulation = sum_of_two(0.5, trials=300_000, sampler=sampler)
    assert simulation.reduce([*read, *simulation.pieces(read[-1].last, 16)]) == simulation.run()


def test_what_was_not_due_comes_at_the_end() -> None:
    (piece,) = sum_of_two(trials=300_000).pieces(3, 9)
    assert (piece.first, piece.last) == (3, 9)
    assert int(piece.records["trials"].sum()) == len(piece.sample) == 6 * 18_750


def test_another_seed_gives_another_result() -> None:
    assert sum_of_two(seed=1).run().mean != sum_of_two(seed=2).run().mean


def test_progress_counts_trials_and_its_error_stops_the_run() -> None:
    seen: list[tuple[int, int]] = []
    sum_of_two(trials=300_000).run(lambda done, total: seen.append((done, total)))
    assert len(seen) == 16  # at the end of every segment of two blocks
    assert seen[-1] == (300_000, 300_000)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sum_of_two(trials=300_000).run(stop)


def test_progress_of_a_part_counts_its_own_trials_every_few_blocks() -> None:
    seen: list[tuple[int, int]] = []
    list(sum_of_two(trials=COUNTED).pieces(4, 6, lambda done, total: seen.append((done, total))))
    done = [trials for trials, _ in seen]
    assert {total for _, total in seen} == {COUNTED / 16}
    assert done == sorted(set(done))
    assert done[-1] == COUNTED / 16
    assert max(np.diff(done)) <= 4 * 16_384


def test_outcomes_are_those_of_the_run() -> None:
    simulation = sum_of_two()
    outcomes, floored = simulation.outcomes()
    assert len(outcomes) == 50_000
    assert floored == 0
    (piece,) = simulation.pieces(0, 16)
    assert np.array_equal(outcomes, piece.sample)


def test_the_smallest_and_uneven_runs_work() -> None:
    for trials in (1_000, 1_003, 16 * 16_384 + 1):
        result = sum_of_two(trials=trials).run()
        assert result.trials == trials == result.convergence[-1]["trials"]
        histogram = result.histogram
        assert sum(histogram.counts) + histogram.below + histogram.above == trials
        assert result.mean == pytest.approx(15, abs=0.3)


def failing(driver: str, limit: float):
    def model(block, out) -> int:
        summed(block, out)
        out[block[driver] > limit] = math.nan
        return 0

    return model


@pytest.mark.parametrize("driver", ["a", "b"])
def test_values_that_are_not_finite_are_refused_with_their_number_and_driver(driver) -> None:
    limit = {"a": 14.0, "b": 7.0}[driver]  # two standard deviations up
    simulation = Simulation(SimulationSpec(A_AND_B, matrix_of(0.3), 100_000, 1), failing(driver, limit))
    with pytest.raises(InvalidInput) as refused:
        simulation.run()
    (problem,) = refused.value.problems
    assert problem.field == f"uncertainty.{driver}"
    assert problem.value == pytest.approx(2_275, abs=100)
    assert f"{problem.value:,} of 100,000" in problem.message
    with pytest.raises(InvalidInput, match="not a finite number"):
        simulation.preview()


def test_infinite_values_of_both_signs_are_refused_too() -> None:
    def model(block, out) -> int:
        out[:] = np.where(block["a"] > 14, math.inf, np.where(block["a"] < 6, -math.inf, 1.0))
        return 0

    with pytest.raises(InvalidInput, match=r"uncertainty\.|not a finite number"):
        Simulation(SimulationSpec(A_AND_B, None, 20_000, 1), model).run()


def flooring(share: float):
    def model(block, out) -> int:
        summed(block, out)
        return round(share * len(out))

    return model


def test_floored_trials_are_counted_then_warned_of_then_refused() -> None:
    spec = SimulationSpec(A_AND_B, None, 160_000, 1)
    few = Simulation(spec, flooring(0.0005)).run()
    assert few.floored_share == pytest.approx(0.0005)
    assert few.warnings == ()
    some = Simulation(spec, flooring(0.005)).run()
    assert [warning["code"] for warning in some.warnings] == ["floored_spread"]
    assert "0.50%" in some.warnings[0]["message"]
    for run in (Simulation(spec, flooring(0.012)).run, Simulation(spec, flooring(0.012)).preview):
        with pytest.raises(InvalidInput, match=r"1\.2%") as refused:
            run()
        assert refused.value.problems[0].field == "uncertainty"


def test_the_preview_is_near_the_run() -> None:
    simulation = product_of_two(trials=1_000_000)
    preview, result = simulation.preview(), simulation.run()
    assert preview.trials == 16_384
    assert preview == simulation.preview()
    for figure, name in ((preview.p10, "p10"), (preview.p50, "p50"), (preview.p90, "p90")):
        assert figure == pytest.approx(result.percentiles[name], rel=0.02)
    assert preview.mean == pytest.approx(result.mean, rel=0.005)
