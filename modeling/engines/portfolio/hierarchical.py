"""Hierarchical risk parity: money is split down a tree of the assets that move alike.

Source: M. Lopez de Prado, Building diversified portfolios that outperform out of sample, Journal of Portfolio
Management 42 (2016). No expected return and no inverse of the covariance is needed, and no objective is minimised:
there is nothing to certify but that the bounds hold.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.long_only import long_only_bounds
from modeling.engines.portfolio.problem import Array, MeanVariance, Solution
from valor.lib.errors import Problem

METHOD = "hierarchical risk parity"
LINKAGES = ("single", "complete", "average", "weighted", "ward", "centroid", "median")
FIGURES = 6
"""Decimals of a correlation that decide the tree, so that rounding does not reorder assets that are equally alike."""


class UnknownLinkage(EngineError):
    """There is no such way to measure the distance of clusters: choose one of those listed."""


class NoVariance(EngineError):
    """An asset without variance correlates with nothing: leave it out."""


def hierarchical_risk_parity(problem: MeanVariance, *, correlation: Any = None, linkage: str = "single") -> Solution:
    """Cluster by correlation, then split the money between neighbouring halves by the inverse of their variances.

    Parameters
    ----------
    problem : the covariance counts, the means only for the expected return told. Weights are never below zero. Bounds
        are honoured: each split is moved no further than the bounds of its two halves demand.
    correlation : shape (n, n), what the tree is built from where it is not that of the covariance, such as correlations
        of ragged histories, each over its own dates. Distance is sqrt((1 - rho) / 2).
    linkage : how the distance of two clusters is measured, one of LINKAGES

    Returns
    -------
    Solution
        ``details`` holds ``order``, the assets' names as the tree lines them up, and ``tree``, SciPy's linkage matrix.

    Raises
    ------
    UnknownLinkage, NoVariance, BoundsCannotHold, EngineError
    """
    if linkage not in LINKAGES:
        remedy = f"Give one of {', '.join(LINKAGES)}."
        raise UnknownLinkage(problems=[Problem("linkage", linkage, f"There is no linkage {linkage!r}.", remedy)])
    lower, upper = long_only_bounds(problem)
    variances = _variances(problem)
    alike = problem.covariance / np.sqrt(np.outer(variances, variances))
    if correlation is not None:
        alike = _checked(problem, correlation)
    tree, order = cluster(alike, linkage)
    weights = _split(problem, order, lower, upper)
    return Solution(
        weights=weights,
        expected_return=float(problem.mean @ weights),
        volatility=math.sqrt(max(float(weights @ problem.covariance @ weights), 0.0)),
        method=METHOD,
        details={"order": [problem.name(asset) for asset in order], "tree": tree.tolist(), "linkage": linkage},
    )


def cluster(correlation: Array, linkage: Any) -> tuple[Array, list[int]]:
    """SciPy's linkage matrix of shape (n - 1, 4) over the distances sqrt((1 - rho) / 2), and its leaves in order."""
    from scipy.cluster.hierarchy import leaves_list
    from scipy.cluster.hierarchy import linkage as linked
    from scipy.spatial.distance import squareform

    if len(correlation) == 1:
        return np.zeros((0, 4)), [0]
    distance = np.sqrt(np.clip((1.0 - np.round(correlation, FIGURES)) / 2.0, 0.0, 1.0))
    np.fill_diagonal(distance, 0.0)
    tree = linked(squareform((distance + distance.T) / 2, checks=False), linkage)
    return np.asarray(tree), [int(asset) for asset in leaves_list(tree)]


def _split(problem: MeanVariance, order: list[int], lower: Array, upper: Array) -> Array:
    """Share the budget out among the assets in *order*, half by half."""
    weights = np.zeros(problem.size)
    pending = [(order, problem.budget)]
    while pending:
        assets, amount = pending.pop()
        if len(assets) == 1:
            weights[assets[0]] = min(max(amount, lower[assets[0]]), upper[assets[0]])
            continue
        middle = len(assets) // 2
        left, right = assets[:middle], assets[middle:]
        of_left, of_right = (_cluster_variance(problem.covariance, half) for half in (left, right))
        total = of_left + of_right
        share = amount * (of_right / total if total > 0 else 0.5)
        least = max(float(lower[left].sum()), amount - float(upper[right].sum()))
        most = min(float(upper[left].sum()), amount - float(lower[right].sum()))
        share = max(min(share, most), least)
        pending += [(left, share), (right, amount - share)]
    return weights


def _cluster_variance(covariance: Array, assets: list[int]) -> float:
    """The variance of the assets weighted by the inverse of their own variances."""
    part = covariance[np.ix_(assets, assets)]
    weights = 1.0 / np.diagonal(part)
    weights /= weights.sum()
    return max(float(weights @ part @ weights), 0.0)


def _variances(problem: MeanVariance) -> Array:
    variances = np.diagonal(problem.covariance)
    riskless = np.flatnonzero(~(variances > 0))
    if len(riskless):
        name = problem.name(int(riskless[0]))
        message = f"{name} has no variance."
        raise NoVariance(problems=[Problem(f"covariance.{name}", 0.0, message, f"Leave {name} out.")])
    return np.asarray(variances)


def _checked(problem: MeanVariance, correlation: Any) -> Array:
    matrix = np.asarray(correlation, dtype=np.float64)
    if matrix.shape != problem.covariance.shape:
        shape = " x ".join(map(str, matrix.shape)) or "a number"
        remedy = f"Give one row and one column for each of the {problem.size} assets."
        raise EngineError(problems=[Problem("correlation", shape, "It has another shape than the covariance.", remedy)])
    if not (np.isfinite(matrix).all() and float(np.max(np.abs(matrix))) <= 1.0 + 1e-9):
        message = "It holds a figure outside -1 to 1."
        raise EngineError(problems=[Problem("correlation", str(matrix.max()), message, "Give correlations.")])
    return matrix
