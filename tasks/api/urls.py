from django.urls import path

from tasks.api.views import JobCancel, JobDetail, JobList, JobRetry

urlpatterns = [
    path("", JobList.as_view(), name="api-jobs"),
    path("<uuid:job_id>/", JobDetail.as_view(), name="api-job"),
    path("<uuid:job_id>/cancel/", JobCancel.as_view(), name="api-job-cancel"),
    path("<uuid:job_id>/retry/", JobRetry.as_view(), name="api-job-retry"),
]
