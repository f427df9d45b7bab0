from django.urls import path

from performance import views, views_cache, views_foresight, views_queries

app_name = "performance"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("data/", views.data, name="data"),
    path("cache/", views_cache.cache_page, name="cache"),
    path("workers/", views.workers, name="workers"),
    path("database/", views.database, name="database"),
    path("database/data/", views.database_data, name="database-data"),
    path("trends/", views_foresight.trends_page, name="trends"),
    path("status/", views.status, name="status"),
    path("queries/", views_queries.queries, name="queries"),
    path("queries/<str:fingerprint>/", views_queries.query, name="query"),
]
