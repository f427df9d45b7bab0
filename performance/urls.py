from django.urls import path

from performance import views, views_cache

app_name = "performance"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("data/", views.data, name="data"),
    path("cache/", views_cache.cache_page, name="cache"),
    path("workers/", views.workers, name="workers"),
    path("status/", views.status, name="status"),
]
