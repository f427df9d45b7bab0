"""From simulated values to views: the rate of each trial, its spread, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.engines.portfolio.black_litterman import black_litterman
from modeling.engines.portfolio.bridge import NoViewFromValue, views_of_values
from modeling.engines.portfolio.value_samples import UnusableValues, values_of_summary, values_of_trials
from tests.modeling.engines.simulation.models import product_of_two
from valor.lib.errors import InvalidInput

TRIALS = np.random.default_rng(1).lognormal(math.log(120), 0.4, 50_000)
CHANCES = (1, 5, 10, 25, 50, 75, 90, 95, 99)


def summary_of(trials: np.ndarray) -> dict:
    percentiles = {f"p{chance}": float(np.percentile(trials, chance)) for chance in CHANCES}
    return {"mean": float(trials.mean()), "sd": float(trials.std(ddof=1)), "percentiles": percentiles}


def test_over_one_year_the_view_is_the_expected_upside_and_its_variance_that_of_the_trials() -> None:
    (view,), omega, (row,) = unpacked([values_of_trials("A", 100.0, TRIALS)])
    assert view.weights == {"A": 1.0}
    assert view.expected_return == pytest.approx(TRIALS.mean() / 100 - 1, rel=1e-12)
    assert view.variance == pytest.approx(TRIALS.var(ddof=1) / 100**2, rel=1e-12)
    assert omega is None
    assert row.upside == row.rate_of_mean == pytest.approx(view.expected_return)


def unpacked(values, **changes):
    found = views_of_values(values, **changes)
    return found.views, found.omega, found.rows


def test_over_several_years_the_view_is_the_mean_rate_of_the_lognormal() -> None:
    """E[(V/P)^a] = (m/P)^a exp(a (a - 1) s^2 / 2) for a lognormal V with mean m."""
    (view,), _, (row,) = unpacked([values_of_trials("A", 100.0, TRIALS)], horizon=5.0)
    mean = 120 * math.exp(0.08)
    assert view.expected_return == pytest.approx((mean / 100) ** 0.2 * math.exp(-0.1 * 0.8 * 0.16) - 1, abs=1e-3)
    assert row.rate_of_mean == pytest.approx((mean / 100) ** 0.2 - 1, abs=1e-3)
    assert row.expected_return < row.rate_of_mean


@pytest.mark.parametrize("horizon", [1.0, 3.0, 7.0])
@pytest.mark.parametrize("price", [60.0, 130.0])
def test_a_stored_summary_gives_nearly_the_view_of_its_trials(price: float, horizon: float) -> None:
    skewed = TRIALS + 0.3 * np.maximum(TRIALS - 150, 0)  # no lognormal any more
    (full,), _, _ = unpacked([values_of_trials("A", price, skewed)], horizon=horizon)
    (brief,), _, _ = unpacked([values_of_summary("A", price, **summary_of(skewed))], horizon=horizon)
    assert brief.expected_return == pytest.approx(full.expected_return, abs=1e-3)
    assert math.sqrt(brief.variance or 0.0) == pytest.approx(math.sqrt(full.variance or 0.0), rel=0.03)


def test_without_percentiles_a_summary_stands_for_a_lognormal() -> None:
    summary = summary_of(TRIALS)
    found = values_of_summary("A", 100.0, mean=summary["mean"], sd=summary["sd"])
    assert not found.sampled
    np.testing.assert_allclose(np.percentile(found.values, CHANCES), list(summary["percentiles"].values()), rtol=0.02)


@settings(max_examples=60)
@given(mean=st.floats(1.0, 1e4), spread=st.floats(0.0, 0.9), price=st.floats(1.0, 1e4))
def test_a_summary_keeps_its_mean_and_deviation(mean: float, spread: float, price: float) -> None:
    found = values_of_summary("A", price, mean=mean, sd=mean * spread)
    assert found.values.mean() == pytest.approx(mean)
    assert found.values.std(ddof=1) == pytest.approx(mean * spread, abs=1e-9 * mean)


def test_the_growth_of_the_value_and_the_risk_free_rate_shift_the_view() -> None:
    company = values_of_trials("A", 100.0, TRIALS)
    (plain,), _, _ = unpacked([company], horizon=3.0)
    (grown,), _, _ = unpacked([company], horizon=3.0, growth=0.08, risk_free=0.03)
    assert grown.expected_return == pytest.approx((1 + plain.expected_return) * 1.08 - 1 - 0.03)
    assert grown.variance == pytest.approx((plain.variance or 0.0) * 1.08**2)


def test_trials_without_value_are_total_losses() -> None:
    trials = TRIALS.copy()
    trials[:10_000] = -50.0
    (view,), _, (row,) = unpacked([values_of_trials("A", 100.0, trials)], horizon=2.0)
    rates = np.sqrt(trials[10_000:] / 100) - 1
    assert view.expected_return == pytest.approx(0.8 * rates.mean() - 0.2)
    assert row.worthless == 0.2


def test_joint_trials_give_the_whole_omega() -> None:
    other = 0.5 * TRIALS + np.random.default_rng(2).lognormal(4, 0.3, len(TRIALS))
    values = [values_of_trials("A", 100.0, TRIALS), values_of_trials("B", 90.0, other)]
    views, omega, rows = unpacked(values, horizon={"A": 2.0, "B": 4.0}, joint=True)
    rates = np.vstack([(TRIALS / 100) ** 0.5, (other / 90) ** 0.25])
    assert omega is not None
    np.testing.assert_allclose(omega, np.cov(rates), rtol=1e-10)
    assert [view.variance for view in views] == [None, None]
    assert [row.horizon for row in rows] == [2.0, 4.0]


def test_a_stated_correlation_ties_summaries() -> None:
    values = [values_of_summary("A", 100.0, mean=120, sd=30), values_of_summary("B", 50.0, mean=60, sd=20)]
    _, omega, rows = unpacked(values, correlation=[[1.0, 0.4], [0.4, 1.0]])
    assert omega is not None
    assert omega[0, 1] == pytest.approx(0.4 * rows[0].deviation * rows[1].deviation)
    with pytest.raises(InvalidInput, match="correlation"):
        views_of_values(values, correlation=[[1.0, 2.0], [2.0, 1.0]])


def test_the_surer_the_simulation_the_further_the_returns_move() -> None:
    """The whole way: a company worth more than it costs, simulated with more and less doubt."""
    covariance, prior = np.array([[0.04, 0.01], [0.01, 0.09]]), np.array([0.06, 0.08])
    moved = []
    for sd in (60.0, 30.0, 5.0, 0.0):
        found = views_of_values([values_of_summary("A", 100.0, mean=120.0, sd=sd)])
        posterior = black_litterman(covariance, prior, found.views, names=("A", "B"), omega=found.omega)
        moved.append(float(posterior.mean[0]))
    assert prior[0] < moved[0] < moved[1] < moved[2] < moved[3]
    assert moved[3] == pytest.approx(0.2)
    expected = 0.06 + 0.05 * 0.04 / (0.05 * 0.04 + 0.3**2) * 0.14
    assert moved[1] == pytest.approx(expected)


def test_the_summary_of_a_simulation_becomes_a_view() -> None:
    """The product of two independent lognormals is lognormal, so its mean rate over three years is known."""
    result = product_of_two(price=40.0).run().as_dict()
    kept = {name: result[name] for name in ("mean", "sd", "percentiles", "negative_share")}
    (view,), _, _ = unpacked([values_of_summary("A", result["price"], **kept)], horizon=3.0)
    variance = math.log1p(0.2**2) + math.log1p(0.3**2)
    assert view.expected_return == pytest.approx((50 / 40) ** (1 / 3) * math.exp(-variance / 9) - 1, abs=5e-4)
    spread = (view.expected_return + 1) * math.sqrt(math.expm1(variance / 9))
    assert math.sqrt(view.variance or 0.0) == pytest.approx(spread, rel=0.01)


@pytest.mark.parametrize(
    ("company", "changes", "field", "words"),
    [
        (values_of_trials("A", None, TRIALS), {}, "A.price", "no market price"),
        (values_of_trials("A", 0.0, TRIALS), {}, "A.price", "no market price"),
        (values_of_trials("A", math.nan, TRIALS), {}, "A.price", "no market price"),
        (values_of_trials("A", 100.0, TRIALS), {"horizon": 0.0}, "A.horizon", "within 0 years"),
        (values_of_trials("A", 100.0, TRIALS), {"horizon": {"B": 2.0}}, "A.horizon", "within nan years"),
        (values_of_trials("A", 100.0, TRIALS), {"growth": -1.0}, "growth", "no rate of growth"),
        (values_of_trials("A", 100.0, TRIALS - 130.0), {}, "A.values", "is worth nothing"),
        (values_of_summary("A", 100.0, mean=5, sd=1, negative_share=0.6), {}, "A.values", "In 60% of the trials"),
        (values_of_summary("A", 100.0, mean=120, sd=30), {"joint": True}, "A.values", "only a summary"),
        (values_of_trials("A", 100.0, TRIALS), {"joint": True, "correlation": [[1.0]]}, "correlation", "already"),
    ],
)
def test_what_gives_no_view_is_refused(company, changes: dict, field: str, words: str) -> None:
    with pytest.raises(NoViewFromValue, match=words) as refused:
        views_of_values([company], **changes)
    (problem,) = refused.value.problems
    assert problem.field == field
    assert problem.remedy


def test_two_simulations_of_one_company_are_one_too_many() -> None:
    company = values_of_trials("A", 100.0, TRIALS)
    with pytest.raises(NoViewFromValue, match="There are 2 values of A"):
        views_of_values([company, company])


def test_trials_of_different_runs_are_not_joint() -> None:
    values = [values_of_trials("A", 100.0, TRIALS), values_of_trials("B", 100.0, TRIALS[:1000])]
    with pytest.raises(NoViewFromValue, match="different numbers of trials, 1000, 50000"):
        views_of_values(values, joint=True)


@pytest.mark.parametrize(
    ("figures", "field"),
    [
        ({"mean": math.nan, "sd": 1.0, "percentiles": {"p5": 1.0, "p95": 3.0}}, "A.mean"),
        ({"mean": 10.0, "sd": -1.0}, "A.sd"),
        ({"mean": 10.0, "sd": 1.0, "negative_share": 1.5}, "A.negative_share"),
        ({"mean": -10.0, "sd": 1.0}, "A.mean"),
        ({"mean": 10.0, "sd": 1.0, "percentiles": {"p5": 3.0, "p95": 1.0}}, "A.percentiles"),
        ({"mean": 10.0, "sd": 1.0, "percentiles": {"low": 3.0, "high": 1.0}}, "A.percentiles"),
        ({"mean": 10.0, "sd": 1.0, "percentiles": {"p0": 3.0, "p95": 5.0}}, "A.percentiles"),
    ],
)
def test_what_is_no_summary_is_refused(figures: dict, field: str) -> None:
    with pytest.raises(UnusableValues) as refused:
        values_of_summary("A", 100.0, **figures)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_too_few_or_broken_trials_are_refused() -> None:
    with pytest.raises(UnusableValues, match="A has 99 trials"):
        values_of_trials("A", 100.0, TRIALS[:99])
    with pytest.raises(UnusableValues, match="999 of them with a finite value"):
        values_of_trials("A", 100.0, np.append(TRIALS[:999], np.nan))
