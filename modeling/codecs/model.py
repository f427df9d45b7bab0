"""A valuation document once it is read: what it values, in which unit, with which uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from modeling.engines.simulation.distributions import Distribution
from modeling.engines.valuation.inputs import DcfInputs

UNITS = ("units", "thousands", "millions", "billions")


@dataclass(frozen=True)
class Price:
    """The market price of one share."""

    value: float
    date: date | None = None
    source: str = ""


@dataclass(frozen=True)
class Correlation:
    """The correlation of two uncertain drivers' normal scores."""

    between: tuple[str, str]
    value: float


@dataclass(frozen=True)
class DcfModel:
    """One discounted cash flow valuation; `inputs` holds the base case."""

    inputs: DcfInputs
    name: str = ""
    currency: str = "USD"
    unit: str = "millions"
    valuation_date: date | None = None
    price: Price | None = None
    uncertainty: Mapping[str, Distribution] = field(default_factory=dict)
    correlations: tuple[Correlation, ...] = ()
