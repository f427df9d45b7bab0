"""The estimators of mean and covariance as inputs; what they are and take is declared where they are made."""

from __future__ import annotations

from functools import cache

from modeling.forms.portfolio.fields import Choices, Field, Group

SIDES = (("mean", "Expected returns"), ("covariance", "Covariance"))
RATES = ("market_premium",)
KINDS = {"integer": "number", "number": "number", "choice": "choice", "flag": "flag"}
FACTORS = Field("factors", "Given factors", "tickers", "tickers looked at and not held")


@cache
def estimators() -> Group:
    """The choice of both methods, and below each every parameter that one of them has."""
    fields = [field for side, label in SIDES for field in side_of(side, label)]
    return Group("estimators", "Estimators", (*fields, FACTORS))


@cache
def methods(side: str) -> Choices:
    return tuple((estimator.name, estimator.label) for estimator in registry(side))


def registry(side: str):  # type: ignore[no-untyped-def]
    from modeling.engines.portfolio.estimators import catalogue  # late: it loads NumPy, see modeling.simulation_request

    return catalogue.mean_estimators if side == "mean" else catalogue.covariance_estimators


def side_of(side: str, label: str) -> list[Field]:
    """A parameter that several methods share is one input, shown with each of them."""
    found: dict[str, Field] = {}
    for estimator in registry(side):
        for parameter in estimator.parameters:
            users = (*found[parameter.name].needed_by, estimator.name) if parameter.name in found else (estimator.name,)
            kind = "rate" if parameter.name in RATES else KINDS[parameter.kind]
            words = parameter.name.replace("_", " ").capitalize()
            found[parameter.name] = Field(
                f"estimators.{side}.{parameter.name}",
                words,
                kind,  # type: ignore[arg-type]
                parameter.meaning.rstrip("."),
                choices=tuple((choice, choice.replace("_", " ")) for choice in parameter.choices),
                needed_by=users,
                unit="%" if kind == "rate" else "",
            )
    return [Field(f"estimators.{side}.method", label, "choice", choices=methods(side)), *found.values()]


def defaults(side: str, method: str) -> dict[str, object]:
    """What each parameter of a method is where nothing is stated."""
    return {
        parameter.name: parameter.default
        for estimator in registry(side)
        if estimator.name == method
        for parameter in estimator.parameters
    }
