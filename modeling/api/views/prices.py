"""Sets of prices: the shared ones, and one's own to make, change and delete."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modeling.api.filters import PriceSetFilter
from modeling.api.parsers import DocumentParser
from modeling.api.permissions import AnalystsWrite
from modeling.api.price_serializers import NewPriceSet, PriceSetChange, PriceSetSerializer
from modeling.models import PriceSet
from modeling.selectors_prices import own_price_set_for, price_set_for, price_sets_for, with_counts
from modeling.services.prices import change_set, create_set, delete_set

EXAMPLE = {
    "name": "Large companies",
    "currency": "USD",
    "frequency": "daily",
    "description": "Closing prices, adjusted for splits and dividends.",
    "source": "Our data provider",
    "licence": "For use inside the company only",
}
IN_USE = OpenApiResponse(description="Something uses the set; `details` says what.")


class PriceSetList(GenericAPIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]
    serializer_class = PriceSetSerializer
    filterset_class = PriceSetFilter

    def get_queryset(self) -> QuerySet[PriceSet]:
        return with_counts(price_sets_for(self.request.user))

    @extend_schema(
        operation_id="price_sets_list",
        summary="The shared sets of prices and your own",
        responses=PriceSetSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(PriceSetSerializer(page, many=True).data)

    @extend_schema(
        operation_id="price_sets_create",
        summary="Make an empty set of your own",
        request=NewPriceSet,
        responses={201: PriceSetSerializer},
        examples=[OpenApiExample("A set", EXAMPLE, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        new = NewPriceSet(data=request.data)
        new.is_valid(raise_exception=True)
        price_set = create_set(owner=request.user, **new.validated_data)
        response = Response(answer(request.user, price_set), status=201)
        response.headers["Location"] = reverse("api-price-set", args=[price_set.pk])
        return response


class PriceSetDetail(APIView):
    permission_classes = [AnalystsWrite]
    parser_classes = [DocumentParser]

    @extend_schema(operation_id="price_set", summary="One set of prices", responses=PriceSetSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(PriceSetSerializer(price_set_for(request.user, pk)).data)

    @extend_schema(
        operation_id="price_set_change",
        summary="Change what is said about a set of your own",
        request=PriceSetChange,
        responses=PriceSetSerializer,
        examples=[OpenApiExample("Another name", {"name": "Large companies, adjusted"}, request_only=True)],
    )
    def patch(self, request: Request, pk: int) -> Response:
        price_set = own_price_set_for(request.user, pk)
        change = PriceSetChange(data=request.data)
        change.is_valid(raise_exception=True)
        return Response(answer(request.user, change_set(price_set, **change.validated_data)))

    @extend_schema(
        operation_id="price_set_delete",
        summary="Delete a set of your own with all of its prices",
        responses={204: None, 409: IN_USE},
    )
    def delete(self, request: Request, pk: int) -> Response:
        delete_set(own_price_set_for(request.user, pk))
        return Response(status=204)


def answer(user: Any, price_set: PriceSet) -> Any:
    return PriceSetSerializer(price_set_for(user, price_set.pk)).data
