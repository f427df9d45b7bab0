"""A document walked forward through its prices: at each decision it is solved anew on what was known by then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from modeling.codecs.portfolio.model import Given, PortfolioModel, Rule
from modeling.codecs.portfolio.walk import rules_of
from modeling.engines.portfolio.backtest.run import backtest
from modeling.engines.portfolio.backtest.strategies import Context
from modeling.engines.portfolio.backtest.track import Backtest, Decision, Track
from modeling.engines.portfolio.estimators.errors import TooLittleOverlap
from modeling.engines.prices.panel import Array, Panel
from modeling.engines.prices.returns import returns_of
from modeling.portfolios.answer import FRONTIER, data_told
from modeling.portfolios.data import Data, data_of, quotes_of
from modeling.portfolios.places import WALK, placed
from modeling.portfolios.request import ENGINE_VERSION
from modeling.portfolios.solve import solve
from modeling.portfolios.task import Watch, task_of
from valor.lib.errors import InvalidInput

Progress = Callable[[int, int], None]
Keep = Callable[[Decision], None]
MOST_POINTS = 1000
MOST_EVENTS = 200


def check_walkable(model: PortfolioModel) -> None:
    """Refuses what no backtest can be made of, before any price is read."""
    if model.objective.method == FRONTIER:
        remedy = "Choose an objective that ends in a single portfolio, such as max_sharpe."
        raise InvalidInput.at("objective.method", FRONTIER, "A whole frontier can't be held.", remedy)
    if model.views is not None and model.views.views:
        remedy = "Leave the views out; without any the method follows the market's weights."
        message = "What is expected today was not known on the days of the past."
        raise InvalidInput.at("views.views", len(model.views.views), message, remedy)
    if isinstance(model.source, Given):
        remedy = "Give a price set, or prices in the document."
        raise InvalidInput.at("prices", None, "There are no prices to walk through.", remedy)


def walk_model(
    model: PortfolioModel,
    walk: Mapping[str, Any],
    *,
    data: Data | None = None,
    made: Iterable[Decision] = (),
    progress: Progress = lambda done, total: None,
    keep: Keep = lambda decision: None,
) -> dict[str, Any]:
    """The backtest of a document as JSON, next to equal weights and the benchmark; *data* where it is known already.

    Raises InvalidInput.
    """
    check_walkable(model)
    data = data or data_of(model)
    assert data is not None
    far = HowFar(progress)
    with placed(model, WALK):
        found = backtest(
            data.panel,
            strategy_of(model, data, far.again),
            rules_of(walk, data.periods_per_year, model.risk_free),
            universe=data.names,
            benchmark=model.benchmark or None,
            made=made,
            progress=far,
            keep=keep,
        )
    return told(found, model, walk, data)


class HowFar:
    """Reports how far the walk is, also in the course of a long decision."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.last = progress, (0, 1)

    def __call__(self, done: int, total: int) -> None:
        self.last = done, total
        self.progress(done, total)

    def again(self, *_: int) -> None:
        self.progress(*self.last)


def strategy_of(model: PortfolioModel, data: Data, watch: Watch) -> Callable[[Panel, Context], Array]:
    """Solves the document on the past that it is given, and of benchmark and factors on what they were by that day.

    Where gaps leave too little in common, only the assets without any are chosen from.
    """

    def decide(past: Panel, context: Context) -> Array:
        try:
            return decided(past, context)
        except TooLittleOverlap:
            whole = np.flatnonzero(np.isfinite(past.prices).all(axis=1))
            if not 0 < len(whole) < len(past.tickers):
                raise
            weights = np.zeros(len(past.tickers))
            known = past.only(past.tickers[row] for row in whole)
            weights[whole] = decided(known, replace(context, weights=context.weights[whole]))
            return weights

    def decided(past: Panel, context: Context) -> Array:
        held = dict(zip(past.tickers, context.weights.tolist(), strict=True))
        own = narrowed(model, past.tickers, held)
        before = data.panel.between(int(past.days[0]), context.day)
        seen = Data(
            assets=past,
            returns=returns_of(past),
            periods_per_year=data.periods_per_year,
            panel=past,
            latest=quotes_of(past),
            benchmark=returns_of(before.only([model.benchmark]))[0] if model.benchmark else None,
            factors=returns_of(before.only(model.factors)) if model.factors else None,
            groups=data.groups,
        )
        return solve(task_of(own, seen, watch)).weights

    return decide


