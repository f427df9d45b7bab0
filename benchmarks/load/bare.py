"""An API view that reads one row, with the authentication, roles, rate limit and envelope of every view of ours."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.api.views import READERS
from performance.models import SamplerLease


class RowSerializer(serializers.ModelSerializer[SamplerLease]):
    class Meta:
        model = SamplerLease
        fields = ("host", "interval", "renewed_at")


class Row(APIView):
    permission_classes = READERS

    def get(self, request: Request, host: str) -> Response:
        return Response(RowSerializer(SamplerLease.objects.get(host=host)).data)


urlpatterns = [path("api/rows/<str:host>/", Row.as_view())]
