"""Portfolios side by side, against figures worked out one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.backtest.measures import performance_of
from modeling.engines.portfolio.comparison import NothingToCompare, Terms, align, compare, history_of
from modeling.engines.portfolio.decomposition import historical_tail
from tests.modeling.engines.portfolio.markets import market

THREE = {"now": {"T0": 0.6, "T4": 0.4}, "new": {"T4": 0.5, "T5": 0.3}, "same": {"T4": 0.4, "T0": 0.6}}


def test_weights_stand_over_the_union_of_all_assets() -> None:
    found = align(THREE)
    assert found.names == ("now", "new", "same")
    assert found.tickers == ("T0", "T4", "T5")
    assert found.weights.tolist() == [[0.6, 0.4, 0.0], [0.0, 0.5, 0.3], [0.6, 0.4, 0.0]]


def test_active_share_counts_weights_and_cash() -> None:
    found = compare(THREE)
    # 0.6 of T0 becomes 0.1 of T4, 0.3 of T5 and 0.2 of cash
    np.testing.assert_allclose(found.active_share, [[0, 0.6, 0], [0.6, 0, 0.6], [0, 0.6, 0]], atol=1e-15)
    np.testing.assert_allclose(found.differences[1], [-0.6, 0.1, 0.3])
    assert (found.outcomes, found.volatility, found.periods) == (None, None, 0)


def test_outcomes_are_those_of_the_days_all_assets_share() -> None:
    panel = market(3, periods=100)  # T0 misses the closes 62 to 64
    terms = Terms(periods_per_year=52, risk_free=0.02, confidence=0.9)
    found = compare(THREE, panel=panel, terms=terms)
    days = [at for at in range(100) if at not in (62, 63, 64)]
    prices = panel.only(("T0", "T4", "T5")).prices[:, days]
    returns = prices[:, 1:] / prices[:, :-1] - 1
    assert (found.first, found.last, found.periods) == (int(panel.days[0]), int(panel.days[-1]), 96)
    assert found.outcomes is not None
    for held, one in zip(found.aligned.weights, found.outcomes, strict=True):
        expected = performance_of(held @ returns, 52, risk_free=0.02)
        for name in ("annual_return", "volatility", "sharpe", "sortino", "max_drawdown", "calmar"):
            assert getattr(one.performance, name) == pytest.approx(getattr(expected, name), rel=1e-9)
        shortfall = historical_tail(held, returns, 0.9).expected_shortfall
        assert one.tail.expected_shortfall == pytest.approx(shortfall, rel=1e-12)
    assert found.outcomes[0].performance == found.outcomes[2].performance


def test_risk_ahead_comes_from_the_covariance() -> None:
    sigma = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.16]])
    found = compare(THREE, covariance=sigma, tickers=("T0", "T4", "T5"))
    assert found.volatility is not None and found.tracking_error is not None
    assert found.volatility[0] == pytest.approx(math.sqrt(0.36 * 0.04 + 2 * 0.24 * 0.01 + 0.16 * 0.09))
    apart = np.array([-0.6, 0.1, 0.3])
    assert found.tracking_error[1, 0] == pytest.approx(math.sqrt(apart @ sigma @ apart))
    assert found.tracking_error[0, 2] == 0.0


def test_weights_with_history_are_aligned_over_versions() -> None:
    found = history_of([("May", {"A": 0.5, "B": 0.5}), ("June", {"B": 0.7, "C": 0.3}), ("July", {"B": 0.7})])
    assert found.aligned.tickers == ("A", "B", "C")
    np.testing.assert_allclose(found.changes, [[0.5, 0.5, 0], [-0.5, 0.2, 0.3], [0, 0, -0.3]], atol=1e-15)
    np.testing.assert_allclose(found.turnover, [1.0, 0.5, 0.3])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: align({}), "at least one"),
        (lambda: align({"a": {}}), "at least one"),
        (lambda: align({"a": {"X": math.nan}}), "weight of X in a is not finite"),
        (lambda: align({"a": {"X": 1.0}}, ["Y"]), "a holds X"),
        (lambda: compare({"a": {"X": 1.0}}, covariance=np.eye(1)), "Name the ticker"),
        (lambda: compare({"a": {"X": 1.0}}, panel=market(1)), "no prices of X"),
        (lambda: compare({"a": {"T1": 1.0, "T2": 1.0}, "b": {"T0": 0.0}}, panel=market(1)), "b holds nothing"),
        (lambda: compare({"a": {"T0": 9.0, "T4": -30.0}}, panel=market(1)), "lost everything"),
        (lambda: compare({"a": {"T0": 1.0}}, panel=market(1, periods=2, holes=False)), "at least 3 common days"),
        (lambda: compare({"a": {"T0": 1.0}}, panel=market(1), terms=Terms(confidence=1.0)), "confidence"),
        (lambda: Terms(periods_per_year=0), "periods_per_year"),
        (lambda: history_of([("x", {"A": 1.0}), ("x", {"B": 1.0})]), "label of its own"),
    ],
)
def test_what_can_not_be_compared_is_refused(call: object, words: str) -> None:
    with pytest.raises(EngineError, match=words):
        call()


def test_a_portfolio_without_weights_has_its_own_error() -> None:
    with pytest.raises(NothingToCompare):
        align({"empty": {}})
