"""The background jobs: each module declares its own, and a worker finds them by importing this package."""

from modeling.jobs import portfolios, price_reports, prices, simulations

__all__ = ["portfolios", "price_reports", "prices", "simulations"]
