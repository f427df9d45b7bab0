"""What the benchmark of the frontier measures is sound: markets, projection, gap, and what the peers answer."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.frontier import Peer, compared, ours, projected, py_portfolio_opt, skfolio_frontier, variance_gap
from benchmarks.markets import DAYS, diffuse_market, factor_market, yearly
from benchmarks.registry import rounded
from modeling.engines.portfolio.problem import problem_of


def small_problem():
    mean, covariance = yearly(factor_market(15, 1, 400))
    return problem_of(mean, covariance, upper=0.1)


def test_a_market_is_the_same_every_time() -> None:
    first = factor_market(8, 3)
    assert first.shape == (8, DAYS)
    np.testing.assert_array_equal(first, factor_market(8, 3))
    assert not np.array_equal(first, factor_market(8, 4))


def test_only_one_of_the_markets_has_a_factor() -> None:
    shared = [np.corrcoef(market(40, 1))[np.triu_indices(40, 1)].mean() for market in (factor_market, diffuse_market)]
    assert shared[0] > 0.15
    assert abs(shared[1]) < 0.01


def test_weights_are_projected_to_the_nearest_feasible_ones() -> None:
    found = projected(np.array([0.7, 0.4, -0.1]), np.zeros(3), np.full(3, 0.6), 1.0)
    np.testing.assert_allclose(found, [0.6, 0.4, 0.0], atol=1e-12)
    inside = np.array([0.5, 0.3, 0.2])
    np.testing.assert_allclose(projected(inside, np.zeros(3), np.ones(3), 1.0), inside, atol=1e-12)


def test_the_gap_is_what_a_worse_portfolio_costs() -> None:
    frontier, solutions = ours(small_problem())
    assert len(solutions) == 50
    assert abs(variance_gap(frontier, solutions[20].weights)) < 1e-12
    assert variance_gap(frontier, np.full(15, 1 / 15)) < -1e-3


def test_failures_of_a_peer_are_counted() -> None:
    def half(returns: list[float]) -> Peer:
        return Peer([np.full(15, 1 / 15)], failures=len(returns) - 1)

    found = compared(small_problem(), half)
    assert found.failures == 49
    assert found.gap < 0


@pytest.mark.parametrize("peer", ["pypfopt", "skfolio"])
def test_the_peers_come_to_the_same_frontier(peer) -> None:
    problem = small_problem()
    frontier, solutions = ours(problem)
    if peer == "pypfopt":
        answer = py_portfolio_opt(problem, [s.expected_return for s in solutions[5:45:8]])
    else:
        answer = skfolio_frontier(factor_market(15, 1, 400), [])
    assert answer.failures == 0
    gaps = [variance_gap(frontier, weights) for weights in answer.weights]
    assert len(gaps) >= 5
    assert max(gaps) < 1e-6
    assert min(gaps) > -1e-3


def test_small_figures_keep_their_digits() -> None:
    assert [rounded(figure) for figure in (1234.56789, 0.00005, -9.2514e-10)] == [1234.5679, 0.00005, -9.251e-10]
