"""Running: the same result however the blocks are shared out, progress, refusals, the preview."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from modeling.engines.simulation.distributions import Lognormal, Normal
from modeling.engines.simulation.partial import Partial
from modeling.engines.simulation.sampling import SAMPLERS
from modeling.engines.simulation.simulate import Simulation, SimulationSpec
from tests.modeling.engines.simulation.models import A_AND_B, matrix_of, part_of, product_of_two, sum_of_two, summed
from valor.lib.errors import InvalidInput


@pytest.fixture(scope="module")
def two_processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("cuts", [(0, 1, 32), (0, 31, 32), (0, 5, 6, 20, 32), tuple(range(33))])
def test_the_result_is_bit_identical_however_the_blocks_are_shared_out(sampler, cuts) -> None:
    simulation = sum_of_two(0.5, trials=300_000, sampler=sampler, price=14.0)
    assert len(simulation.blocks) == 32
    whole = simulation.run()
    fresh = [sum_of_two(0.5, trials=300_000, sampler=sampler, price=14.0) for _ in cuts[1:]]
    parts = [part.run_blocks(a, b) for part, a, b in zip(fresh, cuts, cuts[1:], strict=False)]
    assert simulation.reduce(parts[::-1]) == whole


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_two_processes_give_the_result_of_one(sampler, two_processes) -> None:
    parts = list(two_processes.map(part_of, [sampler] * 3, [20, 0, 11], [32, 11, 20]))
    simulation = sum_of_two(0.5, trials=300_000, sampler=sampler)
    assert simulation.reduce([Partial.from_bytes(part) for part in parts]) == simulation.run()


def test_another_seed_gives_another_result() -> None:
    assert sum_of_two(seed=1).run().mean != sum_of_two(seed=2).run().mean


def test_blocks_that_are_missing_doubled_or_foreign_are_refused() -> None:
    simulation = sum_of_two()
    parts = [simulation.run_blocks(0, 7), simulation.run_blocks(7, 16)]
    for wrong in ([parts[0]], [parts[1]], [*parts, parts[0]], []):
        with pytest.raises(InvalidInput, match="cover each of the 16 blocks"):
            simulation.reduce(wrong)
    with pytest.raises(InvalidInput, match="another run"):
        simulation.reduce([parts[0], sum_of_two(seed=4).run_blocks(7, 16)])
    with pytest.raises(InvalidInput, match="no blocks 7 to 17"):
        simulation.run_blocks(7, 17)


def test_progress_counts_trials_and_its_error_stops_the_run() -> None:
    seen: list[tuple[int, int]] = []
    sum_of_two(trials=300_000).run(lambda done, total: seen.append((done, total)))
    assert len(seen) == 8
    assert seen[-1] == (300_000, 300_000)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sum_of_two(trials=300_000).run(stop)


def test_outcomes_are_those_of_the_run() -> None:
    simulation = sum_of_two()
    outcomes, floored = simulation.outcomes()
    assert len(outcomes) == 50_000
    assert floored == 0
    assert np.array_equal(outcomes, simulation.run_blocks(0, 16).outcomes)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"drivers": ()}, ["uncertainty"]),
        ({"drivers": (A_AND_B[0], A_AND_B[0])}, ["uncertainty"]),
        ({"trials": 0}, ["trials"]),
        ({"trials": 10**12}, ["trials"]),
        (
            {"trials": 1e6, "seed": -1, "sampler": "halton", "price": math.nan},
            ["trials", "seed", "sampler", "price.value"],
        ),
        ({"seed": 2**63}, ["seed"]),
        ({"seed": True}, ["seed"]),
        ({"correlation": [[1.0, 2.0], [2.0, 1.0]]}, ["correlations"]),
    ],
)
def test_an_impossible_specification_is_refused_by_field(changes, fields) -> None:
    with pytest.raises(InvalidInput) as refused:
        SimulationSpec(**{"drivers": A_AND_B, "trials": 10_000} | changes)
    assert [problem.field for problem in refused.value.problems] == fields


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


def test_a_partial_result_survives_being_written_down() -> None:
    partial = sum_of_two(0.5).run_blocks(3, 9)
    again = Partial.from_bytes(partial.to_bytes())
    assert (again.key, again.first, again.last) == (partial.key, 3, 9)
    for name, value in vars(partial).items():
        assert np.array_equal(getattr(again, name), value), name


def test_the_key_tells_samples_apart_but_not_prices() -> None:
    keys = [
        SimulationSpec(A_AND_B, None, 10_000, 1).key,
        SimulationSpec(A_AND_B, None, 10_000, 2).key,
        SimulationSpec(A_AND_B, None, 10_001, 1).key,
        SimulationSpec(A_AND_B, matrix_of(0.1), 10_000, 1).key,
        SimulationSpec((A_AND_B[0], ("b", Normal(5.0, 1.1))), None, 10_000, 1).key,
        SimulationSpec((A_AND_B[0], ("b", Lognormal(5.0, 1.0))), None, 10_000, 1).key,
        SimulationSpec(A_AND_B, None, 10_000, 1, "pseudo_random").key,
    ]
    assert len(set(keys)) == len(keys)
    assert SimulationSpec(A_AND_B, None, 10_000, 1, price=3.0).key == keys[0]
