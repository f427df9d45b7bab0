"""Companies with their reported facts, valuations with their versions and runs, and sets of prices."""

from modeling.models.company import Company, Fact
from modeling.models.price_import import PriceImport, PriceUpload
from modeling.models.prices import Frequency, PriceBlock, PriceSeries, PriceSet
from modeling.models.run import Run
from modeling.models.valuation import Valuation, ValuationVersion

__all__ = [
    "Company",
    "Fact",
    "Frequency",
    "PriceBlock",
    "PriceImport",
    "PriceSeries",
    "PriceSet",
    "PriceUpload",
    "Run",
    "Valuation",
    "ValuationVersion",
]
