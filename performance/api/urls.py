from django.urls import path

from performance.api import cache, foresight, queries, views

urlpatterns = [
    path("health/", views.HealthView.as_view(), name="api-performance-health"),
    path("summary/", views.SummaryView.as_view(), name="api-performance-summary"),
    path("cache/", cache.CacheView.as_view(), name="api-performance-cache"),
    path("cache/invalidate/", cache.CacheInvalidateView.as_view(), name="api-performance-cache-invalidate"),
    path("database/", views.DatabaseView.as_view(), name="api-performance-database"),
    path("metrics/database/", views.DatabaseMetricsView.as_view(), name="api-performance-metrics-database"),
    path("metrics/system/", views.SystemMetricsView.as_view(), name="api-performance-metrics-system"),
    path("trends/", foresight.TrendsView.as_view(), name="api-performance-trends"),
    path("queries/", queries.SlowQueries.as_view(), name="api-performance-queries"),
    path("queries/repeated/", queries.RepeatedQueries.as_view(), name="api-performance-queries-repeated"),
    path("queries/<str:fingerprint>/", queries.SlowQueryDetail.as_view(), name="api-performance-query"),
]
