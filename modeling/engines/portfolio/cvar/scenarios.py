"""Possible returns with their probabilities, and what is lost in the worst of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.constraints import shown
from valor.lib.errors import Problem

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scenarios:
    """Possible returns of every asset over one period.

    Attributes
    ----------
    returns : shape (n, s), decimals per period, no NaN: one row per asset
    weights : probabilities of shape (s,), adding up to 1
    level : the share of outcomes that the value at risk covers, such as 0.95
    """

    returns: Array
    weights: Array
    level: float

    @property
    def most(self) -> Array:
        """The greatest weight of each scenario in the mean of the tail."""
        return self.weights / (1 - self.level)

    @property
    def size(self) -> float:
        """How much returns differ, on average over the assets; above zero."""
        return max(float(np.mean(np.std(self.returns, axis=1))), 1e-12)


def scenarios_of(returns: Any, *, level: float = 0.95, weights: Any = None) -> Scenarios:
    """The checked scenarios; without weights all are alike. Raises EngineError naming what can't be used."""
    figures = np.asarray(returns, dtype=np.float64)
    if figures.ndim != 2 or 0 in figures.shape:
        shape = " x ".join(map(str, figures.shape)) or "a number"
        remedy = "Give one row per asset and one column per scenario."
        raise EngineError(problems=[Problem("scenarios", shape, "This is no table of returns.", remedy)])
    count = figures.shape[1]
    chances = np.full(count, 1.0) if weights is None else np.asarray(weights, dtype=np.float64)
    faults = []
    if not np.all(np.isfinite(figures)):
        asset, scenario = np.argwhere(~np.isfinite(figures))[0]
        message = f"The return of asset {asset + 1} in scenario {scenario + 1} is not finite."
        faults.append(
            Problem("scenarios", str(figures[asset, scenario]), message, "Leave the scenario out, or fill it.")
        )
    if chances.shape != (count,) or not np.all(np.isfinite(chances)) or np.any(chances < 0) or not chances.sum() > 0:
        message = f"There are {count} scenarios; each needs a finite weight of 0 or more, and one above 0."
        faults.append(Problem("weights", str(chances.shape), message, "Give one weight per scenario, or none at all."))
    if not 0 < level < 1:
        message = "The level does not lie between 0 and 1."
        faults.append(Problem("level", shown(level), message, "Give a level such as 0.95."))
    if faults:
        raise EngineError("These scenarios can't be used.", problems=faults)
    return Scenarios(figures, chances / chances.sum(), float(level))


def value_at_risk(losses: Array, scenarios: Scenarios) -> float:
    """The least loss that is not passed with probability ``level``; *losses* of shape (s,)."""
    order = np.argsort(losses)
    covered = np.cumsum(scenarios.weights[order])
    place = int(np.searchsorted(covered, scenarios.level - 1e-12))
    return float(losses[order[min(place, len(order) - 1)]])


def expected_shortfall(losses: Array, scenarios: Scenarios) -> float:
    """The mean loss of the worst 1 - ``level`` of outcomes; *losses* of shape (s,)."""
    at_risk = value_at_risk(losses, scenarios)
    return at_risk + float(scenarios.most @ np.maximum(losses - at_risk, 0.0))
