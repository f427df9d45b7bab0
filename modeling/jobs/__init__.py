"""The background jobs: each module declares its own, and a worker finds them by importing this package."""

from modeling.jobs import fetches, portfolios, price_reports, prices, simulations

__all__ = ["fetches", "portfolios", "price_reports", "prices", "simulations"]
