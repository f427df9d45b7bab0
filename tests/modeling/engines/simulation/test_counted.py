"""Counted runs against the very same outcomes, collected on the side."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from scipy import special

from benchmarks.simulation import TESLA, TESLA_DRIVERS, simulation_of
from modeling.engines.simulation.bins import BINS, Bins
from modeling.engines.simulation.counted import CountedOutcomes
from modeling.engines.simulation.distributions import Discrete, Distribution, Normal
from modeling.engines.simulation.kept import KeptSample
from modeling.engines.simulation.plan import Plan
from modeling.engines.simulation.simulate import Simulation
from modeling.engines.simulation.spec import SimulationSpec
from modeling.engines.simulation.statistics import histogram_of, most_likely
from tests.modeling.engines.simulation.models import sum_of_two
from valor.lib.errors import InvalidInput

TRIALS = 4_200_000
PERCENTILES = np.array([0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
SCORE = (("z", Normal(0.0, 1.0)),)
PRODUCTS = (
    ("a", Discrete((1.0, 2.0, 5.0, 9.0), (0.1, 0.4, 0.3, 0.2))),
    ("b", Discrete((1.0, 1.1, 1.3), (0.2, 0.5, 0.3))),
)


def written(function: Callable[..., np.ndarray]) -> Callable:
    def model(block, out) -> int:
        out[:] = function(*block.values())
        return 0

    return model


def simulated(function: Callable[..., np.ndarray], drivers: tuple[tuple[str, Distribution], ...] = SCORE) -> Simulation:
    return Simulation(SimulationSpec(drivers, None, TRIALS, 11, "pseudo_random", price=1.0), written(function))


CASES = {
    "normal": lambda: simulated(lambda z: 15 + 3 * z),
    "lognormal": lambda: simulated(np.exp),
    "heavy tails (Student's t, 3 degrees)": lambda: simulated(lambda z: special.stdtrit(3, special.ndtr(z))),
    "a heavy lower tail (Pareto, 3)": lambda: simulated(lambda z: -(special.ndtr(z) ** (-1 / 3))),
    "Tesla in 2013": lambda: simulation_of(TESLA, TESLA_DRIVERS, "sobol", TRIALS),
    "floored at zero": lambda: simulated(lambda z: np.maximum(z + 1.1, 0.0)),
    "most of it zero": lambda: simulated(lambda z: np.where(z > 1, z, 0.0)),
    "discrete": lambda: simulated(lambda a, b: a * b, PRODUCTS),
    "partly discrete": lambda: simulated(lambda a, z: np.where(a > 4, a, a + z), (PRODUCTS[0], *SCORE)),
    "one value": lambda: simulated(lambda z: np.full_like(z, 42.0)),
    "one value but for a few": lambda: simulated(lambda z: np.where(z > 4.5, z, 7.0)),
}


@pytest.mark.parametrize("name", CASES)
def test_counted_statistics_are_those_of_the_kept_outcomes(name: str) -> None:
    simulation = CASES[name]()
    assert simulation.spec.counted
    result, (outcomes, _) = simulation.run(), simulation.outcomes()
    right = np.quantile(outcomes, PERCENTILES)
    scale = right[5] - right[3] or 1.0
    assert np.abs(np.array(list(result.percentiles.values())) - right).max() <= 1e-4 * scale
    kept = KeptSample(outcomes, simulation.plan)
    exact = kept.pooled()
    assert result.expected_shortfall == pytest.approx(exact.expected_shortfall, abs=1e-5 * scale)
    assert result.probability_above_price == np.count_nonzero(outcomes > simulation.spec.price) / TRIALS
    assert result.negative_share == np.count_nonzero(outcomes <= 0) / TRIALS
    histogram, fine = histogram_of(kept, exact.ends)
    assert result.histogram.edges == histogram.edges
    np.testing.assert_allclose(result.histogram.counts, histogram.counts, atol=30)
    assert sum(result.histogram.counts) + result.histogram.below + result.histogram.above == TRIALS
    assert result.most_likely == pytest.approx(most_likely(histogram, fine, result.sd), abs=1e-3 * scale)
    assert result.mean == pytest.approx(outcomes.mean(), rel=1e-12)
    assert result.sd == pytest.approx(outcomes.std(ddof=1), rel=1e-10)


@pytest.mark.parametrize("name", ["normal", "Tesla in 2013", "floored at zero"])
def test_counted_standard_errors_are_those_of_the_kept_outcomes(name: str) -> None:
    simulation = CASES[name]()
    result, (outcomes, _) = simulation.run(), simulation.outcomes()
    groups = KeptSample(outcomes, simulation.plan).of_groups()
    for percentile, error in result.standard_error.items():
        if percentile in groups[0].percentiles:
            right = np.std([group.percentiles[percentile] for group in groups], ddof=1) / 4
            assert error == pytest.approx(right, rel=0.02, abs=1e-12), percentile
    right = np.std([group.expected_shortfall for group in groups], ddof=1) / 4
    assert result.standard_error["expected_shortfall"] == pytest.approx(right, rel=0.001)


def test_counting_loses_no_trial_and_gives_each_group_its_own() -> None:
    (piece,) = sum_of_two(trials=17_600_000).pieces(4, 7)  # two segments in each group: groups 2 and 3
    assert piece.sample.shape == (2, BINS)
    assert piece.sample.sum(axis=1).tolist() == [1_100_000, piece.records["trials"][2]]
    assert piece.sample.min() >= 0


def test_outcomes_below_the_first_edge_are_summed_too() -> None:
    """The first block says nothing of the losses to come: the mean of the worst twentieth is right all the same."""
    store = CountedOutcomes(Bins.of_block(np.linspace(0.0, 1.0, 1_000)))
    store.open(Plan(5_000_000).segment(0))
    assert store.take(np.array([0.5, -1e6, 0.25, -3e6])) == -4e6
    assert store.take(np.array([0.5, 0.25])) == 0.0
    counts = store.close()
    assert counts[0, 0] == 2
    assert counts.sum() == 6


def test_a_crash_that_the_first_block_did_not_see_is_in_the_shortfall() -> None:
    simulation = simulated(lambda z: np.where(z < -4.2, -1e5 * z**2, z))
    result, (outcomes, _) = simulation.run(), simulation.outcomes()
    assert result.expected_shortfall < -100
    exact = KeptSample(outcomes, simulation.plan).pooled()
    assert result.expected_shortfall == pytest.approx(exact.expected_shortfall, rel=1e-6)


@pytest.mark.parametrize("limit", [4.0, -9.0])
def test_trials_without_a_finite_value_are_refused_with_their_number(limit: float) -> None:
    """A few trials, none of them in the first block perhaps; or all of them."""
    simulation = simulated(lambda z: np.where(z > limit, np.nan, z))
    outcomes, _ = simulation.outcomes()
    with pytest.raises(InvalidInput, match="not a finite number") as refused:
        simulation.run()
    assert refused.value.problems[0].value == np.count_nonzero(np.isnan(outcomes)) > 0
    assert refused.value.problems[0].field.startswith("uncertainty")


def test_the_memory_of_a_counted_run_does_not_grow_with_its_trials() -> None:
    peaks = []
    for trials in (8_000_000, 16_000_000):
        simulation = sum_of_two(trials=trials)
        tracemalloc.start()
        simulation.run()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000
    assert peaks[1] < 70_000_000
