"""The wrapper of PIQP: its answers fulfil the optimality conditions in the programme's own units, at any scale."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.portfolio.quadratic import QuadraticProgram, solve


def programme(seed: int, scale: float = 1.0) -> QuadraticProgram:
    """Twelve assets, a budget, two ranges (one with one end only), and bounds."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(12, 30))
    return QuadraticProgram(
        quadratic=factors @ factors.T / 30 * scale,
        linear=-rng.normal(0.1, 0.3, 12) * scale,
        equality=np.ones((1, 12)),
        equal_to=np.ones(1),
        rows=np.array([[100.0] * 6 + [0.0] * 6, [0.0] * 9 + [1.0] * 3, [1.0] + [0.0] * 11]),
        row_lower=np.array([-np.inf, 0.3, -np.inf]),
        row_upper=np.array([25.0, 0.6, np.inf]),
        lower=np.zeros(12),
        upper=np.full(12, 0.3),
    )


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1.0, 1e4])
@pytest.mark.parametrize("seed", range(5))
def test_the_multipliers_close_the_gradient(seed, scale) -> None:
    given = programme(seed, scale)
    found = solve(given)
    assert found.solved, found.status
    residual = (
        given.quadratic @ found.point
        + given.linear
        + given.equality.T @ found.equality_multipliers
        + given.rows.T @ found.row_multipliers
        + found.bound_multipliers
    )
    assert np.max(np.abs(residual)) < 1e-8 * scale
    assert abs(found.point.sum() - 1) < 1e-9
    values = given.rows @ found.point
    assert np.all(values <= given.row_upper + 1e-8)
    assert np.all(values >= given.row_lower - 1e-8)
    slack = np.where(found.row_multipliers > 0, given.row_upper - values, values - given.row_lower)[:2]
    assert np.max(np.abs(slack * found.row_multipliers[:2])) < 1e-8 * scale
    at_bound = np.where(found.bound_multipliers > 0, given.upper - found.point, found.point - given.lower)
    assert np.max(np.abs(at_bound * found.bound_multipliers)) < 1e-8 * scale
    assert found.row_multipliers[2] == 0


def test_a_programme_without_any_constraint_is_a_linear_system() -> None:
    quadratic = np.array([[2.0, 0.5], [0.5, 1.0]])
    found = solve(QuadraticProgram(quadratic, np.array([-1.0, 1.0])))
    np.testing.assert_allclose(found.point, np.linalg.solve(quadratic, [1.0, -1.0]), atol=1e-9)
    assert found.objective == pytest.approx(-np.array([1, -1]) @ np.linalg.solve(quadratic, [1.0, -1.0]) / 2)


def test_what_has_no_point_is_called_infeasible() -> None:
    found = solve(
        QuadraticProgram(np.eye(3), np.zeros(3), np.ones((1, 3)), np.ones(1), lower=np.zeros(3), upper=np.full(3, 0.2))
    )
    assert not found.solved
    assert "infeasible" in found.status


def test_what_falls_without_end_is_called_unbounded() -> None:
    found = solve(QuadraticProgram(np.zeros((2, 2)), np.array([-1.0, 0.0]), lower=np.zeros(2)))
    assert not found.solved
    assert "unbounded" in found.status
