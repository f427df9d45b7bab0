"""Expected returns, decimal per year, each from what a ticker's own history or the market says.

Missing returns: every ticker is averaged over the dates it has, however many the others have.
"""

from __future__ import annotations

import numpy as np

from modeling.engines.portfolio.estimators.errors import MarketMissing, SingularSample, TooFewReturns, UnusableParameter
from modeling.engines.portfolio.estimators.overlap import pairwise_moments
from modeling.engines.portfolio.estimators.sample import Array, Estimate, Note, Sample
from modeling.engines.portfolio.estimators.weights import date_weights, decay_of, refuse_stale
from valor.lib.errors import Problem

EWMA_SPAN = 500
AVERAGE, MINIMUM_VARIANCE = "average", "minimum_variance"


def historical(sample: Sample, *, compound: bool = False) -> Estimate:
    """The mean return times the periods of a year, or the compound rate ``prod(1 + r) ** (ppy / count) - 1``."""
    if compound:
        return Estimate(_compounded(sample.returns, sample.counts, sample.periods_per_year, sample.names))
    return Estimate(sample.own_means * sample.periods_per_year)


def ewma(
    sample: Sample, *, span: float | None = None, half_life: float | None = None, compound: bool = False
) -> Estimate:
    """The exponentially weighted mean return, times the periods of a year or compounded over them.

    Missing dates age like others and carry no weight. A ticker whose dates carry less than a hundredth of all weight
    is refused (TooLittleOverlap).
    """
    weights = date_weights(sample.returns.shape[1], decay_of(span, half_life, EWMA_SPAN))
    share = sample.seen @ weights
    refuse_stale(sample, share)
    mean = (sample.returns @ weights) / share
    if compound:
        return Estimate((1.0 + mean) ** sample.periods_per_year - 1.0)
    return Estimate(mean * sample.periods_per_year)


def capm(sample: Sample, *, market_premium: float | None = None, compound: bool = False) -> Estimate:
    """The risk-free rate plus beta times the market's premium over it: W. F. Sharpe, Journal of Finance 19 (1964).

    Beta is regressed over the dates that the ticker and the market both have. The premium is ``market_premium`` where
    it is given, else the market's own mean over all its dates less the risk-free rate.
    """
    betas = market_betas(sample)
    if market_premium is None:
        market_premium = market_mean(sample, compound=compound) - sample.risk_free
    values = sample.risk_free + betas * market_premium
    return Estimate(values, details={"betas": betas.tolist(), "market_premium": float(market_premium)})


def market_betas(sample: Sample) -> Array:
    """Covariance with the market over the market's variance, both over common dates, shape (n,).

    Raises MarketMissing, and TooFewReturns where a ticker and the market have too few dates in common.
    """
    if sample.market is None:
        remedy = "Give an index, or choose another estimator."
        raise MarketMissing(problems=[Problem("market", None, "There are no returns of a market.", remedy)])
    seen_market = ~np.isnan(sample.market)
    market = np.where(seen_market, sample.market, 0.0)
    common = sample.seen * seen_market
    counts = common.sum(axis=1)
    _refuse_apart_from_market(sample, counts)
    own = (sample.returns * common).sum(axis=1) / counts
    theirs = common @ market / counts
    covariance = (sample.returns * common) @ market / counts - own * theirs
    variance = common @ market**2 / counts - theirs**2
    if not (variance > 1e-14 * (1e-300 + float(np.max(market**2)))).all():
        remedy = "Give the returns of an index that moves."
        raise MarketMissing(problems=[Problem("market", 0.0, "The market's returns are all the same.", remedy)])
    return np.asarray(covariance / variance)


def market_mean(sample: Sample, *, compound: bool = False) -> float:
    """The market's own mean per year over all its dates."""
    if sample.market is None:
        return float("nan")
    seen = sample.market[~np.isnan(sample.market)]
    if compound:
        return float(_compounded(seen[None, :], np.array([float(len(seen))]), sample.periods_per_year, ("market",))[0])
    return float(seen.mean() * sample.periods_per_year)


