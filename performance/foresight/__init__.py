"""What the stored series lead to expect: trends, forecasts, anomalies, in words.

NumPy is loaded when somebody asks: it must not be there yet when workers are forked, and the sampler can do without.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from performance.foresight.anomalies import recent_anomalies

if TYPE_CHECKING:
    from performance.foresight.levels import Forecast
    from performance.foresight.shifts import Trend

__all__ = ["forecasts", "recent_anomalies", "trends"]


def trends(now: datetime) -> list[Trend]:
    """The last 24 hours of each main metric against the day and the week before."""
    from performance.foresight import shifts

    return shifts.trends(now)


def forecasts(now: datetime) -> list[Forecast]:
    """What fills up or grows, and when, where that can be foretold better than "as now"."""
    from performance.foresight import fills

    return fills.forecasts(now)
