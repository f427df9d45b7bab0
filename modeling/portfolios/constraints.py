"""The constraints of a document as the engines take them: names become places in the order of the assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from modeling.codecs.portfolio.model import PortfolioModel, Rule
from modeling.engines.portfolio.constraints import (
    Cardinality,
    Constraints,
    FactorExposure,
    GroupBound,
    Leverage,
    MinimumPosition,
    TrackingError,
    TransactionCosts,
    Turnover,
    constraints_of,
)
from modeling.portfolios.data import weights_of
from valor.lib.errors import InvalidInput

Names = tuple[str, ...]
Groups = Mapping[str, str]


def constraints(model: PortfolioModel, names: Names, groups: Groups) -> Constraints:
    """Everything beyond bounds and budget; the costs of trading among it, where there are any."""
    items = [READERS[rule.kind](model, rule, names, groups) for rule in model.rules]
    if model.costs.buy or model.costs.sell:
        held = weights_of(names, model.current, "current")
        items.append(TransactionCosts(held, model.costs.buy, model.costs.sell, model.costs.holding))
    return constraints_of(*items)


def group(model: PortfolioModel, rule: Rule, names: Names, groups: Groups) -> GroupBound:
    """The members as listed; without a list those whose group in the price set has this name."""
    members = rule.members or tuple(name for name in names if groups.get(name, "").lower() == rule.name.lower())
    if not members:
        known = ", ".join(sorted(set(groups.values()))[:20]) or "none"
        remedy = f"List its members; the groups of the price set are: {known}."
        raise InvalidInput.at(
            f"constraints.{rule.place}.members", rule.name, f"No asset belongs to the group {rule.name}.", remedy
        )
    return GroupBound(rule.name, members, *limits(rule))


def factor(model: PortfolioModel, rule: Rule, names: Names, groups: Groups) -> FactorExposure:
    loadings = weights_of(names, rule.weights, f"constraints.{rule.place}.loadings")
    return FactorExposure(rule.name, loadings, *limits(rule))


def limits(rule: Rule) -> tuple[float, float]:
    return rule.figures.get("lower", -np.inf), rule.figures.get("upper", np.inf)


def turnover(model: PortfolioModel, rule: Rule, names: Names, groups: Groups) -> Turnover:
    return Turnover(weights_of(names, model.current, "current"), rule.figures["limit"])


def tracking_error(model: PortfolioModel, rule: Rule, names: Names, groups: Groups) -> TrackingError:
    """Against stated weights; without any, against the weights held now, or equal ones."""
    if rule.weights:
        against = weights_of(names, rule.weights, f"constraints.{rule.place}.benchmark")
    else:
        against = benchmark_weights(model, names)
    return TrackingError(against, rule.figures["limit"])


def benchmark_weights(model: PortfolioModel, names: Names) -> Any:
    """The weights to be tracked or held now; equal ones where none are."""
    if model.tracked or model.current:
        return weights_of(names, model.tracked or model.current, "current")
    return np.full(len(names), 1.0 / len(names))


def leverage(model: PortfolioModel, rule: Rule, names: Names, groups: Groups) -> Leverage:
    return Leverage(rule.figures["gross"])


def cardinality(model: PortfolioModel, rule: Rule, names: Names, groups: Groups) -> Cardinality:
    most = rule.figures["most"]
    return Cardinality(int(most) if most == int(most) else most)  # type: ignore[arg-type]


def minimum_position(model: PortfolioModel, rule: Rule, names: Names, groups: Groups) -> MinimumPosition:
    return MinimumPosition(rule.figures["size"])


READERS: dict[str, Callable[[PortfolioModel, Rule, Names, Groups], Any]] = {
    "group": group,
    "factor": factor,
    "turnover": turnover,
    "tracking_error": tracking_error,
    "leverage": leverage,
    "cardinality": cardinality,
    "minimum_position": minimum_position,
}
