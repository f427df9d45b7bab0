"""The product's addresses, and a few that go wrong in every way."""

import logging
import threading

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError, ProgrammingError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from valor.lib.errors import Conflict, InvalidInput
from valor.urls import handler400, handler403, handler404, handler500
from valor.urls import urlpatterns as product

__all__ = ["handler400", "handler403", "handler404", "handler500"]

ERRORS = {
    "broken": RuntimeError("a secret detail"),
    "database": OperationalError("connection refused"),
    "statement": ProgrammingError("no such column"),
    "forbidden": PermissionDenied(),
    "missing": Http404(),
    "suspicious": SuspiciousOperation("nothing to see"),
    "conflict": Conflict(),
    "invalid": InvalidInput.at("inputs.growth", float("nan"), "NaN is no number.", "Type a percentage."),
}


class Item(serializers.Serializer):
    name = serializers.CharField(max_length=5)
    sizes = serializers.ListField(child=serializers.IntegerField(), required=False)


class Echo(APIView):
    rate_class = "heavy"

    def get(self, request: Request) -> Response:
        return Response({"nan": float("nan"), "list": [float("inf"), 1.5]})

    def post(self, request: Request) -> Response:
        body = Item(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(body.validated_data, status=201)

    def delete(self, request: Request) -> Response:
        return Response(status=204)


class Fails(APIView):
    def get(self, request: Request, kind: str) -> Response:
        raise ERRORS[kind]


meeting = threading.Barrier(2, timeout=20)


@login_not_required
def meets(request: HttpRequest) -> HttpResponse:
    """Answers when two of them are under way."""
    meeting.wait()
    logging.getLogger("tests.meets").warning("met as %s", request.headers["X-Request-ID"])
    return HttpResponse()


@login_not_required
def logs(request: HttpRequest) -> HttpResponse:
    logging.getLogger("tests").warning("At work")
    return HttpResponse()


@login_not_required
def fails(request: HttpRequest, kind: str) -> HttpResponse:
    raise ERRORS[kind]


urlpatterns = [
    path("api/echo/", Echo.as_view()),
    path("api/fails/<str:kind>/", Fails.as_view()),
    path("fails/meets/", meets),
    path("fails/logs/", logs),
    path("fails/<str:kind>/", fails),
    *product,
]
