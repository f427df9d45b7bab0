"""An API view that reads one row, and its address: what every request costs besides is a large part of it."""

from __future__ import annotations

from django.urls import path
from rest_framework.decorators import api_view, authentication_classes, permission_classes, renderer_classes
from rest_framework.decorators import throttle_classes as throttled_by
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from benchmarks.orm import ALIAS
from performance.models import SlowQuery


@api_view()
@authentication_classes([])
@permission_classes([])
@throttled_by([])
@renderer_classes([JSONRenderer])
def read(request: Request, pk: int) -> Response:
    row = SlowQuery.objects.using(ALIAS).get(pk=pk)
    return Response({"fingerprint": row.fingerprint, "count": row.count, "worst": row.worst})


urlpatterns = [path("rows/<int:pk>/", read)]
