"""The keys of a portfolio document, and what each figure may be."""

from __future__ import annotations

from dataclasses import dataclass, field

from modeling.codecs.reading import Numeric

TOP = (
    "name",
    "currency",
    "prices",
    "assets",
    "covariance",
    "estimators",
    "risk_free",
    "bounds",
    "constraints",
    "current",
    "benchmark",
    "factors",
    "costs",
    "views",
    "objective",
)

RATE = Numeric(low=-1.0, high=1.0, rate=True, default=0.0)
RETURN = Numeric(low=-1.0, high=5.0, rate=True, required=True)
COVARIANCE = Numeric(low=-1e6, high=1e6)
WEIGHT = Numeric(low=-10.0, high=10.0, rate=True)
LOADING = Numeric(low=-1e6, high=1e6)
PRICE = Numeric(low=0.0, low_open=True)
SHARE = Numeric(low=0.0, high=1.0, rate=True)
RISK = Numeric(low=0.0, high=10.0, rate=True)
POSITIVE = Numeric(low=0.0, low_open=True, high=1e6)
CONFIDENCE = Numeric(low=0.0, high=1.0, rate=True)
HORIZON = Numeric(low=0.25, high=30.0, default=3.0)

MOST_ASSETS = 5000
MOST_DAYS = 50_000
MOST_RULES = 200
MOST_VIEWS = 200
MOST_FACTORS = 50
MOST_POINTS = 500


@dataclass(frozen=True)
class Kind:
    """What a constraint of one kind is made of: figures by name, a list of members, weights under some key."""

    figures: dict[str, Numeric] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    members: bool = False
    weights: str = ""
    named: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        own = ("members",) if self.members else (self.weights,) if self.weights else ()
        return ("kind", "name", *self.figures, *own)


KINDS: dict[str, Kind] = {
    "group": Kind({"lower": WEIGHT, "upper": WEIGHT}, members=True, named=True),
    "factor": Kind({"lower": LOADING, "upper": LOADING}, weights="loadings", named=True),
    "turnover": Kind({"limit": RISK}, needed=("limit",)),
    "tracking_error": Kind({"limit": RISK}, needed=("limit",), weights="benchmark"),
    "leverage": Kind({"gross": POSITIVE}, needed=("gross",)),
    "cardinality": Kind({"most": POSITIVE}, needed=("most",)),
    "minimum_position": Kind({"size": SHARE}, needed=("size",)),
}

OBJECTIVES = (
    "min_variance",
    "max_sharpe",
    "max_return",
    "target_return",
    "target_risk",
    "max_utility",
    "min_tracking_error",
    "frontier",
    "risk_parity",
    "hrp",
    "max_diversification",
    "min_cvar",
    "black_litterman",
    "equal_weight",
)
LINKAGES = ("single", "complete", "average", "ward")
