"""The frontiers that others have published, corner by corner."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.portfolio.critical_line import trace_frontier
from tests.modeling.engines.portfolio.critical_line.published import (
    BAILEY_CORNERS,
    BAILEY_LEAST,
    BAILEY_SHARPE,
    BAILEY_TOLERANCES,
    KWAN_CORNERS,
    KWAN_TOLERANCES,
    bailey,
    kwan,
)


def test_the_corners_of_bailey_and_lopez_de_prado() -> None:
    frontier = trace_frontier(bailey())
    np.testing.assert_allclose(frontier.weights, BAILEY_CORNERS, atol=1e-10)
    np.testing.assert_allclose(frontier.risk_tolerances, BAILEY_TOLERANCES, rtol=1e-10)
    assert frontier.method == "critical line"
    assert frontier.certificate.holds


def test_their_least_variance_and_greatest_sharpe_ratio() -> None:
    frontier = trace_frontier(bailey())
    least = frontier.minimum_variance()
    assert (least.expected_return, least.volatility) == pytest.approx(BAILEY_LEAST, abs=1e-12)
    best = frontier.maximum_sharpe()
    assert best.details["sharpe"] == pytest.approx(BAILEY_SHARPE, abs=1e-12)
    assert best.expected_return / best.volatility == pytest.approx(BAILEY_SHARPE, abs=1e-12)


def test_the_corners_of_kwan() -> None:
    frontier = trace_frontier(kwan())
    np.testing.assert_allclose(frontier.weights, KWAN_CORNERS, atol=1e-12)
    np.testing.assert_allclose(frontier.risk_tolerances, KWAN_TOLERANCES, atol=1e-12)
