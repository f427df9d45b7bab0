from django.urls import path

from performance.api import cache, views

urlpatterns = [
    path("health/", views.HealthView.as_view(), name="api-performance-health"),
    path("summary/", views.SummaryView.as_view(), name="api-performance-summary"),
    path("cache/", cache.CacheView.as_view(), name="api-performance-cache"),
    path("cache/invalidate/", cache.CacheInvalidateView.as_view(), name="api-performance-cache-invalidate"),
    path("metrics/system/", views.SystemMetricsView.as_view(), name="api-performance-metrics-system"),
]
