from django.urls import path

from performance import (
    boards,
    views,
    views_alerts,
    views_cache,
    views_queries,
    views_sampling,
    views_settings,
)

app_name = "performance"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("data/", views.data, name="data"),
    path("cache/", views_cache.cache_page, name="cache"),
    path("cache/data/", views.data_of(boards.CACHE_BOARD), name="cache-data"),
    path("requests/", views.page_of(boards.REQUESTS), name="requests"),
    path("requests/data/", views.data_of(boards.REQUESTS), name="requests-data"),
    path("processes/", views.page_of(boards.PROCESSES), name="processes"),
    path("processes/data/", views.data_of(boards.PROCESSES), name="processes-data"),
    path("sampling/", views_sampling.control, name="sampling"),
    path("workers/", views.workers, name="workers"),
    path("workers/data/", views.data_of(boards.WORKERS), name="workers-data"),
    path("database/", views.page_of(boards.DATABASE_BOARD), name="database"),
    path("database/data/", views.data_of(boards.DATABASE_BOARD), name="database-data"),
    path("alerts/", views_alerts.alerts, name="alerts"),
    path("alerts/<int:pk>/", views_alerts.alert, name="alert"),
    path("alerts/<int:pk>/data/", views_alerts.alert_data, name="alert-data"),
    path("alerts/<int:pk>/acknowledge/", views_alerts.acknowledge, name="alert-acknowledge"),
    path("alerts/<int:pk>/silence/", views_alerts.silence, name="alert-silence"),
    path("settings/", views_settings.settings, name="settings"),
    path("settings/silences/", views_settings.add_silence, name="silences"),
    path("settings/silences/<int:pk>/lift/", views_settings.lift_silence, name="silence-lift"),
    path("settings/test/", views_settings.try_channels, name="alerts-test"),
    path("settings/thresholds/<int:pk>/", views_settings.threshold, name="threshold"),
    path("settings/thresholds/<int:pk>/reset/", views_settings.reset, name="threshold-reset"),
    path("status/", views.status, name="status"),
    path("queries/", views_queries.queries, name="queries"),
    path("queries/<str:fingerprint>/", views_queries.query, name="query"),
]
