"""The API's addresses. Every path answers with and without its final slash (valor.middleware.ApiPath)."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from performance.api.schema import KeptSchemaGenerator

urlpatterns = [
    path("", include("valor.accounts.api.urls")),
    path("", include("modeling.api.urls")),
    path("jobs/", include("tasks.api.urls")),
    path("performance/", include("performance.api.urls")),
    path("schema/", login_not_required(SpectacularAPIView.as_view(generator_class=KeptSchemaGenerator)), name="schema"),
    path(
        "docs/",
        login_not_required(SpectacularSwaggerSplitView.as_view(url_name="schema")),
        name="docs",
    ),
]
