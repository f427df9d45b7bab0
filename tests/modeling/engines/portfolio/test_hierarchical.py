"""Hierarchical risk parity against PyPortfolioOpt's published weights, two oracles, and what must always hold."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.hierarchical import (
    LINKAGES,
    NoVariance,
    UnknownLinkage,
    hierarchical_risk_parity,
)
from modeling.engines.portfolio.long_only import BoundsCannotHold
from modeling.engines.portfolio.problem import problem_of
from tests.modeling.engines.portfolio.moments import CORRELATION, DAILY_COVARIANCE, GROWTH, TICKERS

# PyPortfolioOpt (MIT), tests/resources/weights_hrp.csv, in the order of its price file.
PUBLISHED = [
    0.04956008428992926, 0.022258941278778387, 0.06272994714663536, 0.07963382071794088, 0.016086842079874982,
    0.05519063444162851, 0.022294021796692116, 0.10569551148587902, 0.014409222455552267, 0.055576660241857236,
    0.11138956508836473, 0.027115909570750083, 0.027113184241298872, 0.11175337115721229, 0.03161528695094598,
    0.03406419438245041, 0.038127373497320226, 0.07786528342813452, 0.017675709092515715, 0.039844436656239136,
]  # fmt: skip


def random_covariance(seed: int, size: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    returns = generator.standard_normal((size, 2 * size + 2)) + 0.5 * generator.standard_normal(2 * size + 2)
    return np.atleast_2d(np.cov(returns * generator.lognormal(size=(size, 1))))


def test_weights_of_twenty_real_tickers_are_the_published_ones() -> None:
    problem = problem_of(GROWTH, DAILY_COVARIANCE * 252, names=TICKERS)
    found = hierarchical_risk_parity(problem, correlation=CORRELATION)
    np.testing.assert_allclose(found.weights, PUBLISHED, rtol=1e-10)
    assert sorted(found.details["order"]) == sorted(TICKERS)
    json.dumps(found.details, allow_nan=False)
    assert found.volatility == pytest.approx(np.sqrt(found.weights @ DAILY_COVARIANCE @ found.weights * 252))


@pytest.mark.parametrize("linkage", LINKAGES)
def test_weights_are_those_of_pyportfolioopt_for_every_linkage(linkage: str) -> None:
    import pandas as pd
    from pypfopt import HRPOpt

    covariance = random_covariance(5, 13)
    names = [f"T{row:02d}" for row in range(13)]
    oracle = HRPOpt(cov_matrix=pd.DataFrame(covariance, index=names, columns=names)).optimize(linkage)
    found = hierarchical_risk_parity(problem_of(np.zeros(13), covariance), linkage=linkage)
    np.testing.assert_allclose(found.weights, list(oracle.values()), rtol=1e-10)


def test_bounds_move_a_split_no_further_than_they_demand() -> None:
    covariance = [[0.01, 0.0], [0.0, 0.03]]
    moves = [({"upper": 0.6}, [0.6, 0.4]), ({"lower": 0.3}, [0.7, 0.3]), ({"lower": 0.2}, [0.75, 0.25])]
    for changes, expected in moves:
        found = hierarchical_risk_parity(problem_of(np.zeros(2), covariance, **changes))
        np.testing.assert_allclose(found.weights, expected)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    size=st.integers(1, 30),
    low=st.floats(0.0, 1.0),
    high=st.floats(1.0, 5.0),
)
def test_weights_keep_their_bounds_and_add_up(seed: int, size: int, low: float, high: float) -> None:
    problem = problem_of(np.zeros(size), random_covariance(seed, size), lower=low / size, upper=high / size)
    found = hierarchical_risk_parity(problem)
    assert (found.weights >= problem.lower).all()
    assert (found.weights <= problem.upper).all()
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-12)


def test_two_assets_are_weighted_by_the_inverse_of_their_variances() -> None:
    found = hierarchical_risk_parity(problem_of([0.1, 0.2], [[0.01, 0.0], [0.0, 0.03]]))
    np.testing.assert_allclose(found.weights, [0.75, 0.25])
    assert found.expected_return == pytest.approx(0.125)


def test_assets_that_move_alike_share_one_half() -> None:
    """Two twins and a loner: the tree pairs the twins, so the loner's half is not shared."""
    covariance = np.array([[1.0, 0.0, 0.9, 0.0], [0.0, 1.0, 0.0, 0.9], [0.9, 0.0, 1.0, 0.0], [0.0, 0.9, 0.0, 1.0]])
    found = hierarchical_risk_parity(problem_of(np.zeros(4), covariance))
    first, second = found.details["order"][:2]
    assert {first, second} in ({"asset 1", "asset 3"}, {"asset 2", "asset 4"})


def test_what_can_not_be_clustered_or_bounded_is_refused() -> None:
    problem = problem_of(np.zeros(2), [[0.01, 0.0], [0.0, 0.03]])
    with pytest.raises(UnknownLinkage, match="no linkage 'nearest'"):
        hierarchical_risk_parity(problem, linkage="nearest")
    with pytest.raises(NoVariance, match="asset 2 has no variance"):
        hierarchical_risk_parity(problem_of(np.zeros(2), [[0.01, 0.0], [0.0, 0.0]]))
    with pytest.raises(BoundsCannotHold, match=r"add up to 0 to 0\.8, never to 1"):
        hierarchical_risk_parity(problem_of(np.zeros(2), problem.covariance, upper=0.4))
    with pytest.raises(BoundsCannotHold, match="asset 1 may only be sold short"):
        hierarchical_risk_parity(problem_of(np.zeros(2), problem.covariance, lower=-1.0, upper=[-0.1, 1.0]))
    with pytest.raises(EngineError, match="another shape"):
        hierarchical_risk_parity(problem, correlation=np.eye(3))
    with pytest.raises(EngineError, match="outside -1 to 1"):
        hierarchical_risk_parity(problem, correlation=[[1.0, np.nan], [np.nan, 1.0]])
