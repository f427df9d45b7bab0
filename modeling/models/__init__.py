"""Companies with their reported facts, valuations with their versions and runs, sets of prices, and portfolios."""

from modeling.models.company import Company, Fact
from modeling.models.portfolio import Portfolio, PortfolioResult, PortfolioVersion, ResultKind
from modeling.models.price_import import PriceImport, PriceUpload
from modeling.models.prices import Frequency, PriceBundle, PriceSeries, PriceSet
from modeling.models.run import Run
from modeling.models.valuation import Valuation, ValuationVersion

__all__ = [
    "Company",
    "Fact",
    "Frequency",
    "Portfolio",
    "PortfolioResult",
    "PortfolioVersion",
    "PriceBundle",
    "PriceImport",
    "PriceSeries",
    "PriceSet",
    "PriceUpload",
    "ResultKind",
    "Run",
    "Valuation",
    "ValuationVersion",
]
