"""From returns to a problem: every estimator, every refusal, and what is told of it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.critical_line import trace_frontier
from modeling.engines.portfolio.estimators.catalogue import covariance_estimators, mean_estimators
from modeling.engines.portfolio.estimators.errors import TooFewReturns, UnknownEstimator, UnusableParameter
from modeling.engines.portfolio.estimators.estimate import estimate
from modeling.engines.portfolio.estimators.registry import Registry
from modeling.engines.portfolio.estimators.semidefinite import semidefinite
from modeling.engines.portfolio.problem import problem_of
from tests.modeling.engines.portfolio.estimators.ragged import market_returns, with_gaps
from tests.modeling.engines.portfolio.moments import DAILY_COVARIANCE, GROWTH, TICKERS

RETURNS, MARKET = market_returns()
RAGGED = with_gaps(RETURNS)
SHRUNK = ("ledoit_wolf", "constant_correlation", "oas", "factor", "denoised")
COMPOUND = {"name": "historical", "compound": True}
NAMES = tuple(f"T{row}" for row in range(8))


@pytest.mark.parametrize("covariance", covariance_estimators.names)
@pytest.mark.parametrize("mean", mean_estimators.names)
def test_every_estimator_answers_ragged_histories(mean: str, covariance: str) -> None:
    found = estimate(RAGGED, 252, mean=mean, covariance=covariance, names=NAMES, market=MARKET, factors=MARKET)
    assert (found.mean_method, found.covariance_method) == (mean, covariance)
    assert found.observations == tuple(int(count) for count in (~np.isnan(RAGGED)).sum(axis=1))
    assert np.linalg.eigvalsh(found.covariance)[0] >= -1e-12 * np.max(found.covariance)
    problem_of(found.mean, found.covariance, names=found.names)
    json.dumps([found.details, [asdict(note) for note in found.notes]], allow_nan=False)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    holes=st.floats(0.0, 0.6),
    covariance=st.sampled_from(["sample", "ewma", *SHRUNK]),
)
def test_the_covariance_is_always_positive_semidefinite_and_finite(seed: int, holes: float, covariance: str) -> None:
    generator = np.random.default_rng(seed)
    returns, _ = market_returns(seed, 12, 40)
    returns[generator.random(returns.shape) < holes] = np.nan
    choice = {"name": covariance}
    if covariance in SHRUNK:
        choice["missing"] = "pairwise"
    try:
        found = estimate(returns, 52, covariance=choice, least=8)
    except EngineError as refused:
        assert all(problem.message and problem.remedy for problem in refused.problems)
        return
    assert np.isfinite(found.covariance).all()
    assert np.array_equal(found.covariance, found.covariance.T)
    assert np.linalg.eigvalsh(found.covariance)[0] >= -1e-13 * np.max(found.covariance)


CONTRADICTORY = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])


@pytest.mark.parametrize("method", ["clip", "nearest"])
def test_a_repair_keeps_the_variances_and_tells_what_moved(method: str) -> None:
    deviation = np.array([0.1, 0.2, 0.3])
    covariance = CONTRADICTORY * np.outer(deviation, deviation)
    repaired = semidefinite(covariance, ("A", "B", "C"), method)
    np.testing.assert_allclose(np.diagonal(repaired.covariance), deviation**2, rtol=1e-12)
    assert np.linalg.eigvalsh(repaired.covariance)[0] >= -1e-17
    (note,) = repaired.notes
    assert note.code == "made_semidefinite"
    assert note.figures["smallest_eigenvalue"] == pytest.approx(-0.8)
    i, j = (("A", "B", "C").index(name) for name in note.figures["between"])
    moved = repaired.covariance[i, j] / (deviation[i] * deviation[j])
    assert note.figures["to"] == pytest.approx(moved)
    assert f"from {CONTRADICTORY[i, j]:.4f} to {moved:.4f}" in note.message


def test_the_nearest_repair_moves_less_than_clipping() -> None:
    moved = {
        method: np.linalg.norm(semidefinite(CONTRADICTORY, ("A", "B", "C"), method).covariance - CONTRADICTORY)
        for method in ("clip", "nearest")
    }
    assert moved["nearest"] <= moved["clip"] + 1e-12


def test_a_possible_covariance_is_left_alone() -> None:
    covariance = np.cov(RETURNS)
    repaired = semidefinite(covariance, NAMES)
    assert repaired.covariance is covariance
    assert repaired.notes == ()


def test_minimum_volatility_of_twenty_real_tickers() -> None:
    """PyPortfolioOpt, tests/test_efficient_frontier.py::test_min_volatility: return, volatility, Sharpe ratio."""
    covariance = semidefinite(DAILY_COVARIANCE * 252, TICKERS).covariance
    found = trace_frontier(problem_of(GROWTH, covariance, names=TICKERS)).minimum_variance()
    expected, volatility = found.expected_return, found.volatility
    assert found.certificate is not None and found.certificate.holds
    assert expected == pytest.approx(0.15056821399482578, abs=2e-5)
    assert volatility == pytest.approx(0.15915084514118694, abs=2e-5)
    assert (expected - 0.02) / volatility == pytest.approx(0.8204054077060996, abs=2e-5)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"covariance": "robust"}, "covariance", "no estimator of the covariance called 'robust'"),
        ({"mean": {"span": 3}}, "mean", "no estimator of the mean called None"),
        ({"mean": {"name": "ewma", "window": 3}}, "mean.window", "has no parameter window"),
        ({"mean": {"name": "historical", "compound": 1}}, "mean.compound", "1 is no compound"),
        ({"mean": {"name": "ewma", "span": math.nan}}, "mean.span", "nan is no span"),
        ({"mean": {"name": "ewma", "span": "60"}}, "mean.span", "'60' is no span"),
        ({"covariance": {"name": "factor", "factors": 2.5}}, "covariance.factors", "2.5 is no factors"),
        ({"covariance": {"name": "factor", "factors": 0}}, "covariance.factors", "0 is no factors"),
        ({"covariance": {"name": "oas", "missing": "drop"}}, "covariance.missing", "'drop' is no missing"),
    ],
)
def test_what_is_no_estimator_or_parameter_is_refused(given: dict, field: str, words: str) -> None:
    with pytest.raises((UnknownEstimator, UnusableParameter), match=words) as refused:
        estimate(RETURNS, 252, **given)
    (problem,) = refused.value.problems
    assert problem.field == field
    assert problem.remedy


def test_a_ticker_with_few_returns_is_named_with_their_number() -> None:
    returns = RETURNS.copy()
    returns[3, 7:] = np.nan
    with pytest.raises(TooFewReturns) as refused:
        estimate(returns, 252, names=NAMES)
    (problem,) = refused.value.problems
    assert (problem.field, problem.value) == ("returns.T3", 7)
    assert "Leave T3 out" in problem.remedy


@pytest.mark.parametrize(
    ("returns", "changes", "field"),
    [
        (RETURNS, {"periods_per_year": 0}, "periods_per_year"),
        (RETURNS, {"names": ("A",)}, "names"),
        (RETURNS, {"risk_free": math.inf}, "risk_free"),
        (RETURNS, {"least": 1}, "least"),
        (RETURNS, {"market": MARKET[:-1]}, "market"),
        (RETURNS, {"factors": np.full((1, 400), np.inf)}, "factors"),
        (np.zeros(3), {}, "returns"),
        (np.zeros((0, 5)), {}, "returns"),
        (np.where(np.arange(400) == 9, np.inf, RETURNS), {}, "returns.asset 1"),
        (np.where(np.arange(8)[:, None] == 4, RETURNS * 1e200, RETURNS), {}, "returns.asset 5"),
        (np.where(np.arange(8)[:, None] == 2, 9e4, 0) + RETURNS, {"mean": COMPOUND}, "returns.asset 3"),
    ],
)
def test_what_can_not_be_estimated_from_is_refused(returns: np.ndarray, changes: dict, field: str) -> None:
    with pytest.raises(EngineError) as refused:
        estimate(returns, **{"periods_per_year": 252, "covariance": "sample", **changes})
    assert [problem.field for problem in refused.value.problems] == [field]


def test_histories_of_very_different_length_are_told() -> None:
    short = RETURNS.copy()
    short[2, :300] = np.nan
    (note,) = estimate(short, 252, covariance="sample", names=NAMES).notes
    assert note.code == "uneven_histories"
    assert note.message == "T2 has 100 returns and T0 has 400 returns: their means tell of different times."
    assert estimate(RETURNS, 252, covariance="sample").notes == ()


def test_two_estimators_of_one_name_are_refused() -> None:
    (first, *_) = mean_estimators
    with pytest.raises(ValueError, match="share a name"):
        Registry("mean", (first, first))
