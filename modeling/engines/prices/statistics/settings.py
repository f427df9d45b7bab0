"""How statistics are computed: part of their state, since figures under other settings do not add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from modeling.engines.errors import EngineError
from modeling.engines.prices.returns import check_kind, check_limits, check_periods
from valor.lib.errors import Problem

RISKMETRICS: Final = 0.94
"""The decay of daily squared returns in J. P. Morgan/Reuters, RiskMetrics Technical Document (1996), section 5.3."""


@dataclass(frozen=True)
class Settings:
    """What the statistics assume.

    Parameters
    ----------
    periods_per_year : 252 for daily prices, 52 for weekly, 12 for monthly
    risk_free : decimal per year; it is the target of the Sortino ratio, too
    kind : "simple" or "log" returns
    decay : of the exponentially weighted variance, for each return the ticker has
    confidence : of value at risk and expected shortfall, 0.5 up to but not 1
    spanned, limit_days : which gaps a return bridges (see `returns_of`)
    """

    periods_per_year: float = 252.0
    risk_free: float = 0.0
    kind: str = "simple"
    decay: float = RISKMETRICS
    confidence: float = 0.95
    spanned: int = 0
    limit_days: int | None = None

    def __post_init__(self) -> None:
        check_kind(self.kind)
        check_limits(self.spanned, self.limit_days)
        check_periods(self.periods_per_year)
        problems = []
        if not 0 < self.decay < 1:
            problems.append(Problem("decay", self.decay, "It is not between 0 and 1.", "Give one such as 0.94."))
        if not 0.5 <= self.confidence < 1:
            remedy = "Give one such as 0.95."
            problems.append(Problem("confidence", self.confidence, "It is not from 0.5 to below 1.", remedy))
        if not -1 < self.risk_free < float("inf"):
            remedy = "Give a decimal per year, such as 0.02."
            problems.append(Problem("risk_free", self.risk_free, "It is not a rate above -1.", remedy))
        if problems:
            raise EngineError(problems=problems)
