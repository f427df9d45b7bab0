"""Imports of prices: sending a file, seeing how it would be read, following what becomes of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.api.permissions import AnalystsWrite
from modeling.api.serializers_imports import (
    ImportOptions,
    ImportQueuedSerializer,
    ImportUpload,
    InspectionSerializer,
    PriceImportDetailSerializer,
    PriceImportSerializer,
)
from modeling.api.uploads import UploadParser, file_in, options_in, refuse_large_body
from modeling.models import PriceImport
from modeling.selectors import job_states
from modeling.selectors_imports import import_for, imports_for
from modeling.services.price_imports import inspect, set_for_import, start_import
from tasks.selectors import job_for, summary_of


class PriceImportList(GenericAPIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [UploadParser]
    serializer_class = PriceImportSerializer
    filter_backends = []
    rate_class = "heavy"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_large_body(request)
        super().initial(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[PriceImport]:
        return imports_for(self.request.user).defer("report", "layouts")

    @extend_schema(
        operation_id="price_imports_list",
        summary="Your imports of prices, the newest first",
        responses=PriceImportSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        context = {"states": job_states(page, request.user)}
        return self.get_paginated_response(PriceImportSerializer(page, many=True, context=context).data)

    @extend_schema(
        operation_id="price_imports_start",
        summary="Import a file of prices in the background, or see how it would be read",
        description=(
            "The body is multipart: `file`, and `options` as a JSON text. With `dry_run` the answer is 200 with the "
            "layout that was recognised and the first lines as they would be read. What is not certain must be stated "
            "in the options' `layout` before the file is imported."
        ),
        request={"multipart/form-data": ImportUpload},
        responses={
            200: InspectionSerializer,
            202: OpenApiResponse(
                ImportQueuedSerializer, description="Queued: poll the address in `Location` until its state is `done`."
            ),
            409: OpenApiResponse(description="Too many imports of yours wait already."),
        },
        examples=[
            OpenApiExample(
                "Options",
                {"file": "(the bytes)", "options": '{"set_name": "My prices", "layout": {"date_format": "dmy"}}'},
                request_only=True,
                media_type="multipart/form-data",
            )
        ],
    )
    def post(self, request: Request) -> Response:
        upload = file_in(request)
        options = ImportOptions(data=options_in(request))
        options.is_valid(raise_exception=True)
        sent = options.validated_data
        if sent["dry_run"]:
            return Response(inspect(upload, name=upload.name, stated=sent["layout"]))
        place = {"pk": sent.get("price_set"), "name": sent.get("set_name", ""), "currency": sent["currency"]}
        begun = start_import(
            owner=request.user,
            price_set=partial(set_for_import, owner=request.user, **place),
            upload=upload,
            name=upload.name,
            stated=sent["layout"],
            rule=sent["rule"],
            duplicates=sent["duplicates"],
        )
        return accepted(begun, request.user)


def accepted(begun: PriceImport, user: Any) -> Response:
    """202 with the job of an import, and where both stand."""
    assert begun.job_id is not None
    place = {"price_import": begun.pk, "import_url": reverse("api-price-import", args=[begun.pk])}
    response = Response({**summary_of(job_for(user, begun.job_id)), **place}, status=202)
    response.headers["Location"] = reverse("api-job", args=[begun.job_id])
    response.headers["Retry-After"] = "1"
    return response


class PriceImportDetail(APIView):
    @extend_schema(
        operation_id="price_import",
        summary="One import: how the file is read, and what became of each ticker",
        responses=PriceImportDetailSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        found = import_for(request.user, pk)
        context = {"states": job_states([found], request.user)}
        return Response(PriceImportDetailSerializer(found, context=context).data)
