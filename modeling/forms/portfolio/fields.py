"""The inputs of the portfolio page, declared once: path in the document, label, kind, and the group they stand in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "rate", "number", "date", "choice", "flag", "tickers", "weights", "bounds", "groups", "views"]
LINES = ("tickers", "weights", "bounds", "groups", "views")
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Field:
    """One input. Its name in the form is its path in the document; ids replace the dots.

    ``needed_by`` are the choices of another select with which it is shown; empty for always.
    """

    path: str
    label: str
    kind: Kind
    hint: str = ""
    choices: Choices = ()
    needed_by: tuple[str, ...] = ()
    unit: str = ""

    @property
    def key(self) -> str:
        return self.path.replace(".", "-")

    @property
    def is_lines(self) -> bool:
        return self.kind in LINES


@dataclass(frozen=True)
class Group:
    """Inputs that stand together; a closed group shows its values in its summary."""

    name: str
    title: str
    fields: tuple[Field, ...]


OBJECTIVES: Choices = (
    ("max_sharpe", "Greatest Sharpe ratio"),
    ("min_variance", "Least risk"),
    ("target_return", "Least risk at a return"),
    ("target_risk", "Greatest return at a risk"),
    ("max_return", "Greatest return"),
    ("max_utility", "Greatest utility"),
    ("min_tracking_error", "Least tracking error"),
    ("min_cvar", "Least expected shortfall"),
    ("risk_parity", "Equal shares of risk"),
    ("hrp", "Hierarchical risk parity"),
    ("max_diversification", "Greatest diversification"),
    ("black_litterman", "Black-Litterman"),
    ("equal_weight", "Equal weights"),
    ("frontier", "The whole frontier"),
)
FREQUENCIES: Choices = (("own", "As stored"), ("daily", "Daily"), ("weekly", "Weekly"), ("monthly", "Monthly"))
LINKAGES: Choices = (("single", "Single"), ("complete", "Complete"), ("average", "Average"), ("ward", "Ward"))

SIGHT = Group(
    "goal",
    "Goal",
    (
        Field("name", "Name", "text"),
        Field("prices.set", "Price set", "choice"),
        Field("objective.method", "Objective", "choice", choices=OBJECTIVES),
        Field(
            "objective.return",
            "Return to reach",
            "rate",
            "a year",
            needed_by=("target_return", "min_cvar"),
            unit="%",
        ),
        Field("objective.risk", "Risk to keep to", "rate", "volatility a year", needed_by=("target_risk",), unit="%"),
        Field("objective.risk_aversion", "Risk aversion", "number", needed_by=("max_utility",)),
        Field("objective.beta", "Confidence of the shortfall", "rate", needed_by=("min_cvar",), unit="%"),
        Field("objective.linkage", "Linkage", "choice", choices=LINKAGES, needed_by=("hrp",)),
        Field("objective.points", "Points", "number", "of the frontier", needed_by=("frontier",)),
        Field("bounds.lower", "Least weight", "rate", "of each asset; below zero allows short positions", unit="%"),
        Field("bounds.upper", "Greatest weight", "rate", "of each asset", unit="%"),
        Field("risk_free", "Risk-free rate", "rate", "a year", unit="%"),
        Field("benchmark", "Benchmark", "text", "a ticker of the price set, compared with and not held"),
    ),
)
PRICES = Group(
    "prices",
    "Assets and period",
    (
        Field("prices.tickers", "Tickers", "tickers", "all of the price set where it is empty"),
        Field("prices.from", "From", "date"),
        Field("prices.to", "To", "date"),
        Field("prices.frequency", "Frequency", "choice", choices=FREQUENCIES),
    ),
)
LIMITS = Group(
    "limits",
    "Limits",
    (
        Field("bounds.by_asset", "Bounds of single assets", "bounds", "one a line: AAPL 0 to 5 %"),
        Field(
            "groups",
            "Groups",
            "groups",
            "one a line: Banks 0 to 20 %: BAC, JPM; without members those whose sector has this name",
        ),
        Field("turnover.limit", "Turnover", "rate", "at most, from what is held now", unit="%"),
        Field("tracking_error.limit", "Tracking error", "rate", "at most, against what is held now", unit="%"),
        Field("leverage.gross", "Gross exposure", "rate", "at most; 100 is without leverage", unit="%"),
        Field("cardinality.most", "Number of names", "number", "at most"),
        Field("minimum_position.size", "Smallest position", "rate", "of what is held at all", unit="%"),
    ),
)
HELD = Group(
    "held",
    "Held now and costs",
    (
        Field("current", "Weights held now", "weights", "one a line: AAPL 12 %"),
        Field("costs.buy", "Cost of buying", "rate", "of what is bought", unit="%"),
        Field("costs.sell", "Cost of selling", "rate", "of what is sold", unit="%"),
        Field("costs.holding", "Years held", "number", "over which the return pays for the costs"),
    ),
)
VIEWS = Group(
    "views",
    "Views",
    (
        Field(
            "views.views",
            "What you expect",
            "views",
            "one a line: AAPL 8 % confidence 50 %, or BBY over WMT 2 %; for the objective Black-Litterman, and for "
            "every other that looks at expected returns",
        ),
        Field("views.market_weights", "Weights of the market", "weights", "one a line; equal ones where it is empty"),
        Field("views.risk_aversion", "The market's price of risk", "number"),
        Field("views.tau", "Uncertainty of the market's expectations", "number", "tau"),
    ),
)
LIMIT_FIELDS = ("turnover.limit", "tracking_error.limit", "leverage.gross", "cardinality.most", "minimum_position.size")
