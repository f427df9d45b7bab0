"""The exact efficient frontier under bounds and budget, by a critical line algorithm of our own."""

from modeling.engines.portfolio.critical_line.frontier import Frontier
from modeling.engines.portfolio.critical_line.trace import trace_frontier

__all__ = ["Frontier", "trace_frontier"]
