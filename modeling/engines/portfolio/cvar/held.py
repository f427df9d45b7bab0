"""The least expected shortfall with few assets, or with a least position.

HiGHS chooses the assets by the linear programme over the scenarios that matter so far, where whole numbers mark what is
held; each choice is priced exactly, by a programme of its own, and what lies in its tail matters from then on. A
scenario left out only lowers the shortfall, so what HiGHS proves of its programme holds of the whole one. Effort is
counted in rounds and nodes, as in `constrained.outer`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.constrained.errors import UndecidedHoldings
from modeling.engines.portfolio.constrained.feasibility import exactly
from modeling.engines.portfolio.constrained.held import Holding, Marked, marked
from modeling.engines.portfolio.constrained.outer import SCALED, Effort, excluded
from modeling.engines.portfolio.constrained.program import Program
from modeling.engines.portfolio.cvar.scenarios import Scenarios
from modeling.engines.portfolio.cvar.tail import MISSING, solved, with_tail, worst_on_average
from modeling.engines.portfolio.problem import Solution
from valor.lib.errors import Problem

Array = NDArray[np.float64]


def solve_held_tail(program: Program, scenarios: Scenarios, effort: Effort) -> Solution:
    """The best of few assets, certified for these, with the bound that no other choice can pass.

    Raises UndecidedHoldings where nothing was found within the effort.
    """
    search = Search(program, scenarios)
    for turn in range(1, effort.rounds + 1):
        effort.watch(turn - 1, effort.rounds)
        try:
            search.choose(effort.nodes)
        except UndecidedHoldings:
            if search.best is None:
                raise
            break
        if search.gap <= effort.gap:
            break
    if search.best is None:
        message = f"Nothing that meets all constraints was found in {effort.rounds} rounds."
        raise UndecidedHoldings(problems=[Problem("effort.rounds", effort.rounds, message, "Allow more rounds.")])
    details = {
        "held": int(np.count_nonzero(search.best.weights)),
        "lower_bound": min(search.bound, search.value) if search.bound > -np.inf else None,
        "gap": search.gap if np.isfinite(search.gap) else None,
        "rounds": turn,
        "proven_optimal": search.gap <= effort.gap,
    }
    return replace(search.best, details=search.best.details | details)


@dataclass
class Search:
    """The scenarios that matter so far, the choices that were priced, the best of them, and the bound."""

    program: Program
    scenarios: Scenarios
    bound: float = -np.inf
    best: Solution | None = None
    value: float = np.inf
    priced: list[Holding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = worst_on_average(self.scenarios)

    @property
    def gap(self) -> float:
        """How far the best may be above the least there is, as a share of it; 0 where nothing is left to be chosen."""
        return 0.0 if self.bound >= self.value else (self.value - self.bound) / max(abs(self.value), 1e-12)

    def choose(self, nodes: int) -> None:
        """One round: a choice by the scenarios that matter, and its price."""
        scale = SCALED / self.scenarios.size
        plan, cost = self.plan()
        found = plan.minimised(cost * scale, nodes=nodes)
        if found is None:  # everything allowed has been priced
            self.bound = np.inf
            return
        point, bound = found
        self.bound = max(self.bound, bound / scale)
        self.meet(point[: self.program.size], point[self.program.columns])
        self.price(plan.holding(point))

    def plan(self) -> tuple[Marked, Array]:
        """The programme of the scenarios that matter, without the choices that were priced; and its cost."""
        grown, cost = with_tail(self.program, self.scenarios, np.flatnonzero(self.known))
        plan = marked(grown)
        for holding in self.priced:
            plan = excluded(plan, holding)
        return plan, np.append(cost, np.zeros(2 * plan.size))

    def meet(self, weights: Array, at_risk: float) -> None:
        """Scenarios matter that cost these weights more than the value at risk."""
        self.known |= -(weights @ self.scenarios.returns) > at_risk + MISSING

    def price(self, holding: Holding) -> None:
        self.priced.append(holding)
        if not holding.allowed(self.program) or not exactly(holding.of(self.program)):
            return
        solution = solved(holding.of(self.program), self.scenarios)
        self.meet(solution.weights, solution.details["value_at_risk"])
        if solution.details["expected_shortfall"] < self.value:
            self.best, self.value = solution, solution.details["expected_shortfall"]
