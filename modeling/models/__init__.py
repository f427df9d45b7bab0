"""Companies with their reported facts, valuations with their versions, and the runs made from them."""

from modeling.models.company import Company, Fact
from modeling.models.run import Run
from modeling.models.valuation import Valuation, ValuationVersion

__all__ = ["Company", "Fact", "Run", "Valuation", "ValuationVersion"]
