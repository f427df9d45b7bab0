"""The engines' refusals in the words of a document: their fields become the document's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from modeling.codecs.portfolio.fields import KINDS
from modeling.codecs.portfolio.model import Given, InlinePrices, PortfolioModel, Rule
from valor.lib.errors import InvalidInput, Problem

FIELDS = {
    "market": "benchmark",
    "budget": "bounds",
    "lower": "bounds.lower",
    "upper": "bounds.upper",
    "budgets": "objective.budgets",
    "expected_return": "objective.return",
    "target_return": "objective.return",
    "objective.target_return": "objective.return",
    "objective.risk_free": "risk_free",
    "volatility": "objective.risk",
    "level": "objective.beta",
    "linkage": "objective.linkage",
    "effort": "objective",
    "weights": "objective",
    "views": "views.views",
    "market_weights": "views.market_weights",
    "omega": "views.views",
    "risk_aversion": "views.risk_aversion",
    "tau": "views.tau",
    "constraints.costs": "costs",
    "constraints.turnover.current": "current",
}
PRICED = {"mean": "estimators.mean", "covariance": "estimators.covariance", "correlation": "estimators.covariance"}
STATED = {"mean": "assets", "correlation": "covariance"}
WALK = {
    "window": "rules.window",
    "rebalancing": "rules.rebalance",
    "costs": "rules.costs",
    "impact": "rules.costs",
    "initial": "rules.initial",
    "cash_rate": "rules.cash_rate",
    "universe": "prices",
    "currencies": "currency",
}
# Of these fields the rest of the path says which asset, and the message does so, too.
WHOLE = {"bounds", "bounds.lower", "bounds.upper", "objective"}


@contextmanager
def placed(model: PortfolioModel, more: Mapping[str, str] | None = None) -> Iterator[None]:
    """Lets an engine's error pass, its fields renamed; what is in the document's words already stays."""
    try:
        yield
    except InvalidInput as error:
        known = fields_of(model) | dict(more or {})
        error.problems = tuple(
            replace(problem, field=in_document(problem.field, known), value=sent(problem, model))
            for problem in error.problems
        )
        raise


def sent(problem: Problem, model: PortfolioModel) -> Any:
    """The value as the document has it: there bounds of each asset are one for all, and exceptions elsewhere."""
    of_each = problem.field in {"lower", "upper"} and isinstance(problem.value, list)
    return getattr(model, problem.field) if of_each else problem.value


def fields_of(model: PortfolioModel) -> dict[str, str]:
    """The engines' fields and the document's: constraints have their place in its list, prices theirs in the source."""
    source = model.source
    prices = "prices.series" if isinstance(source, InlinePrices) else "prices.tickers"
    looked_at = dict.fromkeys(("returns", "tickers", "scenarios"), prices)
    rules = {f"constraints.{engine_name(rule)}": f"constraints.{rule.place}" for rule in reversed(model.rules)}
    return rules | FIELDS | looked_at | (STATED if isinstance(source, Given) else PRICED)


def engine_name(rule: Rule) -> str:
    """How the engine's paths call a constraint: those of groups and factors by their own names."""
    return rule.name if KINDS[rule.kind].named else rule.kind


def in_document(field: str, known: Mapping[str, str]) -> str:
    """The longest known beginning of a path, replaced."""
    for engine in sorted(known, key=len, reverse=True):
        own = known[engine]
        if field == own or field.startswith(f"{own}."):
            return field
        if field == engine or field.startswith(f"{engine}."):
            return own if own in WHOLE else own + field[len(engine) :].removesuffix(".weights")
    return field