def narrowed(model: PortfolioModel, names: tuple[str, ...], held: Mapping[str, float]) -> PortfolioModel:
    """The document as far as it speaks of assets that can be held on this day, from what is held then.

    As long as all is cash nothing is traded away from: the first purchase is no turnover. What is tracked without a
    benchmark are the weights that the document states, not how they have drifted.
    """
    known = set(names)
    invested = any(held.values())
    own = {name: pair for name, pair in model.by_asset.items() if name in known}
    bound = (rule for rule in model.rules if invested or rule.kind != "turnover")
    rules = tuple(rule for rule in (narrowed_rule(rule, known) for rule in bound) if rule is not None)
    views = model.views and replace(model.views, market_weights=only(model.views.market_weights, known))
    budgets = only(model.objective.budgets, known)
    objective = replace(model.objective, budgets=budgets)
    return replace(
        model,
        by_asset=own,
        rules=rules,
        views=views,
        objective=objective,
        current=held if invested else {},
        tracked=filled(model.current, known) or dict.fromkeys(names, 1.0 / len(names)),
    )


def narrowed_rule(rule: Rule, known: set[str]) -> Rule | None:
    """None where it speaks of nothing that is left."""
    if rule.members:
        members = tuple(name for name in rule.members if name in known)
        return replace(rule, members=members) if members else None
    weights = filled(rule.weights, known)
    return replace(rule, weights=weights) if weights or not rule.weights else None


def filled(weights: Mapping[str, float], known: set[str]) -> dict[str, float]:
    """The weights of what is known, raised to the former sum; nothing where nothing of it is known."""
    kept, whole = only(weights, known), sum(weights.values())
    total = sum(kept.values())
    return {name: weight * whole / total for name, weight in kept.items()} if total and whole else kept


def only(figures: Mapping[str, float], known: set[str]) -> dict[str, float]:
    return {name: figure for name, figure in figures.items() if name in known}


def told(found: Backtest, model: PortfolioModel, walk: Mapping[str, Any], data: Data) -> dict[str, Any]:
    first = found.strategy
    events = [asdict(event) | {"day": iso(event.day)} for event in first.log[:MOST_EVENTS]]
    return {
        "engine": ENGINE_VERSION,
        "objective": model.objective.method,
        "rules": dict(walk),
        "tracks": [track_told(track) for track in found.tracks],
        "weights": [
            {"decided": iso(done.decided), "traded": iso(done.traded), "turnover": done.turnover}
            | {"weights": held_told(first.tickers, done.after)}
            for done in first.rebalances
        ],
        "events": events,
        "more_events": max(len(first.log) - MOST_EVENTS, 0),
        "data": data_told(data),
    }


def track_told(track: Track) -> dict[str, Any]:
    """The path of the money, at most so many points of it, and its measures."""
    places = np.unique(np.linspace(0, len(track.days) - 1, MOST_POINTS).astype(int))
    return {
        "name": track.name,
        "days": [iso(day) for day in track.days[places]],
        "values": track.values[places].tolist(),
        "performance": asdict(track.performance),
        "turnover": track.turnover,
        "cost_drag": track.cost_drag,
        "costs": float(track.costs.sum()),
        "rebalances": len(track.rebalances),
    }


def held_told(names: tuple[str, ...], weights: Array) -> dict[str, float]:
    return {name: float(weight) for name, weight in zip(names, weights, strict=True) if weight}


def iso(day: Any) -> str:
    return str(np.datetime64(int(day), "D"))
