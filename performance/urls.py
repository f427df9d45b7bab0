from django.urls import path

from performance import views, views_advice, views_cache, views_queries

app_name = "performance"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("data/", views.data, name="data"),
    path("cache/", views_cache.cache_page, name="cache"),
    path("workers/", views.workers, name="workers"),
    path("database/", views.database, name="database"),
    path("database/data/", views.database_data, name="database-data"),
    path("recommendations/", views_advice.recommendations_page, name="recommendations"),
    path("recommendations/<int:pk>/dismiss/", views_advice.dismiss, name="recommendation-dismiss"),
    path("recommendations/<int:pk>/restore/", views_advice.restore, name="recommendation-restore"),
    path("recommendations/<int:pk>/apply/", views_advice.apply, name="recommendation-apply"),
    path("status/", views.status, name="status"),
    path("queries/", views_queries.queries, name="queries"),
    path("queries/<str:fingerprint>/", views_queries.query, name="query"),
]
