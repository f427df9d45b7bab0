"""Tickers that move together: a tree over their correlations, its best order of leaves, and groups cut from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.prices.panel import Array
from valor.lib.errors import Problem

METHODS: Final = ("average", "complete", "single", "ward")


@dataclass(frozen=True)
class Clusters:
    """Groups of tickers.

    Attributes
    ----------
    order : int array, shape (n,), the tickers in an order that puts like beside like
    labels : int array, shape (n,), the group of each ticker, counted from 1 in that order
    linkage : shape (n - 1, 4), the tree as SciPy writes it: two parts, their distance, their size
    method : how the distance of two groups is taken
    """

    order: NDArray[np.int64]
    labels: NDArray[np.int64]
    linkage: Array
    method: str


def clusters_of(
    correlation: Array, tickers: tuple[str, ...], *, groups: int | None = None, method: str = "average"
) -> Clusters:
    """Cluster by the distance sqrt((1 - correlation) / 2), with Bar-Joseph's optimal order of leaves.

    Parameters
    ----------
    groups : into how many the tree is cut at most; by default as many as the root of the number of tickers
    method : "average", "complete", "single" or "ward"

    Raises
    ------
    EngineError
        For an unknown method, a number of groups out of range, and for pairs without a correlation.
    """
    n = len(tickers)
    wanted = round(n**0.5) if groups is None else groups
    problems = [*_missing(correlation, tickers)]
    if method not in METHODS:
        problems.append(Problem("method", method, "There is no such method.", f"Choose one of {', '.join(METHODS)}."))
    if not 1 <= wanted <= n:
        problems.append(Problem("groups", wanted, "So many groups can't be made.", f"Ask for 1 to {n}."))
    if problems:
        raise EngineError(problems=problems)
    if n == 1:
        return Clusters(np.zeros(1, np.int64), np.ones(1, np.int64), np.empty((0, 4)), method)
    return _clustered(correlation, wanted, method)


def _clustered(correlation: Array, groups: int, method: str) -> Clusters:
    from scipy.cluster.hierarchy import fcluster, leaves_list, linkage

    n = len(correlation)
    upper = np.triu_indices(n, 1)
    distances = np.sqrt(np.maximum((1.0 - correlation[upper]) / 2.0, 0.0))
    chosen: Any = method
    tree = linkage(distances, method=chosen, optimal_ordering=True)
    order = leaves_list(tree).astype(np.int64)
    found = fcluster(tree, groups, criterion="maxclust")
    firsts = {label: place for place, label in reversed(list(enumerate(found[order].tolist())))}
    numbers = {label: number for number, label in enumerate(sorted(firsts, key=lambda label: firsts[label]), 1)}
    return Clusters(order, np.array([numbers[label] for label in found.tolist()]), tree, method)


def _missing(correlation: Array, tickers: tuple[str, ...]) -> list[Problem]:
    bad = np.argwhere(np.isnan(np.triu(correlation)))
    return [
        Problem(
            "correlation",
            f"{tickers[first]}, {tickers[second]}",
            "They have no correlation: too few common returns, or one of them does not move.",
            "Leave one of them out, or choose a period both have.",
        )
        for first, second in bad[:10].tolist()
    ]
