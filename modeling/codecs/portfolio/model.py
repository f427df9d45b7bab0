"""A portfolio document once it is read. Everything names assets by their tickers; rates are decimals per year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from modeling.engines.portfolio.problem import Array
from modeling.engines.prices.panel import Panel

Frequency = Literal["own", "daily", "weekly", "monthly"]
"""How often prices are looked at; "own" is as often as they are stored."""
PERIODS: dict[str, int] = {"daily": 252, "weekly": 52, "monthly": 12}
"""How many returns make a year."""


@dataclass(frozen=True)
class StoredPrices:
    """Tickers of a stored price set and the period looked at; no tickers means all of them."""

    price_set: int
    tickers: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    frequency: Frequency = "own"


@dataclass(frozen=True)
class InlinePrices:
    """Prices that stand in the document itself."""

    panel: Panel
    frequency: Frequency = "own"


@dataclass(frozen=True)
class Given:
    """Expected returns and covariance as stated, without prices behind them."""

    names: tuple[str, ...]
    mean: Array
    covariance: Array


Source = StoredPrices | InlinePrices | Given


@dataclass(frozen=True)
class Estimator:
    """A method by its name, and its parameters."""

    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def choice(self) -> dict[str, Any]:
        """As the engine takes it."""
        return {"name": self.method, **self.settings}


@dataclass(frozen=True)
class Rule:
    """One constraint beyond the bounds: its kind, its figures, the assets it speaks of, its place in the list."""

    kind: str
    name: str
    figures: Mapping[str, float] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    place: int = field(default=0, compare=False)


@dataclass(frozen=True)
class AssetView:
    """An expected return of a long side over a short side; how sure it is, as a confidence or a variance.

    A view on one asset alone has no short side. ``source`` says where it came from.
    """

    long: Mapping[str, float]
    short: Mapping[str, float]
    value: float
    confidence: float | None = None
    variance: float | None = None
    source: str = ""


@dataclass(frozen=True)
class ValuationView:
    """A simulated value that the price is expected to reach over a horizon in years."""

    asset: str
    valuation: int
    run: int
    horizon: float
    price: float | None = None


@dataclass(frozen=True)
class Views:
    """Black and Litterman's part: the market's weights (by default equal), its price of risk, and the views."""

    market_weights: Mapping[str, float] = field(default_factory=dict)
    risk_aversion: float = 2.5
    tau: float = 0.05
    views: tuple[AssetView | ValuationView, ...] = ()


@dataclass(frozen=True)
class Objective:
    """What is looked for, and the figure it needs."""

    method: str
    target_return: float | None = None
    target_risk: float | None = None
    risk_aversion: float = 2.5
    beta: float = 0.95
    points: int = 50
    budgets: Mapping[str, float] = field(default_factory=dict)
    linkage: str = "single"


@dataclass(frozen=True)
class Costs:
    """Proportional to what is traded; the expected return pays for them over ``holding`` years."""

    buy: float = 0.0
    sell: float = 0.0
    holding: float = 1.0


@dataclass(frozen=True)
class PortfolioModel:
    """What to choose from, how it is estimated, what is allowed, and what is looked for.

    ``tracked`` are the weights that a limit of the tracking error looks at where it states none; empty for ``current``.
    """

    source: Source
    objective: Objective
    name: str = ""
    currency: str = ""
    mean: Estimator = Estimator("historical")
    covariance: Estimator = Estimator("ledoit_wolf")
    risk_free: float = 0.0
    lower: float = 0.0
    upper: float = 1.0
    by_asset: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    current: Mapping[str, float] = field(default_factory=dict)
    tracked: Mapping[str, float] = field(default_factory=dict)
    benchmark: str = ""
    factors: tuple[str, ...] = ()
    costs: Costs = Costs()
    views: Views | None = None
