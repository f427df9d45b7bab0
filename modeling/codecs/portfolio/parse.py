"""A raw portfolio document into a model, or one error with all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modeling.codecs.portfolio import fields
from modeling.codecs.portfolio.lists import by_ticker, tickers
from modeling.codecs.portfolio.model import Costs, Estimator, Objective, PortfolioModel, Views
from modeling.codecs.portfolio.rules import read_rules
from modeling.codecs.portfolio.sources import read_source
from modeling.codecs.portfolio.views import read_views
from modeling.codecs.reading import MISSING, Numeric, Reader, described, refuse
from modeling.engines.portfolio.estimators.catalogue import covariance_estimators, mean_estimators
from modeling.engines.portfolio.estimators.registry import Registry
from valor.lib.errors import InvalidInput, Problem

OBJECTIVE_KEYS = ("method", "return", "risk", "risk_aversion", "beta", "points", "budgets", "linkage")
RISK_AVERSION = Numeric(low=0.0, low_open=True, high=1e4, default=2.5)
BETA = Numeric(low=0.5, high=1.0, high_open=True, default=0.95)
HOLDING = Numeric(low=0.0, low_open=True, high=100.0, default=1.0)
COST = Numeric(low=0.0, high=0.5, rate=True, default=0.0)
LOWER = Numeric(low=-10.0, high=1.0, rate=True, default=0.0)
UPPER = Numeric(low=-1.0, high=10.0, rate=True, default=1.0)


def parse_portfolio(raw: Mapping[str, Any]) -> PortfolioModel:
    """The model that a portfolio document describes.

    Raises
    ------
    InvalidInput
        Once, with every problem found: field, value, message and remedy.
    """
    if not isinstance(raw, Mapping):
        raise InvalidInput.at("document", None, f"{described(raw)} is not a portfolio document.", "Give an object.")
    problems: list[Problem] = []
    document = Reader(raw, "", fields.TOP, problems)
    lower, upper, by_asset = read_bounds(document)
    mean, covariance = read_estimators(document)
    objective = read_objective(document)
    views = read_views(document)
    if views is None and objective.method == "black_litterman":
        views = Views()  # without any view the market itself is the answer
    model = PortfolioModel(
        source=read_source(document),
        objective=objective,
        name=document.text("name"),
        currency=read_currency(document),
        mean=mean,
        covariance=covariance,
        risk_free=document.needed("risk_free", fields.RATE),
        lower=lower,
        upper=upper,
        by_asset=by_asset,
        rules=read_rules(document),
        current=by_ticker(document, "current", fields.WEIGHT),
        benchmark=document.text("benchmark", 40),
        factors=tickers(document, "factors", fields.MOST_FACTORS),
        costs=read_costs(document),
        views=views,
    )
    refuse([*problems, *missing_parts(model)])
    return model


def read_currency(document: Reader) -> str:
    """Empty for that of the prices."""
    value = document.text("currency", 3)
    if value and not (len(value) == 3 and value.isascii() and value.isalpha()):
        document.report("currency", value, "It is not a currency.", "Give the three letters of ISO 4217, such as USD.")
    return value.upper()


def read_bounds(document: Reader) -> tuple[float, float, dict[str, tuple[float, float]]]:
    section = document.section("bounds", ("lower", "upper", "by_asset")) or Reader({}, "bounds", (), [])
    lower, upper = section.needed("lower", LOWER), section.needed("upper", UPPER)
    crossed(section, lower, upper)
    value = section.get("by_asset")
    if value is not MISSING and not isinstance(value, Mapping):
        section.report("by_asset", value, f"{described(value)} is not an object.", 'Give {"AAPL": {"upper": 0.05}}.')
    found = {}
    for name, raw in value.items() if isinstance(value, Mapping) else ():
        path = section.at(f"by_asset.{name}")
        if not isinstance(raw, Mapping):
            section.report(f"by_asset.{name}", raw, f"{described(raw)} is not an object.", 'Give {"upper": 0.05}.')
            continue
        own = Reader(raw, path, ("lower", "upper"), document.problems)
        low, high = own.number("lower", LOWER_OWN), own.number("upper", UPPER_OWN)
        pair = (lower if low is None else low, upper if high is None else high)
        crossed(own, *pair)
        found[str(name).strip()] = pair
    return lower, upper, found


LOWER_OWN = Numeric(low=-10.0, high=10.0, rate=True)
UPPER_OWN = Numeric(low=-10.0, high=10.0, rate=True)


def crossed(section: Reader, lower: float, upper: float) -> None:
    if lower > upper:
        section.report("lower", lower, f"It is above the upper bound {upper:g}.", "Lower the one or raise the other.")


def read_estimators(document: Reader) -> tuple[Estimator, Estimator]:
    section = document.section("estimators", ("mean", "covariance")) or Reader({}, "estimators", (), [])
    return (
        read_estimator(section, "mean", mean_estimators, "historical"),
        read_estimator(section, "covariance", covariance_estimators, "ledoit_wolf"),
    )


def read_estimator(section: Reader, key: str, offered: Registry, default: str) -> Estimator:
    """A method by name alone, or an object with its parameters; what it takes is declared with the estimators."""
    value = section.get(key)
    value = default if value is MISSING else value
    raw = {"method": value} if isinstance(value, str) else value
    if not isinstance(raw, Mapping):
        section.report(key, value, f"{described(value)} is not an estimator.", f'Give a name such as "{default}".')
        return Estimator(default)
    try:
        chosen, parameters = offered.chosen({"name": raw.get("method"), **without(raw, "method")})
    except InvalidInput as error:
        for problem in error.problems:
            field = problem.field if "." in problem.field else f"{key}.method"
            section.report(field, problem.value, problem.message, problem.remedy)
        return Estimator(default)
    stated = {name: figure for name, figure in parameters.items() if figure is not None}
    if "span" in stated and "half_life" in stated:
        message = "There is a span as well as a half-life."
        section.report(f"{key}.half_life", stated["half_life"], message, "Give the one or the other.")
    return Estimator(chosen.name, stated)


def without(raw: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The others that are stated."""
    return {name: value for name, value in raw.items() if name != key and value is not None}


