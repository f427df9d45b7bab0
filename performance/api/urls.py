from django.urls import path

from performance.api import views

urlpatterns = [
    path("health/", views.HealthView.as_view(), name="api-performance-health"),
    path("summary/", views.SummaryView.as_view(), name="api-performance-summary"),
    path("database/", views.DatabaseView.as_view(), name="api-performance-database"),
    path("metrics/database/", views.DatabaseMetricsView.as_view(), name="api-performance-metrics-database"),
    path("metrics/system/", views.SystemMetricsView.as_view(), name="api-performance-metrics-system"),
]
