"""Every distribution against SciPy's own, truncated and not, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from modeling.engines.simulation.distributions import (
    DISTRIBUTIONS,
    Beta,
    Discrete,
    Distribution,
    Empirical,
    Lognormal,
    Normal,
    Pert,
    Triangular,
    Uniform,
    parse_distribution,
)
from valor.lib.errors import InvalidInput

SIGMA = math.sqrt(math.log(1 + (0.6 / 2.0) ** 2))
CASES = {
    "normal": (Normal(0.08, 0.02), stats.norm(0.08, 0.02)),
    "lognormal": (Lognormal(2.0, 0.6), stats.lognorm(SIGMA, scale=2.0 * math.exp(-(SIGMA**2) / 2))),
    "uniform": (Uniform(1.0, 4.0), stats.uniform(1.0, 3.0)),
    "triangular": (Triangular(1.0, 1.5, 4.0), stats.triang(0.5 / 3, 1.0, 3.0)),
    "triangular with its mode at the low end": (Triangular(1.0, 1.0, 4.0), stats.triang(0.0, 1.0, 3.0)),
    "triangular with its mode at the high end": (Triangular(1.0, 4.0, 4.0), stats.triang(1.0, 1.0, 3.0)),
    "pert": (Pert(1.0, 2.0, 5.0), stats.beta(2.0, 4.0, 1.0, 4.0)),
    "beta": (Beta(2.5, 0.8, -1.0, 3.0), stats.beta(2.5, 0.8, -1.0, 4.0)),
    "nearly certain beta": (Beta(900.0, 300.0), stats.beta(900.0, 300.0)),
    "two-peaked beta": (Beta(0.4, 0.6), stats.beta(0.4, 0.6)),
}
PROBABILITIES = np.concatenate([[1e-9, 1e-6], np.linspace(0.001, 0.999, 997), [1 - 1e-6, 1 - 1e-9]])
BOUNDS = {
    "normal": (0.05, 0.09),
    "lognormal": (1.2, 3.0),
    "uniform": (1.5, 3.0),
    "triangular": (1.2, 3.0),
    "pert": (1.5, 4.0),
    "beta": (0.0, 2.5),
}


@pytest.mark.parametrize("name", CASES)
def test_quantiles_probabilities_and_moments_are_those_of_scipy(name: str) -> None:
    ours, theirs = CASES[name]
    np.testing.assert_allclose(ours.ppf(PROBABILITIES), theirs.ppf(PROBABILITIES), rtol=1e-9, atol=1e-12)
    values = theirs.ppf(np.linspace(0.01, 0.99, 50))
    np.testing.assert_allclose(ours.cdf(values), theirs.cdf(values), rtol=1e-9)
    assert ours.moments == pytest.approx((theirs.mean(), theirs.std()), rel=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_scores_become_the_quantiles_of_their_probabilities(name: str) -> None:
    ours, theirs = CASES[name]
    scores = np.linspace(-6.2, 6.2, 5_001)
    found = np.empty_like(scores)
    ours.from_scores(scores, found)
    lower, upper = scores[scores <= 0], scores[scores > 0]
    right = np.concatenate([theirs.ppf(special.ndtr(lower)), theirs.isf(special.ndtr(-upper))])
    scale = theirs.std() if np.isinf(theirs.support()).any() else np.ptp(theirs.support())
    assert np.max(np.abs(found - right) / np.maximum(np.abs(right), scale)) < 1e-9


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 5.0), (3.0, 3.0), (4.6, 1.4), (5.0, 1.0), (0.3, 7.0), (250.0, 40.0)])
def test_beta_tables_are_right_to_a_billionth_of_the_range(alpha: float, beta: float) -> None:
    scores = np.linspace(-8.0, 8.0, 20_011)
    found = np.empty_like(scores)
    Beta(alpha, beta).from_scores(scores, found)
    right = np.where(
        scores < 0,
        special.betaincinv(alpha, beta, special.ndtr(scores)),
        special.betainccinv(alpha, beta, special.ndtr(-scores)),
    )
    assert np.max(np.abs(found - right)) < 1e-9


def test_a_beta_too_steep_for_any_table_is_computed_instead() -> None:
    scores = np.linspace(-3.0, 3.0, 501)
    found = np.empty_like(scores)
    Beta(0.01, 0.01).from_scores(scores, found)
    np.testing.assert_allclose(found, special.betaincinv(0.01, 0.01, special.ndtr(scores)), atol=1e-9)


@pytest.mark.parametrize("name", BOUNDS)
def test_truncation_conditions_the_distribution(name: str) -> None:
    lower, upper = BOUNDS[name]
    whole, theirs = CASES[name]
    ours = parse_distribution(whole.as_dict() | {"lower": lower, "upper": upper})
    low, high = theirs.cdf(lower), theirs.cdf(upper)
    right = theirs.ppf(low + PROBABILITIES * (high - low))
    np.testing.assert_allclose(ours.ppf(PROBABILITIES), right, rtol=1e-9, atol=1e-12)
    found = np.empty_like(PROBABILITIES)
    ours.from_scores(special.ndtri(PROBABILITIES), found)
    np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-12)
    mean = theirs.expect(lambda x: x, lb=lower, ub=upper, conditional=True)
    sd = math.sqrt(theirs.expect(lambda x: (x - mean) ** 2, lb=lower, ub=upper, conditional=True))
    assert ours.moments == pytest.approx((mean, sd), rel=1e-7)
    np.testing.assert_allclose(ours.cdf(right), PROBABILITIES, atol=1e-9)


def test_a_normal_cut_far_in_its_tail_keeps_its_digits() -> None:
    theirs = stats.truncnorm(4.5, np.inf)
    found = np.empty(3)
    Normal(0.0, 1.0, lower=4.5).from_scores(special.ndtri([0.1, 0.5, 0.9]), found)
    np.testing.assert_allclose(found, theirs.ppf([0.1, 0.5, 0.9]), rtol=1e-10)


def test_discrete_values_come_with_their_probabilities() -> None:
    found = np.empty(100_000)
    distribution = Discrete((3.0, 1.0, 2.0, 1.0), (0.5, 0.1, 0.3, 0.1))
    distribution.from_scores(special.ndtri((np.arange(100_000) + 0.5) / 100_000), found)
    values, counts = np.unique(found, return_counts=True)
    assert values.tolist() == [1.0, 2.0, 3.0]
    assert counts.tolist() == [20_000, 30_000, 50_000]
    assert distribution.moments == pytest.approx((2.3, math.sqrt(0.61)))
    assert distribution.cdf([0.5, 1.0, 2.5, 3.0]).tolist() == pytest.approx([0.0, 0.2, 0.5, 1.0])


def test_a_truncated_discrete_distribution_keeps_the_values_inside() -> None:
    distribution = Discrete((1.0, 2.0, 3.0), (0.2, 0.3, 0.5), lower=2.0)
    assert distribution.ppf([0.0, 0.374, 0.376, 1.0]).tolist() == [2.0, 2.0, 3.0, 3.0]
    assert distribution.moments[0] == pytest.approx((0.6 + 1.5) / 0.8)


def test_an_empirical_distribution_has_the_moments_of_its_sample() -> None:
    sample = (3.0, 1.0, 4.0, 1.0, 5.0)
    assert Empirical(sample).moments == pytest.approx((np.mean(sample), np.std(sample)))
    assert Empirical(sample).ppf([0.1, 0.39, 0.5, 0.99]).tolist() == [1.0, 1.0, 3.0, 5.0]


@given(
    center=st.floats(-5, 5),
    sd=st.floats(0.01, 10),
    low=st.floats(-3, 2.9),
    width=st.floats(0.05, 6),
    kind=st.sampled_from([Normal, Uniform, Triangular, Pert]),
)
def test_truncated_values_stay_inside_and_rise_with_the_score(center, sd, low, width, kind) -> None:
    lower, upper = center + low * sd, center + (low + width) * sd
    shape = {
        Normal: (center, sd),
        Uniform: (center - 5 * sd, center + 5 * sd),
        Triangular: (center - 5 * sd, center, center + 5 * sd),
        Pert: (center - 5 * sd, center, center + 5 * sd),
    }[kind]
    if upper >= center + 5 * sd or lower <= center - 5 * sd:
        upper, lower = min(upper, center + 4.9 * sd), max(lower, center - 4.9 * sd)
    distribution = kind(*shape, lower=lower, upper=upper)
    scores = np.linspace(-8.0, 8.0, 201)
    found = np.empty_like(scores)
    distribution.from_scores(scores, found)
    assert found.min() >= lower
    assert found.max() <= upper
    assert np.all(np.diff(found) >= -1e-9 * sd)
    np.testing.assert_allclose(found, distribution.ppf(special.ndtr(scores)), atol=1e-8 * sd)


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ({"distribution": "normal", "mean": 1, "sd": 0}, ["sd"]),
        ({"distribution": "normal", "mean": 1, "sd": -1}, ["sd"]),
        ({"distribution": "normal", "mean": math.nan, "sd": math.inf}, ["mean", "sd"]),
        ({"distribution": "normal", "mean": "8 %", "sd": True}, ["mean", "sd"]),
        ({"distribution": "normal", "mean": 10**400, "sd": 1}, ["mean"]),
        ({"distribution": "normal", "mean": 1, "sd": None}, ["sd"]),
        ({"distribution": "normal", "mean": 1}, ["sd"]),
        ({"distribution": "normal", "mean": 1, "sd": 1, "sdd": 1}, ["sdd"]),
        ({"distribution": "normal", "mean": 0, "sd": 1, "lower": 2, "upper": 1}, ["lower"]),
        ({"distribution": "normal", "mean": 0, "sd": 1, "lower": 9}, ["lower"]),
        ({"distribution": "lognormal", "mean": 0, "sd": -1}, ["sd", "mean"]),
        ({"distribution": "uniform", "low": 2, "high": 2}, ["low"]),
        ({"distribution": "uniform", "low": 0, "high": 1, "upper": -1}, ["upper"]),
        ({"distribution": "triangular", "low": 0, "mode": 3, "high": 2}, ["mode"]),
        ({"distribution": "pert", "low": 3, "mode": 2, "high": 1}, ["low"]),
        ({"distribution": "beta", "alpha": 0, "beta": -1, "low": 1, "high": 0}, ["alpha", "beta", "low"]),
        ({"distribution": "discrete", "values": [1, 2], "probabilities": [0.5]}, ["probabilities"]),
        ({"distribution": "discrete", "values": [1, 2], "probabilities": [0.5, 0.6]}, ["probabilities"]),
        ({"distribution": "discrete", "values": [1, 2], "probabilities": [-0.5, 1.5]}, ["probabilities.0"]),
        ({"distribution": "discrete", "values": [], "probabilities": []}, ["values", "probabilities"]),
        ({"distribution": "discrete", "values": [1, 2], "probabilities": [0.5, 0.5], "lower": 3}, ["lower"]),
        ({"distribution": "empirical", "values": [1, None]}, ["values.1"]),
        ({"distribution": "empirical", "values": "many"}, ["values"]),
        ({"distribution": "empirical", "values": [1]}, ["values"]),
        ({"distribution": "gaussian"}, ["distribution"]),
        ({"distribution": ["normal"]}, ["distribution"]),
        ([1, 2], ["distribution"]),
    ],
)
def test_impossible_parameters_are_refused_by_name(raw, fields) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_distribution(raw)
    assert [problem.field for problem in refused.value.problems] == fields
    assert all(problem.message and problem.remedy for problem in refused.value.problems)


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InvalidInput, match="did you mean triangular"):
        parse_distribution({"distribution": "triangle"})
    with pytest.raises(InvalidInput, match="did you mean mode"):
        parse_distribution({"distribution": "pert", "low": 0, "mod": 1, "high": 2})


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_a_distribution_survives_being_written_and_read(kind: str) -> None:
    example: Distribution = {
        "normal": Normal(1, 2),
        "lognormal": Lognormal(1, 2, upper=9),
        "triangular": Triangular(0, 1, 2),
        "pert": Pert(0, 1, 2),
        "uniform": Uniform(0, 1),
        "beta": Beta(2, 3, 0, 5, lower=1),
        "discrete": Discrete([1, 2], [0.25, 0.75]),
        "empirical": Empirical([1, 2, 3]),
    }[kind]
    assert example.as_dict()["distribution"] == kind
    assert parse_distribution(example.as_dict()) == example