def read_objective(document: Reader) -> Objective:
    value = document.get("objective")
    if isinstance(value, str):
        document = Reader(
            {**document.raw, "objective": {"method": value}}, document.path, fields.TOP, document.problems
        )
    section = document.section("objective", OBJECTIVE_KEYS)
    if section is None:
        if value is MISSING:
            remedy = f"Choose one of {', '.join(fields.OBJECTIVES)}."
            document.report("objective", MISSING, "It is missing.", remedy)
        return Objective("min_variance")
    return Objective(
        method=section.choice("method", fields.OBJECTIVES),
        target_return=section.number("return", Numeric(low=-1.0, high=5.0, rate=True)),
        target_risk=section.number("risk", fields.RISK),
        risk_aversion=section.needed("risk_aversion", RISK_AVERSION),
        beta=section.needed("beta", BETA),
        points=section.whole("points", 2, fields.MOST_POINTS, 50),
        budgets=by_ticker(section, "budgets", fields.SHARE),
        linkage=section.choice("linkage", fields.LINKAGES, "single"),
    )


def read_costs(document: Reader) -> Costs:
    section = document.section("costs", ("buy", "sell", "holding"))
    if section is None:
        return Costs()
    return Costs(section.needed("buy", COST), section.needed("sell", COST), section.needed("holding", HOLDING))


def missing_parts(model: PortfolioModel) -> list[Problem]:
    """What an objective or a constraint can't do without."""
    needs = {
        "target_return": ("objective.return", model.objective.target_return, "Give the return to reach, such as 0.08."),
        "target_risk": ("objective.risk", model.objective.target_risk, "Give the volatility to keep to, such as 0.15."),
    }
    found = []
    if model.objective.method in needs:
        field, figure, remedy = needs[model.objective.method]
        if figure is None:
            found.append(Problem(field, None, f"The objective {model.objective.method} needs it.", remedy))
    kinds = {rule.kind for rule in model.rules}
    if "turnover" in kinds and not model.current:
        found.append(Problem("current", None, "A limit of turnover needs it.", "Give the weights held now, by ticker."))
    return found
