from django.urls import path

from performance.api import advice, alerts, cache, foresight, metrics, monitoring, queries, thresholds, views

urlpatterns = [
    path("health/", views.HealthView.as_view(), name="api-performance-health"),
    path("summary/", views.SummaryView.as_view(), name="api-performance-summary"),
    path("actions/", advice.Actions.as_view(), name="api-performance-actions"),
    path("actions/runs/", advice.ActionRuns.as_view(), name="api-performance-action-runs"),
    path("optimize/", advice.Optimize.as_view(), name="api-performance-optimize"),
    path("recommendations/", advice.Recommendations.as_view(), name="api-performance-recommendations"),
    path("recommendations/<int:pk>/", advice.RecommendationDetail.as_view(), name="api-performance-recommendation"),
    path(
        "recommendations/<int:pk>/dismiss/",
        advice.RecommendationDismiss.as_view(),
        name="api-performance-recommendation-dismiss",
    ),
    path(
        "recommendations/<int:pk>/restore/",
        advice.RecommendationRestore.as_view(),
        name="api-performance-recommendation-restore",
    ),
    path(
        "recommendations/<int:pk>/apply/",
        advice.RecommendationApply.as_view(),
        name="api-performance-recommendation-apply",
    ),
    path("cache/", cache.CacheView.as_view(), name="api-performance-cache"),
    path("cache/invalidate/", cache.CacheInvalidateView.as_view(), name="api-performance-cache-invalidate"),
    path("database/", views.DatabaseView.as_view(), name="api-performance-database"),
    path("metrics/", metrics.MetricsView.as_view(), name="api-performance-metrics"),
    path("metrics/<str:category>/", metrics.HistoryView.as_view(), name="api-performance-metrics-history"),
    path("monitoring/", monitoring.MonitoringView.as_view(), name="api-performance-monitoring"),
    path("trends/", foresight.TrendsView.as_view(), name="api-performance-trends"),
    path("queries/", queries.SlowQueries.as_view(), name="api-performance-queries"),
    path("queries/repeated/", queries.RepeatedQueries.as_view(), name="api-performance-queries-repeated"),
    path("queries/<str:fingerprint>/", queries.SlowQueryDetail.as_view(), name="api-performance-query"),
    path("alerts/", alerts.Alerts.as_view(), name="api-performance-alerts"),
    path("alerts/<int:pk>/", alerts.AlertDetail.as_view(), name="api-performance-alert"),
    path("alerts/<int:pk>/acknowledge/", alerts.AlertAcknowledge.as_view(), name="api-performance-alert-acknowledge"),
    path("alerts/<int:pk>/silence/", alerts.AlertSilence.as_view(), name="api-performance-alert-silence"),
    path("silences/", alerts.Silences.as_view(), name="api-performance-silences"),
    path("silences/<int:pk>/", alerts.SilenceDetail.as_view(), name="api-performance-silence"),
    path("thresholds/", thresholds.Thresholds.as_view(), name="api-performance-thresholds"),
    path("thresholds/<int:pk>/", thresholds.ThresholdDetail.as_view(), name="api-performance-threshold"),
    path("thresholds/<int:pk>/reset/", thresholds.ThresholdReset.as_view(), name="api-performance-threshold-reset"),
]
