"""The statistics against answers known on paper."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modeling.engines.simulation.distributions import Lognormal, Normal, Pert, Uniform
from modeling.engines.simulation.sampling import SAMPLERS
from modeling.engines.simulation.simulate import Simulation
from modeling.engines.simulation.spec import SimulationSpec
from modeling.engines.simulation.statistics import nice_edges
from tests.modeling.engines.simulation.models import A_AND_B, matrix_of, product_of_two, sum_of_two, summed

LOG_VARIANCES = math.log1p(0.2**2), math.log1p(0.3**2)
PRODUCT = stats.lognorm(
    math.sqrt(sum(LOG_VARIANCES)), scale=math.exp(math.log(10.0) + math.log(5.0) - sum(LOG_VARIANCES) / 2)
)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_product_of_lognormals_is_the_lognormal_it_must_be(sampler) -> None:
    result = product_of_two(trials=400_000, sampler=sampler, price=60.0).run()
    errors = result.standard_error
    assert abs(result.mean - PRODUCT.mean()) < 6 * errors["mean"] + 1e-6
    assert abs(result.sd - PRODUCT.std()) < 6 * errors["sd"]
    for name, value in result.percentiles.items():
        right = PRODUCT.ppf(int(name[1:]) / 100)
        assert abs(value - right) < 6 * errors[name], name
    assert result.probability_above_price == pytest.approx(PRODUCT.sf(60.0), abs=0.003)
    worst = PRODUCT.expect(lambda x: x, ub=PRODUCT.ppf(0.05), conditional=True)
    assert result.expected_shortfall == pytest.approx(worst, rel=0.005)
    mode = math.exp(math.log(PRODUCT.kwds["scale"] if PRODUCT.kwds else 1) - sum(LOG_VARIANCES))
    assert result.most_likely == pytest.approx(mode, rel=0.03)


def test_sobol_is_far_nearer_than_plain_monte_carlo() -> None:
    """Root mean square errors over five seeds, of the mean and of the 5th percentile."""
    errors: dict[str, list[float]] = {"mean": [], "p5": []}
    for sampler in ("sobol", "pseudo_random"):
        results = [product_of_two(trials=100_000, sampler=sampler, seed=seed).run() for seed in range(5)]
        errors["mean"].append(math.sqrt(np.mean([(r.mean - PRODUCT.mean()) ** 2 for r in results])))
        errors["p5"].append(math.sqrt(np.mean([(r.percentiles["p5"] - PRODUCT.ppf(0.05)) ** 2 for r in results])))
    assert errors["mean"][0] < errors["mean"][1] / 10
    assert errors["p5"][0] < errors["p5"][1] / 2


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_standard_errors_cover_the_truth_about_as_often_as_they_should(sampler) -> None:
    """Two reported standard errors hold the truth with probability 0.94 (Student's t with 15 degrees of freedom)."""
    right = {"mean": PRODUCT.mean(), **{f"p{p}": PRODUCT.ppf(p / 100) for p in (5, 25, 50, 75, 95)}}
    hits = []
    for seed in range(40):
        result = product_of_two(trials=32_000, sampler=sampler, seed=seed).run()
        found = {"mean": result.mean, **result.percentiles}
        hits += [abs(found[name] - truth) < 2 * result.standard_error[name] for name, truth in right.items()]
    assert 0.85 < np.mean(hits) < 0.995


def test_plain_monte_carlo_reports_the_textbook_error_of_the_mean() -> None:
    result = sum_of_two(sampler="pseudo_random", trials=160_000).run()
    assert result.standard_error["mean"] == pytest.approx(math.sqrt(5 / 160_000), rel=0.6)
    # 15 degrees of freedom leave one seed 18 % of noise: the average over seeds is far tighter.
    errors = [sum_of_two(sampler="pseudo_random", seed=s).run().standard_error["mean"] for s in range(20)]
    assert np.mean(errors) == pytest.approx(math.sqrt(5 / 50_000), rel=0.12)


def test_moments_and_percentiles_are_those_of_the_pooled_sample() -> None:
    simulation = product_of_two(trials=123_457, sampler="pseudo_random")
    outcomes, _ = simulation.outcomes()
    result = simulation.run()
    assert result.mean == pytest.approx(outcomes.mean(), rel=1e-13)
    assert result.sd == pytest.approx(outcomes.std(ddof=1), rel=1e-12)
    for name, value in result.percentiles.items():
        assert value == pytest.approx(np.quantile(outcomes, int(name[1:]) / 100), rel=1e-14)
    edges, counts = np.array(result.histogram.edges), result.histogram.counts
    assert list(counts) == np.histogram(outcomes, edges)[0].tolist()
    assert result.histogram.below == np.count_nonzero(outcomes < edges[0])
    assert result.histogram.above == np.count_nonzero(outcomes > edges[-1])
    assert edges[0] <= np.quantile(outcomes, 0.005)
    assert edges[-1] >= np.quantile(outcomes, 0.995)


def test_contributions_of_a_sum_are_the_shares_of_the_variances() -> None:
    result = sum_of_two(trials=400_000).run()
    first, second = result.contributions
    assert (first.driver, second.driver) == ("a", "b")
    assert first.share == pytest.approx(0.8, abs=0.005)
    assert second.share == pytest.approx(0.2, abs=0.005)
    assert not first.overlapping
    decile = stats.norm.pdf(stats.norm.ppf(0.1)) / 0.1  # how far out the mean of a normal's decile lies
    assert first.low == pytest.approx(15 - 2 * decile, abs=0.03)
    assert first.high == pytest.approx(15 + 2 * decile, abs=0.03)
    assert second.high == pytest.approx(15 + decile, abs=0.03)


def test_contributions_of_correlated_drivers_overlap_and_say_so() -> None:
    """Given a, b follows it: Var(E[a + b | a]) = (2 + rho)^2 over 5 + 4 rho; likewise (1 + 2 rho)^2 for b."""
    drivers = (*A_AND_B, ("c", Uniform(0.0, 1.0)))
    result = Simulation(SimulationSpec(drivers, matrix_of(0.5, 3), 400_000, 1), summed).run()
    found = {contribution.driver: contribution for contribution in result.contributions}
    total = 7 + 1 / 12
    assert found["a"].share == pytest.approx(2.5**2 / total, abs=0.005)
    assert found["b"].share == pytest.approx(2.0**2 / total, abs=0.005)
    assert found["c"].share == pytest.approx(1 / 12 / total, abs=0.002)
    assert found["a"].overlapping
    assert found["b"].overlapping
    assert not found["c"].overlapping


@pytest.mark.parametrize("trials", [1_000, 200_000])
def test_a_driver_without_influence_contributes_nothing(trials) -> None:
    def ignoring(block, out) -> int:
        out[:] = block["a"]
        return 0

    shares = []
    for seed in range(5):
        spec = SimulationSpec(A_AND_B, None, trials, seed, "pseudo_random")
        result = Simulation(spec, ignoring).run()
        shares.append({c.driver: c.share for c in result.contributions})
    assert np.mean([share["b"] for share in shares]) < 20 / trials + 0.001
    assert np.mean([share["a"] for share in shares]) == pytest.approx(1.0, abs=0.01)


def test_achieved_correlations_show_what_skewness_takes_away() -> None:
    """Rank: 6 / pi asin(rho / 2). Linear between lognormals: (e^(rho s s') - 1) over the root of both variances."""
    sd = 2.0
    drivers = (("x", Normal(0.0, 1.0)), ("a", Lognormal(1.0, sd)), ("b", Lognormal(1.0, sd)))
    matrix = np.eye(3)
    matrix[1, 2] = matrix[2, 1] = 0.5
    result = Simulation(SimulationSpec(drivers, matrix, 1_000_000, 1), summed).run()
    found = result.correlations
    assert found["drivers"] == ["a", "b"]
    assert found["requested"] == [[1.0, 0.5], [0.5, 1.0]]
    assert found["rank"][0][1] == pytest.approx(6 / math.pi * math.asin(0.25), abs=0.01)
    variance = math.log1p(sd**2)
    assert found["linear"][0][1] == pytest.approx(math.expm1(0.5 * variance) / math.expm1(variance), abs=0.05)
    assert found["linear"][0][1] < 0.4


def test_linear_correlation_is_that_of_all_trials() -> None:
    spec = SimulationSpec((("a", Pert(0, 1, 4)), ("b", Uniform(0, 1))), matrix_of(-0.7), 100_000, 5, "pseudo_random")
    kept: list[np.ndarray] = []

    def keeping(block, out) -> int:
        kept.append(np.array([block["a"], block["b"]]))
        return summed(block, out)

    result = Simulation(spec, keeping).run()
    right = np.corrcoef(np.concatenate(kept, axis=1))[0, 1]
    assert result.correlations["linear"][0][1] == pytest.approx(right, rel=1e-10)


def test_independent_drivers_have_no_correlations_to_show() -> None:
    assert sum_of_two().run().correlations == {"drivers": [], "requested": [], "rank": [], "linear": []}


def test_convergence_ends_at_the_result_and_narrows() -> None:
    result = sum_of_two(trials=400_000, sampler="pseudo_random").run()
    trace = result.convergence
    assert len(trace) == 32
    assert trace[-1]["trials"] == 400_000
    assert trace[-1]["mean"] == pytest.approx(result.mean, rel=1e-12)
    assert trace[-1]["standard_error"] == pytest.approx(result.standard_error["mean"], rel=1e-9)
    assert trace[0]["trials"] == pytest.approx(400_000 / 32, rel=0.01)
    assert np.mean([p["standard_error"] for p in trace[:4]]) > 2 * np.mean([p["standard_error"] for p in trace[-4:]])


def test_without_a_price_there_is_a_reason_instead_of_a_probability() -> None:
    result = sum_of_two().run()
    assert result.probability_above_price is None
    assert result.price is None
    assert result.probability_reason
    assert "probability_above_price" not in result.standard_error
    assert "price" not in result.sentence


def test_the_summary_is_plain_json_with_the_agreed_names() -> None:
    summary = sum_of_two(0.5, price=14.0).run().as_dict(seconds=1.25)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert list(summary["percentiles"]) == ["p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99"]
    assert {"mean", "sd", *summary["percentiles"]} <= set(summary["standard_error"])
    assert len(summary["histogram"]["edges"]) == 41
    assert len(summary["histogram"]["counts"]) == 40
    assert set(summary["expected_shortfall"]) == {"p5"}
    assert set(summary["contributions"][0]) == {"driver", "share", "low", "high", "overlapping"}
    assert summary["seconds"] == 1.25
    assert summary["probability_above_price"] == pytest.approx(stats.norm(15, math.sqrt(7)).sf(14.0), abs=0.002)
    assert summary["sentence"].endswith("chance it is above the price of 14")


def test_the_share_below_zero_is_counted() -> None:
    drivers = (("a", Normal(1.0, 2.0)),)
    result = Simulation(SimulationSpec(drivers, None, 100_000, 1), summed).run()
    assert result.negative_share == pytest.approx(stats.norm.cdf(-0.5), abs=0.001)
    assert "chance it is zero or less" in result.sentence


def test_a_value_that_never_moves_has_a_result_too() -> None:
    def constant(block, out) -> int:
        out[:] = 42.0
        return 0

    result = Simulation(SimulationSpec(A_AND_B, matrix_of(0.5), 20_000, 1, price=40.0), constant).run()
    assert (result.mean, result.sd, result.most_likely) == (42.0, 0.0, pytest.approx(42.0, abs=1.0))
    assert set(result.percentiles.values()) == {42.0}
    assert [contribution.share for contribution in result.contributions] == [0.0, 0.0]
    assert sum(result.histogram.counts) == 20_000
    json.dumps(result.as_dict(), allow_nan=False)


def test_the_most_likely_value_hardly_depends_on_the_seed() -> None:
    modes = [product_of_two(trials=1_000_000, seed=seed).run().most_likely for seed in range(3)]
    assert np.ptp(modes) < 0.02 * PRODUCT.std()


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_edges_are_round_and_enclose_the_sample(low: float, width: float) -> None:
    high = low + width
    edges = np.array(nice_edges(low, high))
    step = edges[1] - edges[0]
    assert len(edges) == 41
    assert edges[0] <= low + 1e-9 * step
    assert edges[-1] >= high - 1e-9 * step
    # Far from zero an edge itself is only so exact.
    grain = 4 * float(np.spacing(np.abs(edges).max()))
    np.testing.assert_allclose(np.diff(edges), step, rtol=1e-4, atol=grain)
    if width > 1e-6 * max(abs(low), abs(high)):
        assert edges[-1] - edges[0] < 1.6 * width
