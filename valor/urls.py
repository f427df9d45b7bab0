"""Every address of the product: pages first, then the API."""

from django.contrib import admin
from django.urls import include, path

from performance.views_metrics import metrics

handler400 = "valor.views.bad_request"
handler403 = "valor.views.forbidden"
handler404 = "valor.views.not_found"
handler500 = "valor.views.server_error"

urlpatterns = [
    path("", include("valor.accounts.urls")),
    path("", include("modeling.urls")),
    path("jobs/", include("tasks.urls")),
    path("performance/", include("performance.urls")),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("api/", include("valor.api")),
]
