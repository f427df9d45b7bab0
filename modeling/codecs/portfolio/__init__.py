"""Portfolio documents to engine dataclasses and back: the one bridge, and the one place where they are validated."""

from modeling.codecs.portfolio.dump import dump_portfolio
from modeling.codecs.portfolio.model import PortfolioModel
from modeling.codecs.portfolio.parse import parse_portfolio

__all__ = ["PortfolioModel", "dump_portfolio", "parse_portfolio"]
