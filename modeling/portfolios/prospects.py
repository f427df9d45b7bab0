"""Whether anything meets a document, said before work in the background begins that could only fail."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from modeling.codecs.portfolio import parse_portfolio
from modeling.engines.portfolio.constrained.build import program_of
from modeling.engines.portfolio.constrained.errors import UndecidedHoldings
from modeling.engines.portfolio.constrained.feasibility import feasible
from modeling.engines.portfolio.constrained.optimise import with_target
from modeling.engines.portfolio.constrained.program import Program
from modeling.engines.portfolio.infeasible import explain
from modeling.portfolios.places import placed
from modeling.portfolios.size import MOST_PRICES, SELECTING, TRACKED, size_of
from modeling.portfolios.task import UNHEEDING, Task, task_of

# Up to so many assets it takes hundredths of a second to see and to explain; where a number of assets is selected, up
# to a second, and with more assets or limits than these many seconds. Nodes are those of HiGHS.
MOST_ASSETS = 100
MOST_SELECTED, MOST_LIMITS = 30, 3
NODES = 200
AIMING = {"target_return", "min_cvar"}


def refuse_hopeless(document: Mapping[str, Any]) -> None:
    """Raises `Infeasible` for a canonical document that nothing meets, where that is soon known.

    A limit on the tracking error is not looked into: how near a benchmark can be had is a search of its own.
    """
    assets, prices = size_of(document)
    if assets > MOST_ASSETS or prices > MOST_PRICES:
        return
    model = parse_portfolio(document)
    kinds = {rule.kind for rule in model.rules}
    if model.objective.method in UNHEEDING or TRACKED in kinds:
        return
    if SELECTING & kinds and (assets > MOST_SELECTED or len(model.rules) + len(model.by_asset) > MOST_LIMITS):
        return
    with placed(model), suppress(UndecidedHoldings):
        program = program_for(task_of(model))
        if not feasible(program, NODES):
            raise explain(program)


def program_for(task: Task) -> Program:
    """Bounds, budget and constraints, with the return to reach where the objective has one."""
    method, target = task.model.objective.method, task.model.objective.target_return
    program = program_of(task.problem, task.constraints)
    return program if target is None or method not in AIMING else with_target(program, target)
