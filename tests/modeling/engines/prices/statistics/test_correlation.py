"""Correlation against pandas, and clusters against what was planted."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.errors import EngineError
from modeling.engines.prices.returns import returns_of
from modeling.engines.prices.statistics.clusters import clusters_of
from modeling.engines.prices.statistics.correlation import correlation_of
from tests.modeling.engines.prices.panels import random_panel


@pytest.mark.parametrize("gaps", [0.0, 0.05, 0.5, 0.9])
def test_correlations_are_those_of_pandas(gaps: float) -> None:
    import pandas as pd

    returns = returns_of(random_panel(tickers=12, gaps=gaps))
    found = correlation_of(returns)
    expected = pd.DataFrame(returns.T).corr(min_periods=3).to_numpy()
    np.testing.assert_allclose(found.matrix, expected, rtol=1e-9, atol=1e-12)
    there = ~np.isnan(returns)
    np.testing.assert_array_equal(found.overlap, there.astype(int) @ there.T.astype(int))


@pytest.mark.parametrize("gaps", [0.0, 0.05])
def test_large_means_lose_no_digits(gaps: float) -> None:
    returns = returns_of(random_panel(gaps=gaps))
    shifted = correlation_of(returns + 1e6 * np.arange(5.0)[:, None])
    np.testing.assert_allclose(shifted.matrix, correlation_of(returns).matrix, atol=1e-6)


@pytest.mark.parametrize("jump", [1e2, 1e4, 1e6, 1e9])
def test_a_wild_return_beside_the_common_ones_leaves_no_trace(jump: float) -> None:
    returns = returns_of(random_panel(tickers=4, gaps=0.02))
    calm = np.delete(returns, 40, axis=1)
    returns[0, 40], returns[1:, 40] = jump, np.nan
    expected = correlation_of(calm).matrix
    np.testing.assert_allclose(correlation_of(returns).matrix, expected, rtol=1e-9, atol=1e-9)


def test_few_common_returns_and_still_prices_have_none() -> None:
    returns = np.random.default_rng(1).standard_normal((4, 30))
    returns[1, :28] = np.nan
    returns[2] = 0.0
    found = correlation_of(returns)
    assert np.isnan(found.matrix[1]).all()
    assert np.isnan(found.matrix[2]).all()
    assert found.matrix[0, 0] == 1
    assert np.isnan(correlation_of(returns[[0, 2]]).matrix[1]).all()
    assert np.isnan(correlation_of(returns[:, :2]).matrix).all()
    with pytest.raises(EngineError, match="least_overlap"):
        correlation_of(returns, 1)


def planted(groups: int, each: int) -> np.ndarray:
    random = np.random.default_rng(4)
    factor = np.repeat(random.standard_normal((groups, 500)), each, axis=0)
    return factor + 0.5 * random.standard_normal((groups * each, 500))


@pytest.mark.parametrize("method", ["average", "complete", "single", "ward"])
def test_planted_groups_are_found(method: str) -> None:
    shuffle = np.random.default_rng(5).permutation(12)
    matrix = correlation_of(planted(3, 4)[shuffle]).matrix
    found = clusters_of(matrix, tuple(map(str, shuffle)), groups=3, method=method)
    for group in range(3):
        assert len(set(found.labels[shuffle // 4 == group])) == 1
    assert len(set(found.labels)) == 3
    in_order = found.labels[found.order]
    assert (np.diff(in_order) >= 0).all()
    assert in_order[0] == 1


def test_the_order_of_leaves_is_optimal() -> None:
    from itertools import pairwise, permutations

    matrix = correlation_of(np.random.default_rng(8).standard_normal((5, 40))).matrix
    distance = np.sqrt((1 - matrix) / 2)

    def length(order) -> float:
        return sum(distance[a, b] for a, b in pairwise(order))

    def fits(order) -> bool:  # every branch of the tree stays together
        place = {leaf: position for position, leaf in enumerate(order)}
        parts = {leaf: {leaf} for leaf in range(5)}
        for number, (left, right, *_) in enumerate(found.linkage, 5):
            parts[number] = parts[int(left)] | parts[int(right)]
        return all(np.ptp([place[leaf] for leaf in part]) == len(part) - 1 for part in parts.values())

    found = clusters_of(matrix, tuple("ABCDE"))
    best = min(length(order) for order in permutations(range(5)) if fits(order))
    assert length(found.order) == pytest.approx(best)


def test_what_can_not_be_clustered_is_refused() -> None:
    matrix = np.eye(3)
    matrix[0, 2] = matrix[2, 0] = np.nan
    with pytest.raises(EngineError, match="no correlation") as refused:
        clusters_of(matrix, ("A", "B", "C"), groups=4, method="best")
    assert [problem.field for problem in refused.value.problems] == ["correlation", "method", "groups"]
    assert refused.value.problems[0].value == "A, C"
    assert clusters_of(np.eye(1), ("A",)).labels.tolist() == [1]
