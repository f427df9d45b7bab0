from django.urls import path

from performance import views

app_name = "performance"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("data/", views.data, name="data"),
    path("database/", views.database, name="database"),
    path("database/data/", views.database_data, name="database-data"),
    path("status/", views.status, name="status"),
]
