"""What follows a choice: whole shares for a sum of money, the trades that lead there, and what it would lose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from modeling.engines.portfolio.allocation import Allocation, allocate
from modeling.engines.portfolio.crises import Crises, crises, worst
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.rebalancing import Policy, RebalancingPlan, holdings_of, rebalance
from modeling.engines.portfolio.stress import Stressed, factor_shock
from modeling.engines.portfolio.trading import Costs
from modeling.portfolios.data import Data, weights_of
from modeling.portfolios.loadings import loadings_of
from modeling.portfolios.task import Task
from valor.lib.errors import InvalidInput

HELD = 1e-9  # weights smaller than this are rounding
MONTHS = 12


@dataclass(frozen=True)
class Shares:
    """Whole shares of what is held, their prices and the weights wanted, in the same order."""

    names: tuple[str, ...]
    prices: Array
    wanted: Array
    allocation: Allocation


@dataclass(frozen=True)
class Losses:
    """``shock`` is that of the benchmark, None where there is none."""

    crises: Crises
    worst: tuple[Stressed, ...]
    shock: Stressed | None
    betas: Mapping[str, float] = field(default_factory=dict)


def data_needed(task: Task) -> Data:
    if task.data is None:
        remedy = "Choose a price set for it."
        raise InvalidInput.at("prices", None, "The document states its estimates and has no prices.", remedy)
    return task.data


def whole_shares(task: Task, weights: Array, money: float) -> Shares:
    """How many of each to buy for the money."""
    rows = np.flatnonzero(np.abs(weights) > HELD)
    names = tuple(task.names[row] for row in rows)
    prices = data_needed(task).latest.prices[rows]
    covariance = task.problem.covariance[np.ix_(rows, rows)]
    found = allocate(weights[rows], prices, money, covariance=covariance, names=names)
    return Shares(names, prices, weights[rows], found)


def trades_from(task: Task, weights: Array, money: float) -> RebalancingPlan:
    """From the weights held now, worth so much, to these, at the document's costs."""
    model, prices = task.model, data_needed(task).latest.prices
    held = weights_of(task.names, model.current, "current")
    rows = np.flatnonzero((np.abs(weights) > HELD) | (held != 0.0))
    names = tuple(task.names[row] for row in rows)
    holdings = holdings_of(names, prices[rows], held[rows], money)
    policy = Policy(Costs(model.costs.buy, model.costs.sell), whole_shares=True)
    return rebalance(holdings, np.where(np.abs(weights[rows]) > HELD, weights[rows], 0.0), policy)


def losses_of(task: Task, weights: Array, shock: float) -> Losses:
    """In the crises and the worst months of the past, and under a fall of the benchmark."""
    data = data_needed(task)
    held = np.where(np.abs(weights) > HELD, weights, 0.0)
    month = max(round(data.periods_per_year / MONTHS), 1)
    shocked, betas = shocked_by(task, data, held, shock)
    return Losses(crises(held, data.assets), worst(held, data.assets, month), shocked, betas)


def shocked_by(task: Task, data: Data, held: Array, shock: float) -> tuple[Stressed | None, Mapping[str, float]]:
    """Under a move of the benchmark, which takes the document's factors along; and how far each asset moves with it."""
    if data.benchmark is None:
        return None, {}
    found, name = loadings_of(task.model, data), task.model.benchmark
    stressed = factor_shock(
        held,
        found.loadings,
        found.factors,
        {name: shock},
        factor_covariance=found.covariance,
        specific=found.specific,
        tickers=task.names,
    )
    betas = found.loadings[:, found.factors.index(name)]
    return stressed, dict(zip(task.names, betas.tolist(), strict=True))


def chosen_of(line: Any, document: Mapping[str, Any]) -> Array:
    """The weights that the document's objective chooses; of a whole frontier the least risk."""
    if document["objective"]["method"] == "frontier":
        return line.least.weights  # type: ignore[no-any-return]
    return line.best(document)[1].weights  # type: ignore[no-any-return]
