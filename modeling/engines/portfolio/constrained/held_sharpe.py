"""The greatest Sharpe ratio of few assets: Dinkelbach's method (Management Science 13, 1967) by outer approximation.

HiGHS looks for a portfolio whose excess return exceeds the best ratio so far times a lower bound of its volatility,
made of tangents. Each choice of assets is then priced exactly. Where nothing exceeds it any more, no choice has a
better ratio. The bound is weaker than that of the variance: many assets take many rounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.convex import Point
from modeling.engines.portfolio.constrained.errors import NothingBeatsRiskFree
from modeling.engines.portfolio.constrained.held import Holding, Marked, marked
from modeling.engines.portfolio.constrained.kkt import Pull
from modeling.engines.portfolio.constrained.limited import solve_limited
from modeling.engines.portfolio.constrained.linear import minimise
from modeling.engines.portfolio.constrained.outer import Chosen, Effort, excluded
from modeling.engines.portfolio.constrained.program import Program
from modeling.engines.portfolio.constrained.sharpe import no_ratio, solve_sharpe

Array = NDArray[np.float64]

SCALED = 100.0


def solve_held_sharpe(program: Program, risk_free: float, effort: Effort) -> Chosen | None:
    """The best ratio with the whole-number limits; its value and bound are negative, as of all that is minimised."""
    search = _Search(program, risk_free, marked(program).with_columns(1))
    relaxed = replace(program, most=None, least_position=None)
    search.tangents(_weights(solve_sharpe(relaxed, risk_free), program))
    least = program.distance(_weights(solve_limited(relaxed, Pull(np.zeros(program.size), 0.0)), program))
    bound = np.inf
    for turn in range(1, effort.rounds + 1):
        effort.watch(turn - 1, effort.rounds)
        chosen = search.exceeding(effort)
        missing = 0.0 if chosen is None else max(-chosen[1] / search.scale, 0.0)
        if search.best is not None:
            bound = min(bound, search.ratio + missing / max(least, 1e-12))
            if chosen is None or bound - search.ratio <= effort.gap * search.ratio:
                return Chosen(search.best, -search.ratio, -bound, turn, True)
        if chosen is None or (search.best is None and missing == 0.0):
            raise no_ratio(risk_free, "the best choice of assets, whichever it be")
        search.price(search.master.holding(chosen[0]), chosen[0])
    return None if search.best is None else Chosen(search.best, -search.ratio, -bound, effort.rounds, False)


def _weights(point: Point | None, program: Program) -> Array:
    assert point is not None  # without the whole numbers it is feasible, too
    return point.values[: program.size]


@dataclass
class _Search:
    program: Program
    risk_free: float
    master: Marked
    ratio: float = 0.0
    best: Point | None = None

    @property
    def scale(self) -> float:
        return SCALED / (float(np.max(np.abs(self.program.reward))) or 1.0)

    def exceeding(self, effort: Effort) -> tuple[Array, float] | None:
        """The point that exceeds the ratio by most, and minus how much, scaled."""
        cost = np.zeros(len(self.master.lower))
        cost[: self.program.columns] = -self.program.reward * self.scale
        cost[-1] = self.ratio * self.scale
        found = self.master.minimised(cost, nodes=effort.nodes)
        if found is None:
            return None
        return found[0], found[1] - (self.program.reward_constant - self.risk_free) * self.scale

    def price(self, holding: Holding, point: Array) -> None:
        held = holding.of(self.program)
        found = None
        if holding.allowed(self.program) and minimise(held, np.zeros(held.columns)) is not None:
            try:
                found = solve_sharpe(held, self.risk_free)
            except NothingBeatsRiskFree:
                found = None
        n = self.program.size
        self.tangents(point[:n])
        if found is None:
            self.master = excluded(self.master, holding)
            return
        weights = found.values[:n]
        self.tangents(weights)
        ratio = (self.program.expected_return(weights) - self.risk_free) / self.program.distance(weights)
        if ratio > self.ratio:
            self.ratio, self.best = ratio, found
        else:
            self.master = excluded(self.master, holding)

    def tangents(self, at: Array) -> None:
        """The volatility lies above its tangents, and so does every tracking error."""
        rows, lower = [], []
        limits = [(limit.center, limit.limit) for limit in self.program.quadratics]
        for center, limit in [(np.zeros(self.program.size), None), *limits]:
            away = self.program.distance(at, center)
            if away <= 0:
                continue
            row = np.zeros(len(self.master.lower))
            row[: self.program.size] = -(self.program.problem.covariance @ (at - center)) / away * SCALED
            row[-1] = SCALED if limit is None else 0.0
            rows.append(row)
            lower.append(0.0 if limit is None else float(row[: len(center)] @ center) - limit * SCALED)
        if rows:
            self.master = self.master.with_rows(np.array(rows), np.array(lower), np.full(len(rows), np.inf))
