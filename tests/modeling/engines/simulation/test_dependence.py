"""Correlation matrices: which are possible, the nearest to one that is not, and correlated scores."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.engines.simulation.dependence import (
    check_correlation,
    dependence_of,
    nearest_correlation,
    offered_correlation,
    triangular_factor,
)
from valor.lib.errors import InvalidInput

NAMES = ("growth", "operating_margin", "cost_of_capital")
HIGHAM = [[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]


def test_the_nearest_correlation_is_the_published_one() -> None:
    """N. J. Higham, IMA J. Numer. Anal. 22 (2002), section 4: 0.7607 and 0.1573."""
    nearest = nearest_correlation(HIGHAM)
    assert nearest[0, 1] == pytest.approx(0.7607, abs=5e-5)
    assert nearest[0, 2] == pytest.approx(0.1573, abs=5e-5)
    assert nearest[1, 2] == pytest.approx(0.7607, abs=5e-5)


@given(st.lists(st.floats(-1, 1), min_size=10, max_size=10))
def test_the_nearest_correlation_is_always_possible(entries: list[float]) -> None:
    matrix = np.eye(5)
    matrix[np.triu_indices(5, 1)] = entries
    matrix = np.triu(matrix) + np.triu(matrix, 1).T
    nearest = nearest_correlation(matrix)
    assert check_correlation(nearest, "abcde") is not None
    assert np.linalg.eigvalsh(nearest)[0] > -1e-10
    if np.linalg.eigvalsh(matrix)[0] >= 0:
        np.testing.assert_allclose(nearest, matrix, atol=1e-8)


def test_an_impossible_matrix_is_refused_by_naming_the_pairs_that_contradict_each_other() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_correlation(HIGHAM, NAMES)
    (problem,) = refused.value.problems
    assert problem.field == "correlations"
    assert f"(smallest eigenvalue {1 - math.sqrt(2):.3g})" in problem.message
    assert "growth with operating_margin 1 becomes 0.76" in problem.message
    assert "growth with cost_of_capital 0 becomes 0.16" in problem.message
    assert "[" not in problem.message
    assert problem.value == [
        {"between": ["growth", "operating_margin"], "value": 1.0, "nearest": 0.7605},
        {"between": ["operating_margin", "cost_of_capital"], "value": 1.0, "nearest": 0.7605},
        {"between": ["growth", "cost_of_capital"], "value": 0.0, "nearest": 0.1573},
    ]


def test_only_the_pairs_that_move_most_are_told_and_the_remedy_has_them_all() -> None:
    names = [f"driver{number}" for number in range(6)]
    matrix = np.full((6, 6), 0.2)
    matrix[0, 1] = matrix[1, 0] = matrix[0, 2] = matrix[2, 0] = 0.95
    matrix[1, 2] = matrix[2, 1] = -0.95
    np.fill_diagonal(matrix, 1.0)
    with pytest.raises(InvalidInput) as refused:
        check_correlation(matrix, names)
    (problem,) = refused.value.problems
    told = {tuple(entry["between"]) for entry in problem.value}
    assert told == {("driver0", "driver1"), ("driver0", "driver2"), ("driver1", "driver2")}
    assert "driver3" not in problem.message
    assert problem.message.endswith(", others less.")
    assert problem.remedy.count(" with ") == 15


@given(st.lists(st.floats(-1, 1), min_size=45, max_size=45))
def test_the_offered_matrix_is_accepted_as_it_is_written(entries: list[float]) -> None:
    matrix = np.eye(10)
    matrix[np.triu_indices(10, 1)] = entries
    offered = offered_correlation(np.triu(matrix) + np.triu(matrix, 1).T)
    written = np.array([[float(f"{value:.4f}") for value in row] for row in offered])
    assert np.array_equal(written, offered)
    assert np.linalg.eigvalsh(written)[0] >= 0.0
    assert check_correlation(written, "abcdefghij") is not None


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[1, 0.5], [0.5, 1]], "shape"),
        ([[1, 0, 0.5], [0, 1, 0], [0.4, 0, 1]], "not symmetric"),
        ([[1, 0, 0], [0, 0.9, 0], [0, 0, 1]], "diagonal"),
        ([[1, 0, 0], [0, 1, 1.1], [0, 1.1, 1]], "outside -1 to 1"),
        ([[1, 0, 0], [0, 1, math.nan], [0, math.nan, 1]], "outside -1 to 1"),
        ([[1, 0, 0], [0, 1, "x"], [0, "x", 1]], "other than numbers"),
        ([[1, 0], [0, 1, 0], [0, 0, 1]], "other than numbers"),
    ],
)
def test_what_is_no_correlation_matrix_is_refused(matrix, words) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        check_correlation(matrix, NAMES)
    assert {problem.field for problem in refused.value.problems} == {"correlations"}


@pytest.mark.parametrize(
    "matrix",
    [
        np.array([[1.0, 0.5], [0.5, 1.0]]),
        np.ones((3, 3)),
        np.array([[1.0, -1.0], [-1.0, 1.0]]),
        nearest_correlation(HIGHAM),
        np.array([[1.0, 0.6, 0.3], [0.6, 1.0, 0.6], [0.3, 0.6, 1.0]]),
    ],
)
def test_the_factor_is_lower_triangular_and_gives_the_matrix_back(matrix) -> None:
    factor = triangular_factor(matrix)
    assert np.array_equal(factor, np.tril(factor))
    np.testing.assert_allclose(factor @ factor.T, matrix, atol=1e-9)


def test_perfect_correlation_makes_equal_scores() -> None:
    scores = np.random.default_rng(1).standard_normal((2, 1_000))
    dependence_of(np.ones((2, 2))).apply(scores, np.empty(1_000))
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-12)


def test_drivers_without_correlation_are_not_touched() -> None:
    matrix = np.eye(4)
    matrix[1, 3] = matrix[3, 1] = 0.8
    dependence = dependence_of(matrix)
    assert dependence.rows == (1, 3)
    scores = np.random.default_rng(1).standard_normal((4, 100_000))
    before = scores.copy()
    dependence.apply(scores, np.empty(100_000))
    assert np.array_equal(scores[[0, 1, 2]], before[[0, 1, 2]])
    assert np.corrcoef(scores)[1, 3] == pytest.approx(0.8, abs=0.01)


def test_correlated_scores_have_the_whole_matrix() -> None:
    matrix = np.array([[1.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 1.0]])
    scores = np.random.default_rng(2).standard_normal((3, 400_000))
    dependence_of(matrix).apply(scores, np.empty(400_000))
    np.testing.assert_allclose(np.corrcoef(scores), matrix, atol=0.01)
    np.testing.assert_allclose(scores.std(axis=1), 1.0, atol=0.01)
