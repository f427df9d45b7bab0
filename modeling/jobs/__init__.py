"""The background jobs: each module declares its own, and a worker finds them by importing this package."""

from modeling.jobs import portfolios, prices, simulations

__all__ = ["portfolios", "prices", "simulations"]
