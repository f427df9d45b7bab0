from django.urls import path

from performance.api import views

urlpatterns = [
    path("health/", views.HealthView.as_view(), name="api-performance-health"),
    path("summary/", views.SummaryView.as_view(), name="api-performance-summary"),
    path("metrics/system/", views.SystemMetricsView.as_view(), name="api-performance-metrics-system"),
]
