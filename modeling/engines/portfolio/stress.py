"""What a portfolio would lose: in crises of the past, in its own worst weeks, and under shocks to factors or assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.decomposition import checked, checked_weights, refuse_unfinished
from modeling.engines.portfolio.problem import Array
from valor.lib.errors import Problem

Rows = NDArray[np.int64]
CONSISTENT = 1e-8  # relative to the largest shock


class ImpossibleShock(EngineError):
    """Shocks like these can't be: give returns of at least -1, and none that contradict the covariance."""


@dataclass(frozen=True)
class Stressed:
    """How each asset and the portfolio came out of it. Weights are held through it, and cash does not move.

    Attributes
    ----------
    name : of the crisis or shock
    returns : shape (n,), decimals; 0 for assets that were left out
    contributions : shape (n,), weight times return; they add up to ``portfolio_return``
    first, last : days since 1970-01-01 of the prices compared, where prices were
    max_drawdown : the deepest fall on the way, zero or negative, where there was a way
    volatility : per year, what stays uncertain once the shock is known, where there is a covariance
    left_out : tickers without prices there; the others stand in for them
    cut : tickers whose linear loss would have been more than everything, and is counted as everything
    """

    name: str
    returns: Array
    contributions: Array
    portfolio_return: float
    first: int | None = None
    last: int | None = None
    max_drawdown: float | None = None
    volatility: float | None = None
    left_out: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


def factor_shock(
    weights: Any,
    loadings: Any,
    factors: Sequence[str],
    shocks: Mapping[str, float],
    *,
    factor_covariance: Any = None,
    specific: Any = None,
    tickers: Sequence[str] = (),
    name: str = "",
) -> Stressed:
    """Assets move by their loadings (n, k) times the factors' shocks.

    Factors that are not shocked take their conditional expectation given those that are, under ``factor_covariance``
    (k, k) per year, or stay where they are without one. ``specific`` are the assets' own variances (n,), per year, for
    the volatility that stays.
    """
    held, beta = checked_weights(weights), np.asarray(loadings, np.float64)
    if beta.shape != (len(held), len(factors)):
        shape = " x ".join(map(str, beta.shape))
        remedy = f"Give {len(held)} rows, one for each asset, of {len(factors)} loadings."
        raise EngineError(problems=[Problem("loadings", shape, "They don't fit assets and factors.", remedy)])
    refuse_unfinished("loadings", beta)
    rows, values = placed(shocks, factors, least=-np.inf)
    moves, left = propagated(rows, values, len(factors), factor_covariance)
    volatility = None
    if left is not None:
        own = own_variances(specific, len(held))
        volatility = deviation(float(held @ beta @ left @ beta.T @ held) + float(held**2 @ own))
    return stressed(name or named(shocks), held, beta @ moves, names_of(tickers, len(held)), volatility)


def own_variances(specific: Any, count: int) -> Array:
    own = np.zeros(count) if specific is None else np.asarray(specific, np.float64)
    if own.shape != (count,) or not (np.isfinite(own) & (own >= 0.0)).all():
        remedy = f"Give a variance of at least 0 for each of the {count} assets."
        raise EngineError(problems=[Problem("specific", str(own)[:80], "They don't fit the assets.", remedy)])
    return own


def asset_shock(
    weights: Any, tickers: Sequence[str], shocks: Mapping[str, float], *, covariance: Any = None, name: str = ""
) -> Stressed:
    """Some assets move by what is given, the others by their conditional expectation under the covariance (n, n).

    E[r_o | r_s] = S_os S_ss^-1 r_s, with shocks as departures from the mean. Without a covariance the others stay.
    """
    held = checked_weights(weights)
    if len(tickers) != len(held):
        remedy = f"Name each of the {len(held)} assets."
        raise EngineError(problems=[Problem("tickers", len(tickers), "There are not as many as weights.", remedy)])
    rows, values = placed(shocks, tickers, least=-1.0)
    if covariance is not None:
        checked(held, covariance)
    moves, left = propagated(rows, values, len(held), covariance)
    volatility = None if left is None else deviation(float(held @ left @ held))
    return stressed(name or named(shocks), held, moves, tuple(tickers), volatility)


def propagated(rows: Rows, values: Array, size: int, covariance: Any) -> tuple[Array, Array | None]:
    """All moves (k,) given some of them, and the covariance (k, k) that stays."""
    moves = np.zeros(size)
    moves[rows] = values
    if covariance is None:
        return moves, None
    sigma = np.asarray(covariance, np.float64)
    if sigma.shape != (size, size):
        remedy = f"Give one row and one column for each of the {size}."
        raise EngineError(problems=[Problem("covariance", str(sigma.shape), "It has another size.", remedy)])
    refuse_unfinished("covariance", sigma)
    among = np.linalg.pinv(sigma[np.ix_(rows, rows)], rcond=1e-12, hermitian=True)
    pull = among @ values
    off = np.abs(sigma[np.ix_(rows, rows)] @ pull - values)
    if off.max() > CONSISTENT * np.abs(values).max():
        message = "Under the covariance these shocks never come together: one of them follows from the others."
        remedy = "Leave out one of them, or leave out the covariance."
        raise ImpossibleShock(problems=[Problem("shocks", float(values[int(np.argmax(off))]), message, remedy)])
    moves = sigma[:, rows] @ pull
    moves[rows] = values
    return moves, sigma - sigma[:, rows] @ among @ sigma[rows]


def placed(shocks: Mapping[str, float], names: Sequence[str], least: float) -> tuple[Rows, Array]:
    """The shocked rows, rising, and their shocks; unknown names and impossible sizes are refused."""
    place = {name: row for row, name in enumerate(names)}
    problems = [
        Problem("shocks", name, f"There is no {name} here.", f"Give one of {', '.join(names[:10])}.")
        for name in shocks
        if name not in place
    ]
    for name, shock in shocks.items():
        if not (np.isfinite(shock) and shock >= least):
            remedy = "Give a finite decimal of at least -1." if least == -1.0 else "Give a finite decimal."
            problems.append(Problem("shocks", str(shock), f"The shock to {name} is not possible.", remedy))
    if not shocks:
        problems.append(Problem("shocks", "", "There are none.", "Give at least one."))
    if problems:
        raise ImpossibleShock(problems=problems)
    rows = np.array(sorted(place[name] for name in shocks), dtype=np.int64)
    return rows, np.array([shocks[names[row]] for row in rows], dtype=np.float64)


def stressed(name: str, held: Array, moves: Array, tickers: tuple[str, ...], volatility: float | None) -> Stressed:
    returns = np.maximum(moves, -1.0)
    contributions = held * returns
    cut = tuple(tickers[row] for row in np.flatnonzero(moves < -1.0))
    return Stressed(name, returns, contributions, float(contributions.sum()), volatility=volatility, cut=cut)


def names_of(tickers: Sequence[str], size: int) -> tuple[str, ...]:
    return tuple(tickers) or tuple(f"asset {row + 1}" for row in range(size))


def named(shocks: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {shock:+.1%}" for name, shock in shocks.items())


def deviation(variance: float) -> float:
    return float(np.sqrt(max(variance, 0.0)))