def james_stein(sample: Sample, *, target: str = AVERAGE) -> Estimate:
    """The historical means, pulled towards a common one by as much as their errors suggest.

    alpha = (trace(C) - 2 lambda_max(C)) / |m - b|^2, held to 0..1, where C is the covariance of the means (S / T, or
    S_ij T_ij / (T_i T_j) where histories differ): A. Meucci, Risk and Asset Allocation (2005), on
    shrinkage estimators of location.
    The target b is the average mean, or that of the minimum-variance portfolio.
    """
    mean, of_means = _means_and_their_covariance(sample)
    center = _target(mean, of_means, target, sample)
    spread = float(np.sum((mean - center) ** 2))
    values = np.linalg.eigvalsh(of_means)
    excess = float(values.sum() - 2.0 * values[-1])
    alpha = 1.0 if spread == 0.0 else min(max(excess / spread, 0.0), 1.0)
    return _shrunk(sample, mean, center, alpha)


def bayes_stein(sample: Sample) -> Estimate:
    """The historical means, pulled towards that of the minimum-variance portfolio.

    alpha = (n + 2) / (n + 2 + (m - b)' C^-1 (m - b)) with C the covariance of the means: P. Jorion, Bayes-Stein
    estimation for portfolio analysis, Journal of Financial and Quantitative Analysis 21 (1986), equations 14 and 17.
    Needs a covariance that can be inverted: raises SingularSample where there are fewer returns than tickers.
    """
    mean, of_means = _means_and_their_covariance(sample)
    center = _target(mean, of_means, MINIMUM_VARIANCE, sample)
    distance = float((mean - center) @ _solved(of_means, mean - center, sample))
    size = len(mean) + 2.0
    return _shrunk(sample, mean, center, size / (size + distance))


def _shrunk(sample: Sample, mean: Array, center: float, alpha: float) -> Estimate:
    values = ((1.0 - alpha) * mean + alpha * center) * sample.periods_per_year
    target = center * sample.periods_per_year
    message = f"The means were pulled {alpha:.0%} of the way to {target:.2%} a year."
    note = Note("shrunk_means", message, {"shrinkage": alpha, "target": target})
    return Estimate(values, (note,), {"shrinkage": alpha, "target": target})


def _means_and_their_covariance(sample: Sample) -> tuple[Array, Array]:
    moments = pairwise_moments(sample)
    return sample.own_means, moments.covariance * moments.counts / np.outer(sample.counts, sample.counts)


def _target(mean: Array, of_means: Array, target: str, sample: Sample) -> float:
    if target == AVERAGE:
        return float(mean.mean())
    raw = _solved(of_means, np.ones_like(mean), sample)
    return float(raw @ mean / raw.sum())


def _solved(of_means: Array, right: Array, sample: Sample) -> Array:
    scale = np.sqrt(np.diagonal(of_means))
    correlation = of_means / np.outer(scale, scale)
    if not np.linalg.eigvalsh(correlation)[0] > 1e-10:
        count = int(sample.counts.min())
        message = f"The covariance of {len(scale)} tickers from as few as {count} returns can't be inverted."
        remedy = "Take fewer tickers or a longer period, or choose james_stein with the target average."
        raise SingularSample(problems=[Problem("mean", len(scale), message, remedy)])
    return np.asarray(np.linalg.solve(correlation, right / scale) / scale)


def _compounded(returns: Array, counts: Array, periods_per_year: float, names: tuple[str, ...]) -> Array:
    lost = np.argwhere(returns < -1.0)
    if len(lost):
        name, figure = names[int(lost[0][0])], float(returns[tuple(lost[0])])
        message = f"A return of {name} is {figure:.4g}, a loss of more than everything, which can't be compounded."
        remedy = "Give simple returns, not excess or logarithmic ones, or choose the arithmetic mean."
        raise UnusableParameter(problems=[Problem("mean.compound", figure, message, remedy)])
    with np.errstate(divide="ignore"):  # a total loss compounds to minus one
        growth = np.log1p(returns).sum(axis=1)
    return np.asarray(np.expm1(growth * periods_per_year / counts))


def _refuse_apart_from_market(sample: Sample, counts: Array) -> None:
    row = int(np.argmin(counts))
    if counts[row] < sample.least:
        name = sample.names[row]
        count = int(counts[row])
        message = f"{name} and the market have {count} returns on common dates; at least {sample.least} are needed."
        remedy = f"Leave {name} out, or give a market with returns in its period."
        raise TooFewReturns(problems=[Problem(f"returns.{name}", count, message, remedy)])
