"""The measures against plain sums, and against figures worked out by hand."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.engines.portfolio.backtest.measures import max_drawdown, performance_of

RETURNS = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=60).filter(lambda values: statistics.stdev(values) > 1e-6)


@given(RETURNS, st.sampled_from([12, 52, 252]), st.floats(-0.01, 0.1))
def test_measures_agree_with_plain_sums(returns: list[float], periods: int, risk_free: float) -> None:
    found = performance_of(np.array(returns), periods, risk_free=risk_free)
    excess = [one - risk_free / periods for one in returns]
    mean, deviation = statistics.fmean(excess) * periods, statistics.stdev(returns) * math.sqrt(periods)
    assert found.volatility == pytest.approx(deviation)
    assert found.sharpe == pytest.approx(mean / deviation, abs=1e-9)
    downside = math.sqrt(math.fsum(min(one, 0.0) ** 2 for one in excess) / len(excess)) * math.sqrt(periods)
    if downside > 1e-6:
        assert found.sortino == pytest.approx(mean / downside)
    growth = math.prod(1.0 + one for one in returns) ** (periods / len(returns)) - 1.0
    assert found.annual_return == pytest.approx(growth, rel=1e-9, abs=1e-9)
    worst, wealth = 0.0, [1.0]
    for one in returns:
        wealth.append(wealth[-1] * (1.0 + one))
        worst = min(worst, wealth[-1] / max(wealth) - 1.0)
    assert found.max_drawdown == pytest.approx(worst, abs=1e-12)
    if worst < -1e-9:
        assert found.calmar == pytest.approx(growth / -worst, rel=1e-6)


@given(RETURNS, RETURNS)
def test_tracking_error_and_information_ratio_are_of_the_difference(one: list[float], other: list[float]) -> None:
    count = min(len(one), len(other))
    ours, theirs = np.array(one[:count]), np.array(other[:count])
    found = performance_of(ours, 52, benchmark=theirs)
    apart = (ours - theirs).tolist()
    assert found.tracking_error == pytest.approx(statistics.stdev(apart) * math.sqrt(52), abs=1e-12)
    if statistics.stdev(apart) > 1e-6:
        expected = statistics.fmean(apart) * 52 / (statistics.stdev(apart) * math.sqrt(52))
        assert found.information_ratio == pytest.approx(expected, abs=1e-9)


def test_what_has_no_meaning_is_none() -> None:
    flat = performance_of(np.full(10, 0.01), 12)
    assert (flat.sharpe, flat.sortino, flat.calmar) == (None, None, None)
    assert flat.max_drawdown == 0.0
    assert flat.annual_return == pytest.approx(1.01**12 - 1)
    single = performance_of(np.array([-0.1]), 12)
    assert (single.volatility, single.sharpe) == (None, None)
    assert single.max_drawdown == pytest.approx(-0.1)


def test_a_fall_from_the_first_day_counts() -> None:
    assert max_drawdown(np.array([-0.5, 1.0, -0.2])) == pytest.approx(-0.5)
