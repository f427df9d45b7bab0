"""Kept weights side by side: under the estimates that the portfolio has today, and over the prices they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modeling.engines.portfolio.comparison import Comparison, Terms, compare
from valor.lib.errors import InvalidInput

Weights = Mapping[str, float]


def compared(kept: Mapping[str, Weights], line: Any | None) -> Comparison:
    """*line* is the portfolio's frontier as it stands, None where it has none; what it does not know is left out."""
    names = line.task.names if line is not None else ()
    if line is None or any(name not in names for held in kept.values() for name in held):
        return compare(kept)
    known: dict[str, Any] = {"covariance": line.task.problem.covariance, "tickers": names}
    data = line.task.data
    if data is None:
        return compare(kept, **known)
    terms = Terms(data.periods_per_year, line.task.model.risk_free)
    try:
        return compare(kept, panel=data.assets, terms=terms, **known)
    except InvalidInput:  # no common days, or everything lost: the weights can be compared all the same
        return compare(kept, **known)
