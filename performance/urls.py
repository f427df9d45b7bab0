from django.urls import path

from performance import views

app_name = "performance"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("data/", views.data, name="data"),
    path("workers/", views.workers, name="workers"),
    path("status/", views.status, name="status"),
]
