from django.urls import path

from tasks.api import views

urlpatterns = [
    path("", views.JobList.as_view(), name="api-jobs"),
    path("kinds/", views.KindList.as_view(), name="api-job-kinds"),
    path("workers/", views.WorkerList.as_view(), name="api-job-workers"),
    path("<uuid:job_id>/", views.JobDetail.as_view(), name="api-job"),
    path("<uuid:job_id>/cancel/", views.JobCancel.as_view(), name="api-job-cancel"),
    path("<uuid:job_id>/retry/", views.JobRetry.as_view(), name="api-job-retry"),
    path("<uuid:job_id>/result/", views.JobResult.as_view(), name="api-job-result"),
]
