"""Valuations: their documents, versions and results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.api.answers import created
from modeling.api.filters import ValuationFilter
from modeling.api.parsers import DocumentParser
from modeling.api.permissions import AnalystsWrite
from modeling.api.serializers import (
    Edit,
    NewValuation,
    PartialEdit,
    ValuationDetailSerializer,
    ValuationSerializer,
    VersionSerializer,
)
from modeling.examples import DOCUMENT
from modeling.models import Company, Valuation, ValuationVersion
from modeling.selectors import company_for, valuation_for, valuations_for, versions_of
from modeling.services import create_valuation, delete_valuation, save_document
from valor.lib.errors import InvalidInput, NotFound

STALE = OpenApiResponse(description="Somebody saved in the meantime; `details` holds the current version.")


class ValuationList(GenericAPIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    serializer_class = ValuationSerializer
    filterset_class = ValuationFilter

    def get_queryset(self) -> QuerySet[Valuation]:
        return valuations_for(self.request.user).defer("document")

    @extend_schema(
        operation_id="valuations_list",
        summary="Your valuations, the latest change first",
        responses=ValuationSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(ValuationSerializer(page, many=True).data)

    @extend_schema(
        operation_id="valuations_create",
        summary="Store a document as a new valuation",
        request=NewValuation,
        responses={201: ValuationDetailSerializer},
        examples=[OpenApiExample("A document", {"document": DOCUMENT}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        new = NewValuation(data=request.data)
        new.is_valid(raise_exception=True)
        sent = new.validated_data
        valuation = create_valuation(
            owner=request.user,
            document=sent["document"],
            company=chosen_company(request.user, sent.get("company")),
            name=sent.get("name", ""),
        )
        return created(valuation)


def chosen_company(user: Any, pk: int | None) -> Company | None:
    if pk is None:
        return None
    try:
        return company_for(user, pk)
    except NotFound as error:
        raise InvalidInput.at(
            "company", pk, "There is no such company that you may see.", "Take the id of one in /api/companies/."
        ) from error


class ValuationDetail(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]

    @extend_schema(
        operation_id="valuation", summary="One valuation with its result", responses=ValuationDetailSerializer
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(ValuationDetailSerializer(valuation_for(request.user, pk)).data)

    @extend_schema(
        operation_id="valuation_replace",
        summary="Save a whole document as a new version",
        request=Edit,
        responses={200: ValuationDetailSerializer, 409: STALE},
        examples=[OpenApiExample("A document", {"version": 3, "document": DOCUMENT}, request_only=True)],
    )
    def put(self, request: Request, pk: int) -> Response:
        valuation = valuation_for(request.user, pk)
        edit = Edit(data=request.data)
        edit.is_valid(raise_exception=True)
        sent = edit.validated_data
        saved = save_document(
            valuation, sent["document"], expected_version=sent["version"], overwrite=sent["overwrite"]
        )
        return Response(ValuationDetailSerializer(saved).data)

    @extend_schema(
        operation_id="valuation_change",
        summary="Change parts of the document; null takes a key away",
        request=PartialEdit,
        responses={200: ValuationDetailSerializer, 409: STALE},
        examples=[
            OpenApiExample("Another growth", {"version": 3, "document": {"inputs": {"growth": 0.1}}}, request_only=True)
        ],
    )
    def patch(self, request: Request, pk: int) -> Response:
        valuation = valuation_for(request.user, pk)
        edit = PartialEdit(data=request.data)
        edit.is_valid(raise_exception=True)
        sent = edit.validated_data
        document = merged(valuation.document, sent.get("document", {}))
        if "name" in sent:
            document["name"] = sent["name"]
        return Response(
            ValuationDetailSerializer(save_document(valuation, document, expected_version=sent["version"])).data
        )

    @extend_schema(
        operation_id="valuation_delete", summary="Delete a valuation with its versions and runs", responses={204: None}
    )
    def delete(self, request: Request, pk: int) -> Response:
        delete_valuation(valuation_for(request.user, pk))
        return Response(status=204)


def merged(target: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    """*target* with *patch* merged in, as RFC 7396 says."""
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            result[key] = merged(result.get(key), value)
        else:
            result[key] = value
    return result


class VersionList(ListAPIView):
    serializer_class = VersionSerializer
    filter_backends = []

    def get_queryset(self) -> QuerySet[ValuationVersion]:
        if getattr(self, "swagger_fake_view", False):
            return ValuationVersion.objects.none()
        return versions_of(valuation_for(self.request.user, self.kwargs["pk"]))

    @extend_schema(operation_id="valuation_versions", summary="Every saved document, the newest first")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class Calculation(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]

    @extend_schema(
        operation_id="valuations_value",
        summary="Value a document without storing it",
        description="The body is the document itself. Money is in its unit, rates are decimals per year.",
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
        examples=[
            OpenApiExample("A document", DOCUMENT, request_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        from modeling.codecs import value_document

        return Response(value_document(cast("dict[str, Any]", request.data), timezone.localdate()))
