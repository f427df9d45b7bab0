from django.urls import path

from performance.api import cache, metrics, queries, views

urlpatterns = [
    path("health/", views.HealthView.as_view(), name="api-performance-health"),
    path("summary/", views.SummaryView.as_view(), name="api-performance-summary"),
    path("cache/", cache.CacheView.as_view(), name="api-performance-cache"),
    path("cache/invalidate/", cache.CacheInvalidateView.as_view(), name="api-performance-cache-invalidate"),
    path("database/", views.DatabaseView.as_view(), name="api-performance-database"),
    path("metrics/", metrics.MetricsView.as_view(), name="api-performance-metrics"),
    path("metrics/<str:category>/", metrics.HistoryView.as_view(), name="api-performance-metrics-history"),
    path("queries/", queries.SlowQueries.as_view(), name="api-performance-queries"),
    path("queries/repeated/", queries.RepeatedQueries.as_view(), name="api-performance-queries-repeated"),
    path("queries/<str:fingerprint>/", queries.SlowQueryDetail.as_view(), name="api-performance-query"),
]
