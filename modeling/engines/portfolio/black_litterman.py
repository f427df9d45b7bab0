"""Expected returns that start from the market's own and give way to views by how sure these are.

Sources: F. Black and R. Litterman, Global portfolio optimization, Financial Analysts Journal 48 (1992); G. He and R.
Litterman, The intuition behind Black-Litterman model portfolios (1999); T. Idzorek, A step-by-step guide to the
Black-Litterman model (2005); J. Walters, The Black-Litterman model in detail (2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.views import UnusableView, View, picks
from valor.lib.errors import Problem

TAU = 0.05
DEPENDENT = 1e-12  # eigenvalue of the views' correlation below which they say the same
CONTRADICTION = 1e-8  # in standard deviations (or, without any, in returns): how far views that say the same may differ
NO_CONFIDENCE = 1e-12  # at most so little: the view is left out
OFF_SUM = 1e-6
INDEFINITE = 1e-10  # relative: how far below zero rounding may push an eigenvalue


class UnusableMarket(EngineError):
    """The market's portfolio or its figures can't be used: see each one's message and remedy."""


class ContradictoryViews(EngineError):
    """Views that are certain can't contradict each other: leave one out, or lower its confidence."""


class SingularCovariance(EngineError):
    """The covariance can't be inverted, so no weights follow from returns: take a shrunk one, or optimise in bounds."""


@dataclass(frozen=True)
class ViewEffect:
    """One view, what the prior said of its portfolio, and what is expected after all views; decimals per year."""

    label: str
    stated: float
    prior: float
    posterior: float
    variance: float | None  # of the view's error; None for a view without confidence, which was left out


@dataclass(frozen=True)
class Posterior:
    """What to expect after the views.

    Attributes
    ----------
    names : the assets
    prior, mean : shape (n,), expected returns before and after, decimal per year
    covariance : shape (n, n), S + M: of the returns including what is not known of their means (He and Litterman)
    uncertainty : shape (n, n), M, of the means alone
    effects : what each view did
    """

    names: tuple[str, ...]
    prior: Array
    mean: Array
    covariance: Array
    uncertainty: Array
    effects: tuple[ViewEffect, ...]


def equilibrium_returns(covariance: Any, market_weights: Any, risk_aversion: float, *, risk_free: float = 0.0) -> Array:
    """The returns for which the market's portfolio is optimal, delta S w plus the risk-free rate, shape (n,).

    He and Litterman (1999). Weights are those of market capitalisations and add up to one; with a
    risk-free rate of zero the returns are in excess of it. Raises UnusableMarket.
    """
    sigma, weights = np.asarray(covariance, dtype=np.float64), np.asarray(market_weights, dtype=np.float64)
    problems = []
    if weights.shape != (len(sigma),) or not np.isfinite(weights).all():
        remedy = f"Give one finite weight for each of the {len(sigma)} assets."
        problems.append(Problem("market_weights", str(weights.shape), "The market's weights are incomplete.", remedy))
    elif abs(float(weights.sum()) - 1.0) > OFF_SUM:
        total = float(weights.sum())
        message = f"The market's weights add up to {total:g}."
        problems.append(Problem("market_weights", total, message, "Divide each capitalisation by their sum."))
    if not (np.isfinite(risk_aversion) and risk_aversion > 0):
        remedy = "Give a figure such as 2.5."
        problems.append(Problem("risk_aversion", str(risk_aversion), "It is not above zero.", remedy))
    if problems:
        raise UnusableMarket(problems=problems)
    return np.asarray(risk_aversion * (sigma @ weights) + risk_free)


def market_risk_aversion(expected_return: float, variance: float, *, risk_free: float = 0.0) -> float:
    """The market's excess return over its variance, per year; raises UnusableMarket where it has no premium or risk."""
    if not (variance > 0 and expected_return > risk_free):
        message = f"A market that returns {expected_return:g} with the variance {variance:g} pays nothing for its risk."
        remedy = "State a risk aversion such as 2.5."
        raise UnusableMarket(problems=[Problem("risk_aversion", expected_return, message, remedy)])
    return (expected_return - risk_free) / variance


