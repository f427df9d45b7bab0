"""The background jobs: each module declares its own, and a worker finds them by importing this package."""

from modeling.jobs import fetches, portfolios, prices, simulations

__all__ = ["fetches", "portfolios", "prices", "simulations"]
