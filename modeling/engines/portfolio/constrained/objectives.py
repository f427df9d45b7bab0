"""What a portfolio is to be best at. Figures are decimals per year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.constraints import figures_faults, shown
from modeling.engines.portfolio.problem import MeanVariance
from valor.lib.errors import Problem


@dataclass(frozen=True)
class MinimumVariance:
    """The least variance."""


@dataclass(frozen=True)
class MaximumReturn:
    """The greatest expected return after costs, at a volatility of at most ``risk`` where one is given."""

    risk: float | None = None


@dataclass(frozen=True)
class MinimumRisk:
    """The least variance at an expected return after costs of at least ``target_return``."""

    target_return: float


@dataclass(frozen=True)
class MaximumSharpe:
    """The greatest expected return after costs above ``risk_free``, per unit of volatility."""

    risk_free: float = 0.0


@dataclass(frozen=True)
class MaximumUtility:
    """The greatest of: expected return after costs - ``risk_aversion`` / 2 * variance."""

    risk_aversion: float


@dataclass(frozen=True)
class MinimumTrackingError:
    """The least volatility of the difference to ``benchmark``."""

    benchmark: Any


Objective = MinimumVariance | MaximumReturn | MinimumRisk | MaximumSharpe | MaximumUtility | MinimumTrackingError


def checked_objective(objective: Objective, problem: MeanVariance) -> None:
    """Refuses figures that can't be used."""
    faults = list(_faults(objective, problem))
    if faults:
        raise EngineError("This can't be optimised for.", problems=faults)


def _faults(objective: Objective, problem: MeanVariance) -> Iterator[Problem]:
    match objective:
        case MinimumTrackingError(benchmark):
            yield from figures_faults("objective.benchmark", benchmark, problem)
        case MaximumReturn(risk) if risk is not None and not 0 <= risk < np.inf:
            message = "The volatility is negative or not finite."
            yield Problem("objective.risk", shown(risk), message, "Give a volatility per year such as 0.15.")
        case MinimumRisk(target) if not np.isfinite(target):
            message = "The return asked for is not finite."
            yield Problem("objective.target_return", shown(target), message, "Give a return such as 0.08.")
        case MaximumSharpe(rate) if not np.isfinite(rate):
            yield Problem("objective.risk_free", shown(rate), "The rate is not finite.", "Give a rate such as 0.02.")
        case MaximumUtility(aversion) if not 0 <= aversion < np.inf:
            message = "The risk aversion is negative or not finite."
            yield Problem("objective.risk_aversion", shown(aversion), message, "Give a number such as 3.")
        case _:
            return
