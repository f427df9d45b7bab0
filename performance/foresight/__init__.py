"""What the stored series lead to expect: trends, forecasts, anomalies, in words."""

from performance.foresight.anomalies import recent_anomalies
from performance.foresight.forecasts import forecasts
from performance.foresight.levels import Forecast
from performance.foresight.trends import Trend, trends

__all__ = ["Forecast", "Trend", "forecasts", "recent_anomalies", "trends"]
