"""Quadratic limits (tracking error, a risk that is not to be passed) by the search for their multipliers.

A limit that does not hold by itself is mixed into the objective: the share of the mix that it needs is found by a
bracketed search on its distance, which falls steadily as the share grows. The last mix is an ordinary quadratic
programme whose multipliers certify the answer of the limited one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from modeling.engines.portfolio.constrained.convex import Point, solve_convex
from modeling.engines.portfolio.constrained.kkt import Pull, certificate_of
from modeling.engines.portfolio.constrained.program import Program, Quadratic

KEPT = 1e-11  # a distance this much above its limit keeps it
CLOSE = 1e-9  # one this much above is the least that can be had, for a limit set at that least
LEAST_ODDS, MOST_ODDS = 1e-7, 1e12  # of the limit's share in the mix; beyond them it is none, or all
MOST_STEPS = 80
STEP = math.log(10.0)


def solve_limited(program: Program, pull: Pull, near: Point | None = None) -> Point | None:
    """The minimum under bounds, rows and quadratic limits; None where no point meets them all."""
    found = _searched(program, pull, program.quadratics, near)
    if found is None:
        return None
    certificate = certificate_of(program, found.pull, found.values, found.multipliers)
    return Point(found.values, found.multipliers, found.pull, certificate, found.active)


def mixed(program: Program, pull: Pull, limit: Quadratic, odds: float) -> Pull:
    """The pull mixed with keeping close to the limit's center, at these odds of the latter to the former."""
    rest = 1 / (1 + odds)
    share = 1.0 if np.isinf(odds) else odds / (1 + odds)
    if not pull.is_linear:
        center = rest * pull.center + share * limit.center
        return Pull(center, rest * pull.tolerance, (*(one * rest for one in pull.shares), share))
    none = tuple(0.0 for _ in pull.shares)
    if odds == 0.0:
        return Pull(pull.center, pull.tolerance, (*none, 0.0))
    unit = float(np.mean(np.diagonal(program.problem.covariance))) / (float(np.max(np.abs(program.reward))) or 1.0)
    return Pull(limit.center, unit / odds, (*none, 1.0))


def _searched(program: Program, pull: Pull, limits: tuple[Quadratic, ...], near: Point | None) -> Point | None:
    if not limits:
        return solve_convex(program, pull, near)
    limit, rest = limits[0], limits[1:]

    def at(odds: float, by: Point | None) -> Point | None:
        return _searched(program, mixed(program, pull, limit, odds), rest, by)

    search = _Search(program, limit, at)
    alone = search.at(0.0, near)
    if alone is None or search.excess(alone) <= KEPT:
        return alone
    closest = search.at(np.inf, None)
    if closest is None or search.excess(closest) > KEPT:
        return closest if closest is not None and search.excess(closest) <= CLOSE else None
    return search.between()


@dataclass(frozen=True)
class _Search:
    program: Program
    limit: Quadratic
    at: Callable[[float, Point | None], Point | None]

    def excess(self, point: Point) -> float:
        return self.program.distance(point.values[: self.program.size], self.limit.center) - self.limit.limit

    def between(self) -> Point:
        """The point at the least odds that keep the limit; all of the mix keeps it, none of it does not."""
        from scipy.optimize import brentq

        tried: list[Point] = []

        @cache  # the ends are asked for again, and rounding must not give them another sign
        def excess(log_odds: float) -> float:
            point = self.at(math.exp(log_odds), tried[-1] if tried else None)
            assert point is not None  # what is feasible does not hang on the mix
            tried.append(point)
            return self.excess(point)

        low, high = self.bracket(excess)
        if excess(low) > 0 >= excess(high):
            brentq(excess, low, high, xtol=1e-13, rtol=1e-13, maxiter=MOST_STEPS, disp=False)
            return min(tried, key=self._miss)
        return tried[-1]

    @staticmethod
    def bracket(excess: Callable[[float], float]) -> tuple[float, float]:
        """Logarithms of odds, a factor of ten apart or the last before the end, between which the limit is met."""
        low = high = 0.0
        if excess(0.0) > 0:
            while high < math.log(MOST_ODDS) and excess(high) > 0:
                low, high = high, high + STEP
        else:
            while low > math.log(LEAST_ODDS) and excess(low) <= 0:
                low, high = low - STEP, low
        return low, high

    def _miss(self, point: Point) -> float:
        """How far from the limit; a point beyond it only where none within is as near."""
        return max(self.excess(point) * 1e3, -self.excess(point))
