"""A page that reads one row."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.urls import path


def row(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ContentType.objects.values_list("model", flat=True)[0])


urlpatterns = [path("", row)]
