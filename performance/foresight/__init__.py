"""What the stored series lead to expect: trends, forecasts, anomalies, in words.

Who asks first for a trend or a forecast loads NumPy; the sampler, and most other processes, do without.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from performance.foresight.anomalies import recent_anomalies

if TYPE_CHECKING:
    from performance.foresight.levels import Forecast
    from performance.foresight.trending import Trend

__all__ = ["forecasts", "recent_anomalies", "trends"]


def trends(now: datetime) -> list[Trend]:
    """Every main figure that was measured in the last day, those that changed first."""
    from performance.foresight import trending

    return trending.trends(now)


def forecasts(now: datetime) -> list[Forecast]:
    """What can be foretold; first what reaches its limit, the soonest first."""
    from performance.foresight import forecasting

    return forecasting.forecasts(now)
