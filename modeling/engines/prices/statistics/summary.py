"""The statistics of a whole set of prices at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from modeling.engines.prices.panel import Array, Panel
from modeling.engines.prices.returns import returns_of
from modeling.engines.prices.statistics.correlation import Correlation, correlation_of
from modeling.engines.prices.statistics.measures import Measures, measures_of
from modeling.engines.prices.statistics.settings import Settings
from modeling.engines.prices.statistics.state import StatisticsState, state_of
from modeling.engines.prices.statistics.tails import Tail, historical_tail


@dataclass(frozen=True)
class SetStatistics:
    """Figures of every ticker and the correlation of all, under the settings they were made with.

    ``measures`` and ``historical`` hold arrays in the order of ``tickers``; `ticker` reads one of them out.
    """

    tickers: tuple[str, ...]
    settings: Settings
    first_day: np.datetime64
    last_day: np.datetime64
    measures: Measures
    historical: Tail
    correlation: Correlation | None

    def ticker(self, name: str) -> dict[str, Any]:
        """One ticker's figures by name, the tails as dictionaries of theirs; NaN where there is none."""
        row = self.tickers.index(name)
        figures = {key: _at(value, row) for key, value in vars(self.measures).items()}
        return {"ticker": name, **figures, "historical": _at(self.historical, row)}


def statistics_of(
    panel: Panel,
    settings: Settings | None = None,
    *,
    market: Any = None,
    risk_free: Any = None,
    correlation: bool = True,
) -> SetStatistics:
    """All measures of the set; the arguments and errors are those of `state_of`."""
    settings = settings or Settings()
    state = state_of(panel, settings, market=market, risk_free=risk_free)
    return completed(state, panel, correlation=correlation)


def completed(state: StatisticsState, panel: Panel, *, correlation: bool = True) -> SetStatistics:
    """The measures of a state, and those that need the returns of its whole period, which *panel* holds."""
    settings = state.settings
    returns = _returns(panel, settings)
    matrix = correlation_of(returns) if correlation else None
    return SetStatistics(
        state.tickers,
        settings,
        np.datetime64(state.first_day, "D"),
        np.datetime64(state.last_day, "D"),
        measures_of(state),
        historical_tail(returns, settings.confidence),
        matrix,
    )


def _returns(panel: Panel, settings: Settings) -> Array:
    if len(panel.days) < 2:
        return np.full((len(panel.tickers), 1), np.nan)
    return returns_of(panel, settings.kind, spanned=settings.spanned, limit_days=settings.limit_days)


def _at(value: Any, row: int) -> Any:
    return {key: part[row] for key, part in vars(value).items()} if isinstance(value, Tail) else value[row]
