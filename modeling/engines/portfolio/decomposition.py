"""Where a portfolio's risk comes from: contributions that add up exactly (Euler), by asset, group and factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.problem import Array
from valor.lib.errors import Problem

NORMAL = NormalDist()


class NoRisk(EngineError):
    """The portfolio has no risk to share out: give weights that are not all zero, and a covariance that is not."""


@dataclass(frozen=True)
class RiskDecomposition:
    """The volatility and its parts, decimals per year.

    Attributes
    ----------
    volatility : sqrt(w' S w)
    marginal : shape (n,), how fast the volatility grows with each weight, S w / volatility
    absolute : shape (n,), weight times marginal; they add up to the volatility
    share : shape (n,), absolute over volatility; they add up to 1, hedges are below zero
    diversification_ratio : weighted volatilities of the assets over the portfolio's (Choueifaty and Coignard, 2008)
    effective_names : inverse Herfindahl index of the weights: as many equal positions are as concentrated
    effective_bets : inverse Herfindahl index of the shares of risk
    """

    volatility: float
    marginal: Array
    absolute: Array
    share: Array
    diversification_ratio: float
    effective_names: float
    effective_bets: float


@dataclass(frozen=True)
class Parts:
    """A risk measure shared out: the names of the parts, and what each adds to the total."""

    names: tuple[str, ...]
    parts: Array
    total: float


@dataclass(frozen=True)
class TailRisk:
    """Value at risk and expected shortfall of one period, decimals, losses positive; parts (n,) add up to them."""

    confidence: float
    value_at_risk: float
    expected_shortfall: float
    value_at_risk_parts: Array
    expected_shortfall_parts: Array


def decompose(weights: Any, covariance: Any) -> RiskDecomposition:
    """The volatility of weights (n,) under a covariance (n, n) per year, and each asset's part in it."""
    held, sigma = checked(weights, covariance)
    pulled = sigma @ held
    volatility = volatility_of(held, sigma)
    marginal = pulled / volatility
    absolute = held * marginal
    share = absolute / volatility
    return RiskDecomposition(
        volatility=volatility,
        marginal=marginal,
        absolute=absolute,
        share=share,
        diversification_ratio=float(np.abs(held) @ np.sqrt(np.diag(sigma))) / volatility,
        effective_names=float(np.abs(held).sum() ** 2 / (held @ held)),
        effective_bets=float(1.0 / (share @ share)),
    )


def by_group(risk: RiskDecomposition, groups: Sequence[str]) -> Parts:
    """The volatility by group, one group named for each asset; in the order in which they first appear."""
    if len(groups) != len(risk.absolute):
        remedy = f"Name a group for each of the {len(risk.absolute)} assets."
        raise EngineError(problems=[Problem("groups", len(groups), "There are not as many as assets.", remedy)])
    names = tuple(dict.fromkeys(groups))
    place = {name: row for row, name in enumerate(names)}
    parts = np.zeros(len(names))
    np.add.at(parts, [place[group] for group in groups], risk.absolute)
    return Parts(names, parts, risk.volatility)


def by_factor(
    weights: Any, covariance: Any, loadings: Any, factor_covariance: Any, factors: Sequence[str] = ()
) -> Parts:
    """The volatility by factor; what no factor explains comes last, as "specific".

    ``loadings`` are (n, k), ``factor_covariance`` is (k, k) per year. With b = B' w the part of factor j is
    b_j (F b)_j / volatility; the specific part is what the covariance holds besides, so all add up exactly.
    """
    held, sigma = checked(weights, covariance)
    beta, spread = np.asarray(loadings, np.float64), np.asarray(factor_covariance, np.float64)
    if beta.ndim != 2 or beta.shape[0] != len(held) or spread.shape != (beta.shape[1], beta.shape[1]):
        remedy = f"Give loadings of {len(held)} assets to k factors, and a covariance of these k."
        raise EngineError(problems=[Problem("loadings", str(beta.shape), "They don't fit together.", remedy)])
    refuse_unfinished("loadings", beta)
    refuse_unfinished("factor_covariance", spread)
    volatility = volatility_of(held, sigma)
    exposure = held @ beta
    explained = exposure * (spread @ exposure) / volatility
    names = tuple(factors) or tuple(f"factor {number + 1}" for number in range(beta.shape[1]))
    if len(names) != beta.shape[1]:
        remedy = f"Name each of the {beta.shape[1]} factors."
        raise EngineError(problems=[Problem("factors", len(names), "There are not as many as loadings.", remedy)])
    return Parts((*names, "specific"), np.append(explained, volatility - explained.sum()), volatility)


def normal_tail(weights: Any, mean: Any, covariance: Any, confidence: float = 0.95) -> TailRisk:
    """Value at risk and expected shortfall under normal returns of one period, shared out by their gradients.

    ``mean`` (n,) and ``covariance`` (n, n) are those of the period asked about.
    """
    held, sigma = checked(weights, covariance)
    mu = np.asarray(mean, np.float64).reshape(-1)
    if mu.shape != held.shape:
        remedy = f"Give one for each of the {len(held)} assets."
        raise EngineError(problems=[Problem("mean", len(mu), "There are not as many as weights.", remedy)])
    refuse_unfinished("mean", mu)
    check_confidence(confidence)
    pull = held * (sigma @ held) / volatility_of(held, sigma)
    quantile = NORMAL.inv_cdf(confidence)
    beyond = NORMAL.pdf(quantile) / (1.0 - confidence)
    at_risk, shortfall = quantile * pull - held * mu, beyond * pull - held * mu
    return TailRisk(confidence, float(at_risk.sum()), float(shortfall.sum()), at_risk, shortfall)


def historical_tail(weights: Any, returns: Any, confidence: float = 0.95) -> TailRisk:
    """Value at risk and expected shortfall of past returns (n, m), one period each, shared out by the scenarios.

    With a = m (1 - confidence), the expected shortfall is the mean of the a worst losses, the last of them in part
    (Rockafellar and Uryasev, 2002, eq. 9), and the value at risk is the loss at which this part is cut: the smallest
    loss that is exceeded with a probability of at most 1 - confidence. An asset's part is what it lost in the same
    scenarios, so a value at risk is shared out by a single one: rely on the parts of the expected shortfall.
    """
    held = checked_weights(weights)
    scenarios = np.asarray(returns, np.float64)
    if scenarios.ndim != 2 or scenarios.shape[0] != len(held) or not scenarios.shape[1]:
        remedy = f"Give one row of returns for each of the {len(held)} assets."
        raise EngineError(problems=[Problem("returns", str(scenarios.shape), "They don't fit the weights.", remedy)])
    refuse_unfinished("returns", scenarios)
    check_confidence(confidence)
    lost = -held[:, None] * scenarios
    worst = np.argsort(-lost.sum(axis=0), kind="stable")
    share, cut = tail_shares(scenarios.shape[1], confidence)
    parts = lost[:, worst[: len(share)]] @ share
    at_risk = lost[:, worst[cut]]
    return TailRisk(confidence, float(at_risk.sum()), float(parts.sum()), at_risk, parts)


def tail_shares(count: int, confidence: float) -> tuple[Array, int]:
    """How much each of the worst scenarios counts, adding up to 1; and which of them is the value at risk."""
    tail = count * (1.0 - confidence)
    whole = round(tail) if abs(tail - round(tail)) < 1e-9 * count else int(tail)
    rest = max(tail - whole, 0.0)
    counted = np.append(np.ones(whole), rest) if rest > 1e-9 * count or not whole else np.ones(whole)
    return counted / counted.sum(), min(whole, count - 1)


def checked(weights: Any, covariance: Any) -> tuple[Array, Array]:
    held = checked_weights(weights)
    sigma = np.asarray(covariance, np.float64)
    if sigma.shape != (len(held), len(held)):
        remedy = f"Give one row and one column for each of the {len(held)} assets."
        raise EngineError(problems=[Problem("covariance", str(sigma.shape), "It doesn't fit the weights.", remedy)])
    refuse_unfinished("covariance", sigma)
    return held, sigma


def checked_weights(weights: Any) -> Array:
    held = np.asarray(weights, np.float64).reshape(-1)
    refuse_unfinished("weights", held)
    if not held.any():
        raise NoRisk(problems=[Problem("weights", 0.0, "All are zero.", "Give at least one weight.")])
    return held


def volatility_of(held: Array, sigma: Array) -> float:
    """The volatility, refused where there is none, or where the covariance gives a variance below zero."""
    variance = float(held @ sigma @ held)
    if variance <= 1e-24 * float(held @ held):
        message = "Under it the portfolio has no risk."
        remedy = "Give a positive semi-definite covariance of assets with risk."
        raise NoRisk(problems=[Problem("covariance", variance, message, remedy)])
    return float(np.sqrt(variance))


def refuse_unfinished(name: str, figures: Array) -> None:
    bad = np.argwhere(~np.isfinite(figures))
    if len(bad):
        place = " and ".join(str(number + 1) for number in bad[0])
        remedy = "Give finite numbers, or leave the asset out."
        problem = Problem(name, str(figures[tuple(bad[0])]), f"The figure at place {place} is not finite.", remedy)
        raise EngineError(problems=[problem])


def check_confidence(confidence: float) -> None:
    if not 0.5 <= confidence < 1.0:
        remedy = "Give a decimal from 0.5 to below 1, such as 0.95."
        raise EngineError(problems=[Problem("confidence", confidence, "It is not possible.", remedy)])
