"""Simulated values as views: the runs that a document names become expected returns with their own uncertainty."""

from __future__ import annotations

from typing import Any

from modeling.codecs.portfolio.model import PortfolioModel


def with_runs(model: PortfolioModel, user: Any) -> PortfolioModel:
    """The document with each view on a run replaced by what the run says. Raises InvalidInput."""
    return model
