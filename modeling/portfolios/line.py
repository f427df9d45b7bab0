"""Portfolios along the frontier of one document, asked for again and again while somebody moves a slider.

What takes long, reading prices, estimating and tracing, is done once and kept in this process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import numpy as np

from modeling.codecs.portfolio import parse_portfolio
from modeling.codecs.portfolio.model import PortfolioModel
from modeling.engines.portfolio.constrained.errors import NotCertified, UndecidedHoldings
from modeling.engines.portfolio.critical_line.errors import BudgetOutOfReach, OffTheFrontier
from modeling.engines.portfolio.critical_line.frontier import Frontier
from modeling.engines.portfolio.problem import Array, Solution
from modeling.models import PriceSet
from modeling.portfolios.bridge import with_runs
from modeling.portfolios.data import data_of, refuse_stale, weights_of
from modeling.portfolios.places import placed
from modeling.portfolios.remembered import Remembered
from modeling.portfolios.request import ENGINE_VERSION
from modeling.portfolios.solve import frontier_of, held, optimised, solve
from modeling.portfolios.task import Task, task_of

DRAWN = 60  # points of the line that is drawn
DRAWN_LIMITED, DRAWING_SECONDS = 15, 0.8  # at most, where each of them is an optimisation of its own
ASIDE = ("name", "objective")  # what the frontier does not depend on


@dataclass(frozen=True, eq=False)
class Line:
    """The frontier between its ends, and what it was traced from.

    ``drawn`` are rows of volatility and expected return, rising; ``held`` is what is held now, None for nothing.
    """

    task: Task
    least: Solution
    greatest: Solution
    drawn: Array
    equal: Solution
    held: Solution | None

    @property
    def nbytes(self) -> int:
        """Roughly what it holds in memory."""
        data, traced = self.task.data, self.task.traced
        prices = 0 if data is None else data.returns.nbytes + data.assets.prices.nbytes + data.panel.prices.nbytes
        return prices + 3 * self.task.estimates.covariance.nbytes + (3 * traced.weights.nbytes if traced else 0)

    def asking(self, document: Mapping[str, Any]) -> Task:
        """The task with the objective of a document, whose rest is what the line was traced from."""
        asked = parse_portfolio(document)
        return replace(self.task, model=replace(self.task.model, name=asked.name, objective=asked.objective))

    def at(self, share: float) -> Solution:
        """The portfolio at a share of the way in expected return: 0 is the least risk, 1 the greatest return."""
        low, high = self.least.expected_return, self.greatest.expected_return
        if share <= 0 or not high > low:
            return self.least
        if share >= 1:
            return self.greatest
        return self.of_return(low + share * (high - low))

    def of_return(self, expected_return: float) -> Solution:
        if self.task.traced is None:
            return self.limited(expected_return)
        with placed(self.task.model):
            return self.task.traced.at_return(expected_return)

    def best(self, document: Mapping[str, Any]) -> tuple[Task, Solution]:
        """What the document's objective chooses. Raises InvalidInput."""
        task = self.asking(document)
        try:
            return task, solve(task)
        except OffTheFrontier:
            asked = task.model.objective
            if asked.method == "target_return" and asked.target_return is not None:
                self.limited(asked.target_return)
            raise

    def limited(self, expected_return: float) -> Solution:
        """By the solver that explains what can't be had."""
        from modeling.engines.portfolio.constrained.objectives import MinimumRisk

        with placed(self.task.model):
            return optimised(self.task, MinimumRisk(expected_return))

    def share_of(self, expected_return: float) -> float:
        """Where on the way a return lies."""
        low, high = self.least.expected_return, self.greatest.expected_return
        return min(max((expected_return - low) / (high - low), 0.0), 1.0) if high > low else 0.0


_kept: Remembered[Line] = Remembered(most=6, most_bytes=96_000_000)


def line_of(owner: Any, document: Mapping[str, Any], prices: PriceSet | None) -> Line:
    """The line of an owner's saved document, with the set that it names. Raises InvalidInput, among it `Infeasible`."""
    return _kept.get(key_of(owner, document, prices), lambda: traced(owner, document, prices))


def known_line(owner: Any, document: Mapping[str, Any], prices: PriceSet | None) -> bool:
    """Whether it is kept, so that asking for it takes no time."""
    return key_of(owner, document, prices) in _kept


def key_of(owner: Any, document: Mapping[str, Any], prices: PriceSet | None) -> tuple[object, ...]:
    """Whoever owns it, its prices, and all that the frontier depends on."""
    rest = {name: value for name, value in document.items() if name not in ASIDE}
    digest = hashlib.blake2b(json.dumps(rest, sort_keys=True).encode(), digest_size=16).hexdigest()
    return owner.pk, prices and prices.revision, ENGINE_VERSION, digest


def traced(owner: Any, document: Mapping[str, Any], prices: PriceSet | None) -> Line:
    model: PortfolioModel = with_runs(parse_portfolio(document), owner, prices)
    task = task_of(model, data_of(model, prices))
    refuse_stale(task.data)
    with placed(model):
        points = plain_points(task) if task.is_plain else limited_points(task)
    own, size = model.current, len(task.names)
    return Line(
        task=replace(task, traced=points.frontier),
        least=points.drawn[0],
        greatest=points.drawn[-1],
        drawn=np.array([[point.volatility, point.expected_return] for point in points.drawn]),
        equal=held(task, np.full(size, 1.0 / size), "equal weight"),
        held=held(task, weights_of(task.names, own, "current"), "held now") if own else None,
    )


@dataclass(frozen=True, eq=False)
class Points:
    """Portfolios along a frontier, and the exact frontier itself where bounds are all there is."""

    drawn: list[Solution]
    frontier: Frontier | None = None


def plain_points(task: Task) -> Points:
    try:
        frontier = frontier_of(task)
    except BudgetOutOfReach:
        least_variance(task)  # refuses it as well, and says what to relax
        raise
    return Points(frontier.points(DRAWN), frontier)


def least_variance(task: Task) -> Solution:
    from modeling.engines.portfolio.constrained.objectives import MinimumVariance

    return optimised(task, MinimumVariance())


def limited_points(task: Task) -> Points:
    """Both ends, and between them as many as time allows, each an optimisation of its own.

    What lies between two neighbours is drawn straight: their mixtures can be had, if not at the least risk.
    """
    from modeling.engines.portfolio.constrained.objectives import MaximumReturn, MinimumRisk

    least, greatest = least_variance(task), optimised(task, MaximumReturn())
    low, span = least.expected_return, greatest.expected_return - least.expected_return
    found, until = [], monotonic() + DRAWING_SECONDS
    for share in halvings(DRAWN_LIMITED) if span > 0 else ():
        if monotonic() > until:
            break
        with suppress(NotCertified, UndecidedHoldings):  # one point less is drawn
            found.append(optimised(task, MinimumRisk(low + share * span)))
    return Points([least, *sorted(found, key=lambda point: point.expected_return), greatest])


def halvings(count: int) -> list[float]:
    """So many shares between 0 and 1, each as far as can be from those before: 1/2, 1/4, 3/4, 1/8, ..."""
    shares: list[float] = []
    parts = 2
    while len(shares) < count:
        shares += [part / parts for part in range(1, parts, 2)]
        parts *= 2
    return shares[:count]


def forget_lines() -> None:
    """Empties what is kept, for tests: each starts its numbers anew."""
    _kept.clear()
