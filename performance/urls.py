from django.urls import path

from performance import boards, views, views_cache, views_queries, views_sampling

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
    path("status/", views.status, name="status"),
    path("queries/", views_queries.queries, name="queries"),
    path("queries/<str:fingerprint>/", views_queries.query, name="query"),
]