def black_litterman(
    covariance: Any,
    prior: Any,
    views: Sequence[View],
    *,
    names: Sequence[str],
    tau: float = TAU,
    omega: Any = None,
) -> Posterior:
    """Blend the prior with the views, each by its certainty.

    Parameters
    ----------
    covariance : S, shape (n, n), per year, positive semi-definite
    prior : shape (n,), expected returns without views, such as `equilibrium_returns`
    views : each with its own variance, or a confidence c, for which the variance is tau p'Sp (1 - c) / c: alone it
        moves the returns by the share c of what certainty would (Walters' closed form of Idzorek). Without either it
        is tau p'Sp (He and Litterman). Confidence 0 leaves the view out, 1 or variance 0 makes it certain.
    tau : how uncertain the prior is, relative to S
    omega : shape (k, k), the covariance of all views' errors where they depend on each other; then no view may have a
        variance or confidence of its own

    Raises
    ------
    UnusableView, ContradictoryViews, EngineError
    """
    sigma, mean, titles = _checked(covariance, prior, names, tau)
    chosen, stated = picks(views, titles)
    errors = _errors(views, chosen, tau * sigma, omega)
    used = np.array([view.confidence is None or view.confidence > NO_CONFIDENCE for view in views], dtype=bool)
    portfolio = chosen[used]
    spread = tau * sigma @ portfolio.T  # (n, k)
    inverse = _Inverse(portfolio @ spread + errors[np.ix_(used, used)])
    surprise = stated[used] - portfolio @ mean
    _refuse_contradiction([view for view, kept in zip(views, used, strict=True) if kept], inverse, surprise)
    posterior = mean + spread @ inverse.times(surprise)
    uncertainty = tau * sigma - spread @ inverse.times(spread.T)
    uncertainty = (uncertainty + uncertainty.T) / 2
    effects = tuple(
        ViewEffect(
            view.title,
            float(stated[row]),
            float(chosen[row] @ mean),
            float(chosen[row] @ posterior),
            float(errors[row, row]) if used[row] else None,
        )
        for row, view in enumerate(views)
    )
    return Posterior(titles, mean, posterior, sigma + uncertainty, uncertainty, effects)


def unconstrained_weights(mean: Any, covariance: Any, risk_aversion: float, *, risk_free: float = 0.0) -> Array:
    """The weights that a mean-variance investor without bounds holds, (delta S)^-1 (mu - r), shape (n,).

    What they leave of one is held in cash. Raises SingularCovariance.
    """
    sigma = np.asarray(covariance, dtype=np.float64)
    excess = np.asarray(mean, dtype=np.float64) - risk_free
    scale = np.sqrt(np.diagonal(sigma))
    positive = bool((scale > 0).all())
    if not positive or np.linalg.eigvalsh(sigma / np.outer(scale, scale))[0] < DEPENDENT * len(scale):
        message = "Some combination of the assets has no risk."
        raise SingularCovariance(problems=[Problem("covariance", len(scale), message, "Take a shrunk covariance.")])
    return np.asarray(np.linalg.solve(sigma, excess) / risk_aversion)


class _Inverse:
    """The inverse of a positive semi-definite matrix on its range, so that certain views may repeat each other."""

    def __init__(self, matrix: Array) -> None:
        scale = np.sqrt(np.maximum(np.diagonal(matrix), 0.0))
        self.scale = np.where(scale > 0, scale, 1.0)
        values, self.vectors = np.linalg.eigh(matrix / np.outer(self.scale, self.scale))
        self.empty = values <= DEPENDENT * max(len(values), 1)
        self._inverse = np.where(self.empty, 0.0, 1.0 / np.where(self.empty, 1.0, values))

    def times(self, right: Array) -> Array:
        scaled = (right.T / self.scale).T
        solved = self.vectors @ ((self.vectors.T @ scaled).T * self._inverse).T
        return np.asarray((solved.T / self.scale).T)


