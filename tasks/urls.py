from django.urls import path

from tasks import views

app_name = "tasks"
urlpatterns = [
    path("", views.job_list, name="jobs"),
    path("retry-failed/", views.retry_failed, name="retry-failed"),
    path("<uuid:job_id>/", views.job_detail, name="job"),
    path("<uuid:job_id>/cancel/", views.cancel, name="cancel"),
    path("<uuid:job_id>/retry/", views.retry, name="retry"),
]
