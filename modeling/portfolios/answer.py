"""A portfolio as JSON: what to hold, what to expect of it, where its risk comes from, and on what all that rests."""

from __future__ import annotations

from typing import Any

import numpy as np

from modeling.codecs.portfolio.model import Objective, PortfolioModel
from modeling.engines.portfolio.decomposition import RiskDecomposition, by_group, decompose
from modeling.engines.portfolio.problem import Array, Solution
from modeling.portfolios.data import Data, refuse_stale, weights_of
from modeling.portfolios.past import past_of
from modeling.portfolios.request import ENGINE_VERSION
from modeling.portfolios.solve import held, solve, solve_points
from modeling.portfolios.task import Task, Watch, nobody, task_of
from modeling.portfolios.views import told

HELD = 1e-9  # weights smaller than this are rounding
FRONTIER = "frontier"
OTHER = "other"


def optimise_model(model: PortfolioModel, data: Data | None = None, watch: Watch = nobody) -> dict[str, Any]:
    """The answer to a document. Raises InvalidInput, among it the reasons why no portfolio meets all constraints."""
    task = task_of(model, data, watch)
    refuse_stale(task.data)
    answer: dict[str, Any] = {"objective": model.objective.method, "engine": ENGINE_VERSION, "assets": list(task.names)}
    if model.objective.method == FRONTIER:
        answer["points"] = [plain(task, point) for point in solve_points(task)]
    else:
        answer |= whole(task, solve(task))
    return answer | {"current": current(task), "estimates": estimates(task), "data": data_told(task.data)}


def plain(task: Task, solution: Solution) -> dict[str, Any]:
    """One portfolio: weights by ticker, return, risk and Sharpe ratio; decimals per year."""
    certificate = solution.certificate
    return {
        "weights": weights_told(task.names, solution.weights),
        "expected_return": solution.expected_return,
        "volatility": solution.volatility,
        "sharpe": sharpe(solution, task.model.risk_free),
        "method": solution.method,
        "certificate": certificate
        and {
            "stationarity": certificate.stationarity,
            "complementarity": certificate.complementarity,
            "feasibility": certificate.feasibility,
            "holds": certificate.holds,
        },
        "details": solution.details,
    }


def whole(task: Task, solution: Solution) -> dict[str, Any]:
    """The chosen portfolio: the sources of its risk, how it would have done, and the way to it from what is held."""
    weights = solution.weights
    more = {"risk": risk(task, weights), "past": past_of(weights, task.data), "trades": trades(task, weights)}
    return plain(task, solution) | more


def weights_told(names: tuple[str, ...], weights: Array) -> dict[str, float]:
    """What is held; the assets that are not named are at zero."""
    return {name: float(weight) for name, weight in zip(names, weights, strict=True) if abs(weight) > HELD}


def sharpe(solution: Solution, risk_free: float) -> float | None:
    return (solution.expected_return - risk_free) / solution.volatility if solution.volatility > 0 else None


def risk(task: Task, weights: Array) -> dict[str, Any] | None:
    """Each asset's share of the volatility; None for a portfolio without any."""
    covariance = task.problem.covariance
    if not float(weights @ covariance @ weights) > 0:
        return None
    parts = decompose(weights, covariance)
    shares = {name: float(share) for name, share in zip(task.names, parts.share, strict=True) if abs(share) > HELD}
    return {
        "share": shares,
        "groups": groups(task, parts),
        "diversification_ratio": parts.diversification_ratio,
        "effective_names": parts.effective_names,
        "effective_bets": parts.effective_bets,
    }


def groups(task: Task, parts: RiskDecomposition) -> dict[str, float] | None:
    """Each group's share of the volatility, assets without one under "other"; None where no asset has any."""
    known = task.data.groups if task.data else {}
    names = [known.get(name, "") for name in task.names]
    if not any(names):
        return None
    found = by_group(parts, [name or OTHER for name in names])
    return {name: float(part) / found.total for name, part in zip(found.names, found.parts, strict=True)}


def trades(task: Task, weights: Array) -> dict[str, Any] | None:
    """From the weights held now to the new ones, as shares of the portfolio; None where nothing is held."""
    model = task.model
    if not model.current:
        return None
    change = weights - weights_of(task.names, model.current, "current")
    bought, sold = float(change[change > 0].sum()), float(-change[change < 0].sum())
    return {
        "change": weights_told(task.names, change),
        "turnover": (bought + sold) / 2,
        "cost": model.costs.buy * bought + model.costs.sell * sold,
    }


def current(task: Task) -> dict[str, Any] | None:
    """What is held now, measured by the same estimates."""
    if not task.model.current:
        return None
    weights = weights_of(task.names, task.model.current, "current")
    return whole_of_held(task, weights)


def whole_of_held(task: Task, weights: Array) -> dict[str, Any]:
    return plain(task, held(task, weights, "held now")) | {
        "risk": risk(task, weights),
        "past": past_of(weights, task.data),
    }


def estimates(task: Task) -> dict[str, Any]:
    """What the answer rests on: expected return and volatility of each asset, and what was done to the figures."""
    figures, problem = task.estimates, task.problem
    deviations = np.sqrt(np.maximum(np.diag(problem.covariance), 0.0))
    return {
        "mean_method": figures.mean_method,
        "covariance_method": figures.covariance_method,
        "expected_return": dict(zip(figures.names, problem.mean.tolist(), strict=True)),
        "volatility": dict(zip(figures.names, deviations.tolist(), strict=True)),
        "notes": [*(note.message for note in figures.notes), *unseen(task), *unused(task.model.objective)],
        "views": told(task.posterior) if task.posterior else None,
    }


def unused(objective: Objective) -> list[str]:
    """The stated figures that the method does not look at."""
    stated = {
        "return": (objective.target_return, ("target_return", "min_cvar")),
        "risk": (objective.target_risk, ("target_risk",)),
        "budgets": (objective.budgets, ("risk_parity",)),
    }
    return [
        f"{objective.method} does not look at objective.{key}: that is for {' and '.join(methods)}."
        for key, (figure, methods) in stated.items()
        if figure and objective.method not in methods
    ]


def unseen(task: Task) -> list[str]:
    """A word where Black and Litterman's method was given nothing to add to the market."""
    if task.model.views is None or task.model.views.views:
        return []
    whose = "the market's weights" if task.model.views.market_weights else "equal weights, as no market's are stated"
    return [f"No views are stated: what is expected follows from {whose}."]


def data_told(data: Data | None) -> dict[str, Any] | None:
    """Which prices were looked at; None where the document states its estimates."""
    if data is None:
        return None
    return {
        "source": data.source,
        "currency": data.currency,
        "revision": data.revision,
        "from": str(data.assets.dates[0]),
        "to": str(data.assets.dates[-1]),
        "returns": data.returns.shape[1],
        "periods_per_year": data.periods_per_year,
    }