def _checked(covariance: Any, prior: Any, names: Sequence[str], tau: float) -> tuple[Array, Array, tuple[str, ...]]:
    sigma, mean = np.array(covariance, dtype=np.float64), np.array(prior, dtype=np.float64).reshape(-1)
    size, titles = len(mean), tuple(names)
    problems = []
    if sigma.shape != (size, size) or not np.isfinite(sigma).all() or not np.isfinite(mean).all():
        remedy = f"Give {size} finite returns and a covariance with as many rows and columns."
        problems.append(Problem("covariance", str(sigma.shape), "Returns and covariance don't fit.", remedy))
    elif np.linalg.eigvalsh(sigma)[0] < -INDEFINITE * float(np.max(np.abs(sigma))):
        remedy = "Repair it before, or take a shrunk one."
        problems.append(Problem("covariance", size, "Some combination would have a negative variance.", remedy))
    if len(titles) != size or len(set(titles)) != size:
        remedy = "Give each asset a name of its own."
        problems.append(Problem("names", len(titles), f"The names of {size} assets are incomplete or repeat.", remedy))
    if not (np.isfinite(tau) and tau > 0):
        problems.append(Problem("tau", str(tau), "It is not above zero.", "Give a figure such as 0.05."))
    if problems:
        raise EngineError(problems=problems)
    return (sigma + sigma.T) / 2, mean, titles


def _errors(views: Sequence[View], chosen: Array, spread: Array, omega: Any) -> Array:
    """The covariance of the views' errors, shape (k, k)."""
    if omega is not None:
        return _given(views, omega)
    of_prior = np.einsum("ki,ij,kj->k", chosen, spread, chosen)
    variances = [
        view.variance
        if view.variance is not None
        else float(base)
        if view.confidence is None or view.confidence <= NO_CONFIDENCE
        else float(base) * (1.0 - view.confidence) / view.confidence
        for view, base in zip(views, of_prior, strict=True)
    ]
    return np.diag(np.array(variances, dtype=np.float64))


def _given(views: Sequence[View], omega: Any) -> Array:
    errors = np.array(omega, dtype=np.float64)
    size = len(views)
    if errors.shape != (size, size) or not np.isfinite(errors).all():
        remedy = f"Give {size} rows and columns of finite figures, one for each view."
        raise UnusableView(problems=[Problem("omega", str(errors.shape), "It doesn't fit the views.", remedy)])
    largest = float(np.max(np.abs(errors), initial=0.0))
    skewed = float(np.max(np.abs(errors - errors.T), initial=0.0)) > INDEFINITE * largest
    if skewed or (size and np.linalg.eigvalsh(errors)[0] < -INDEFINITE * largest):
        remedy = "Give a symmetric matrix without negative eigenvalues."
        raise UnusableView(problems=[Problem("omega", size, "It is no covariance.", remedy)])
    for number, view in enumerate(views):
        if view.confidence is not None or view.variance is not None:
            message = f"The view {view.title} has its own certainty although that of all is given."
            raise UnusableView(
                problems=[Problem(f"views.{number}", view.title, message, "Leave the one or the other out.")]
            )
    return (errors + errors.T) / 2


def _refuse_contradiction(views: Sequence[View], inverse: _Inverse, surprise: Array) -> None:
    """Where certain views determine each other they must agree; name those that don't."""
    against = inverse.vectors.T @ (surprise / inverse.scale)
    for direction in np.flatnonzero(inverse.empty & (np.abs(against) > CONTRADICTION)):
        parts = np.abs(inverse.vectors[:, direction])
        involved = [view.title for view, part in zip(views, parts, strict=True) if part > 1e-6]
        message = f"These views are certain and can't all hold: {'; '.join(involved)}."
        if len(involved) == 1:
            message = f"The view {involved[0]} is certain, but its assets' risks cancel out: that fixes its return."
        remedy = f"Leave {involved[-1]} out, or give it a confidence below 1."
        raise ContradictoryViews(problems=[Problem("views", involved, message, remedy)])
