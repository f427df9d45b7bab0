"""The best portfolio of few assets: outer approximation (Duran and Grossmann, Math. Programming 36, 1986).

HiGHS chooses the assets by tangents of the variance, each choice is priced exactly by its own quadratic programme, and
the tangent there is added. The part of the variance that lies in single assets is taken out and bounded by w^2 / mark
(Frangioni and Gentile, Math. Programming 106, 2006), which makes the bound tight. Effort is counted in rounds and
nodes: no clock is read, so the answer is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.convex import Point
from modeling.engines.portfolio.constrained.errors import UndecidedHoldings
from modeling.engines.portfolio.constrained.held import Holding, Marked, marked
from modeling.engines.portfolio.constrained.kkt import Pull
from modeling.engines.portfolio.constrained.limited import solve_limited
from modeling.engines.portfolio.constrained.linear import minimise
from modeling.engines.portfolio.constrained.program import Program

Array = NDArray[np.float64]

SCALED = 100.0  # what the objective is scaled to: HiGHS works to an absolute 1e-6
RELAXED_ROUNDS = 40
RELAXED_GAP = 1e-5
SINGLE_STEPS = 12
SINGULAR = 1e-9  # of the mean variance; a smallest eigenvalue below it leaves nothing to take out
SINGLE = 0.999  # of what can be taken out, so that rounding leaves the rest positive semi-definite


def nobody(done: int, total: int) -> None:
    """For a search that nobody watches."""


@dataclass(frozen=True)
class Effort:
    """How long to look: rounds of choosing and pricing, nodes of each choice, and the relative gap that is enough.

    ``watch`` is called with (rounds done, rounds at most) before each round; what it raises ends the search.
    """

    rounds: int = 100
    nodes: int = 50_000
    gap: float = 1e-6
    watch: Callable[[int, int], None] = field(default=nobody, compare=False)


USUAL = Effort()


@dataclass(frozen=True)
class Chosen:
    """The best portfolio found, what no portfolio can go below, and whether the two agree within the gap."""

    point: Point
    value: float
    lower_bound: float
    rounds: int
    proven: bool

    @property
    def gap(self) -> float:
        return max(self.value - self.lower_bound, 0.0) / max(abs(self.value), 1e-12)


def solve_held(program: Program, pull: Pull, effort: Effort, enough: float = -np.inf) -> Chosen | None:
    """The least of the pull with the whole-number limits; None where nothing that meets everything was found.

    It ends early with a value of *enough* or less, and where the bound shows that there is none.
    """
    search = Search(program, pull)
    search.relax()
    for turn in range(1, effort.rounds + 1):
        effort.watch(turn - 1, effort.rounds)
        try:
            chosen = search.master.minimised(search.cost, nodes=effort.nodes)
        except UndecidedHoldings:
            if search.best is None:
                raise
            return search.finished(turn, search.bound, effort.gap)
        if chosen is None:
            return search.finished(turn, np.inf, effort.gap)
        point, bound = chosen
        search.bound = max(search.bound, bound / search.scale + search.constant)
        search.price(search.master.holding(point), point)
        settled = search.gap() <= effort.gap or search.value <= enough < np.inf or search.bound > enough > -np.inf
        if search.best is not None and settled:
            return search.finished(turn, search.bound, effort.gap)
    return search.finished(effort.rounds, search.bound, effort.gap)


@dataclass
class Search:
    """The choice so far: its programme, the best that was priced, and the bound."""

    program: Program
    pull: Pull
    bound: float = -np.inf
    best: Point | None = None
    value: float = np.inf
    seen: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        program, n = self.program, self.program.size
        covariance = program.problem.covariance
        self.single = np.zeros(n) if self.pull.is_linear else singles(covariance)
        self.rest = covariance - np.diag(self.single)
        self.master: Marked = marked(program).with_columns(n + 1)
        linear = -program.reward if self.pull.is_linear else -self.pull.tolerance * program.reward
        linear = linear.copy()
        self.constant = 0.0
        if not self.pull.is_linear:
            toward = covariance @ self.pull.center
            linear[:n] -= toward
            self.constant = float(self.pull.center @ toward) / 2
        size = float(np.mean(np.diagonal(covariance))) / 2 if not self.pull.is_linear else 0.0
        self.scale = SCALED / (max(size, float(np.max(np.abs(linear)))) or 1.0)
        self.cost = np.zeros(len(self.master.lower))
        self.cost[: program.columns] = linear * self.scale
        if not self.pull.is_linear:
            self.cost[-(n + 1) :] = 1.0

    def objective(self, values: Array) -> float:
        if self.pull.is_linear:
            return -float(self.program.reward @ values)
        away = self.program.distance(values[: self.program.size], self.pull.center)
        return away**2 / 2 - self.pull.tolerance * float(self.program.reward @ values)

    def gap(self) -> float:
        return (self.value - self.bound) / max(abs(self.value), 1e-12)

    def finished(self, rounds: int, bound: float, gap: float) -> Chosen | None:
        if self.best is None:
            return None
        lower = min(bound, self.value)
        proven = (self.value - lower) / max(abs(self.value), 1e-12) <= gap
        return Chosen(self.best, self.value, lower, rounds, proven)

    def relax(self) -> None:
        """Tangents where the programme without whole numbers has its least: most of the bound comes from them."""
        n = self.program.size
        whole = replace(self.program, most=None, least_position=None)
        free = None if self.pull.is_linear else solve_limited(whole, self.pull)
        if free is not None:  # without its tangent HiGHS begins among single assets, where every bound is zero
            self.tangents(free.values[:n], free.values[:n])
        before = -np.inf
        for _ in range(RELAXED_ROUNDS):
            found = self.master.minimised(self.cost, whole=False)
            if found is None:
                return
            point, bound = found
            if bound - before <= RELAXED_GAP * abs(bound) and before > -np.inf:
                return
            before = bound
            marks = point[self.master.marks]
            share = np.maximum(marks[:n] + marks[n:], 1e-9)
            self.tangents(point[:n], np.clip(point[:n] / share, self.program.lower[:n], self.program.upper[:n]))

    def price(self, holding: Holding, point: Array) -> None:
        """The exact optimum of a choice, and what it teaches about all others."""
        n = self.program.size
        key = holding.signs.tobytes()
        known = key in self.seen
        self.seen.add(key)
        found = None
        held = holding.of(self.program)
        if holding.allowed(self.program) and minimise(held, np.zeros(held.columns)) is not None:
            found = solve_limited(held, self.pull)
        self.tangents(point[:n], point[:n])
        if found is None or known:
            self.master = excluded(self.master, holding)
        if found is None:
            return
        self.tangents(found.values[:n], found.values[:n])
        value = self.objective(found.values)
        if value < self.value:
            self.best, self.value = found, value

    def tangents(self, at: Array, singles_at: Array) -> None:
        """Tangents of the variance and of every quadratic limit."""
        n, columns = self.program.size, len(self.master.lower)
        rows, lower = [], []
        if not self.pull.is_linear:
            slope = self.rest @ at * self.scale
            row = np.zeros(columns)
            row[:n], row[-(n + 1)] = -slope, 1.0
            rows.append(row)
            lower.append(-float(slope @ at) / 2)
            for asset in np.flatnonzero(np.abs(singles_at) > 1e-9):
                row = np.zeros(columns)
                weight = self.single[asset] * self.scale * singles_at[asset]
                row[asset], row[columns - n + asset] = -weight, 1.0
                row[self.master.columns + asset] = row[self.master.columns + n + asset] = weight * singles_at[asset] / 2
                rows.append(row)
                lower.append(0.0)
        for limit in self.program.quadratics:
            away = self.program.distance(at, limit.center)
            if away > limit.limit * (1 - 1e-3) and away > 0:
                row = np.zeros(columns)
                row[:n] = -(self.program.problem.covariance @ (at - limit.center)) / away * SCALED
                rows.append(row)
                lower.append(float(row[:n] @ limit.center) - limit.limit * SCALED)
        if rows:
            self.master = self.master.with_rows(np.array(rows), np.array(lower), np.full(len(rows), np.inf))


def excluded(master: Marked, holding: Holding) -> Marked:
    """No such choice again."""
    row = np.zeros((1, len(master.lower)))
    marks = np.concatenate([holding.signs > 0, holding.signs < 0])
    row[0, master.marks] = np.where(marks, -1.0, 1.0)
    return master.with_rows(row, np.array([1.0 - marks.sum()]), np.array([np.inf]))


def singles(covariance: Array) -> Array:
    """Variance of single assets that can be taken out of the covariance, which stays positive semi-definite.

    Step by step half of what can still go, in proportion to what each asset has that no others explain.
    """
    taken = np.zeros(len(covariance))
    smallest = float(np.linalg.eigvalsh(covariance)[0])
    if smallest <= SINGULAR * float(np.mean(np.diagonal(covariance))):
        return taken
    for _ in range(SINGLE_STEPS):
        rest = covariance - np.diag(taken)
        own = 1 / np.diagonal(np.linalg.inv(rest))
        size = np.sqrt(own)
        taken = taken + 0.5 * float(np.linalg.eigvalsh(rest / np.outer(size, size))[0]) * own
    return SINGLE * taken
