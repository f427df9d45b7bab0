"""Dashboards of one's own: read, made, replaced and removed, by whoever holds a role."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.api.views import READERS
from performance.dashboards import layout, selectors, services
from performance.dashboards.models import Dashboard, Shared
from performance.dashboards.options import Option
from performance.dashboards.widgets import Widget, kinds
from valor.lib.fields import Choice, Strict, Text, WholeNumber

HIGHEST = 2**31 - 2  # version


def panel_schema(kind: type[Widget]) -> dict[str, Any]:
    """One kind of panel, as OpenAPI says it."""
    needed = [option.name for option in kind.options if option.default is None]
    return {
        "type": "object",
        "title": kind.label,
        "description": kind.what,
        "required": ["kind", *needed],
        "additionalProperties": False,
        "properties": {
            "kind": {"type": "string", "enum": [kind.kind]},
            "key": {"type": "string", "pattern": "^w[1-9][0-9]{0,3}$", "description": "Stays; given if left out."},
            "title": {"type": "string", "maxLength": layout.LONGEST_TITLE, "description": "Empty: what it shows."},
            "width": {"type": "integer", "enum": list(layout.WIDTHS), "description": "In thirds of the page."},
            **{option.name: option_schema(option) for option in kind.options},
        },
    }


def option_schema(option: Option) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "string"}
    if option.where:
        one["description"] = f"Choose among {option.where}."
    else:
        one["enum"] = option.known
    if option.most == 1:
        return one
    return {"type": "array", "minItems": 1, "maxItems": option.most, "uniqueItems": True, "items": one}


def layout_schema() -> dict[str, Any]:
    items = {"oneOf": [panel_schema(kind) for kind in kinds().values()]}
    return {"type": "array", "maxItems": layout.MOST, "items": items}


@extend_schema_field(layout_schema())
class LayoutField(serializers.JSONField):
    """Judged by performance.dashboards.layout, as the pages' forms are."""


class OwnDashboardSerializer(serializers.ModelSerializer[Dashboard]):
    """A dashboard as a list shows it; its page is /performance/dashboards/SLUG/."""

    owner = serializers.CharField(source="owner.username")
    mine = serializers.SerializerMethodField(help_text="Whether you may change it.")
    panels = serializers.SerializerMethodField(help_text="How many it has.")

    class Meta:
        model = Dashboard
        fields: tuple[str, ...] = (
            *("slug", "title", "owner", "mine", "shared_with", "panels", "version", "created_at", "changed_at"),
        )

    def get_mine(self, row: Dashboard) -> bool:
        return row.is_of(self.context["request"].user)

    def get_panels(self, row: Dashboard) -> int:
        return len(row.layout)


class OwnDashboardDetailSerializer(OwnDashboardSerializer):
    layout = serializers.ListField(child=serializers.DictField(), help_text="Its panels, in their order.")

    class Meta(OwnDashboardSerializer.Meta):
        fields = (*OwnDashboardSerializer.Meta.fields, "layout")


class OwnDashboardChangeSerializer(Strict):
    """What is left out stays as it is."""

    title = Text(max_length=layout.LONGEST_TITLE, required=False)
    shared_with = Choice(Shared.choices, required=False)
    layout = LayoutField(required=False)
    version = WholeNumber(
        required=False,
        min_value=0,
        max_value=HIGHEST,
        help_text="The version that the change is made on; 409 where there is a newer one. Left out: the newest.",
    )


class NewDashboardSerializer(Strict):
    title = Text(max_length=layout.LONGEST_TITLE)
    shared_with = Choice(Shared.choices, default=Shared.NOBODY)
    layout = LayoutField(required=False, help_text="Left out: the default one.")


EXAMPLE = OpenApiExample(
    "Two charts and a figure",
    {
        "title": "Latency",
        "shared_with": "operators",
        "layout": [
            {"kind": "stat", "metric": "application.latency_p95"},
            {"kind": "chart", "panel": "latency", "width": 2},
            {"kind": "series", "metrics": ["system.cpu_percent", "system.memory_percent"], "title": "Host"},
        ],
    },
    request_only=True,
)
CHANGE = OpenApiExample("Share it", {"shared_with": "everybody", "version": 3}, request_only=True)


class Dashboards(ListAPIView):
    permission_classes = READERS
    serializer_class = OwnDashboardSerializer

    def get_queryset(self) -> QuerySet[Dashboard]:
        if getattr(self, "swagger_fake_view", False):
            return Dashboard.objects.none()
        return selectors.visible_to(self.request.user)

    @extend_schema(
        operation_id="performance_dashboards", summary="Your dashboards and those that are shared with you, by title"
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="performance_dashboards_add",
        summary="Make a dashboard",
        description="Its slug is made of the title, and stays. A layout is a list of panels, each of one kind; it is "
        "taken as a whole or not at all: `details` names each fault by its place, such as `layout.2.metrics`.",
        request=NewDashboardSerializer,
        responses={201: OwnDashboardDetailSerializer},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        form = NewDashboardSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.create(owner=request.user, **form.validated_data)
        place = reverse("api-performance-own-dashboard", args=[row.slug])
        return Response(detail(row, request), status=201, headers={"Location": place})


class DashboardDetail(APIView):
    permission_classes = READERS

    @extend_schema(
        operation_id="performance_dashboards_detail",
        summary="One dashboard with its layout",
        responses=OwnDashboardDetailSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response(detail(selectors.dashboard(request.user, slug), request))

    @extend_schema(
        operation_id="performance_dashboards_change",
        summary="Change a dashboard of your own",
        request=OwnDashboardChangeSerializer,
        responses=OwnDashboardDetailSerializer,
        examples=[CHANGE],
    )
    def put(self, request: Request, slug: str) -> Response:
        row = selectors.own(request.user, slug)
        form = OwnDashboardChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        version = values.pop("version", row.version)
        return Response(detail(services.change(dashboard=row, version=version, values=values), request))

    @extend_schema(
        operation_id="performance_dashboards_remove",
        summary="Remove a dashboard of your own",
        description="For a day its owner can bring it back, on /performance/dashboards/.",
        responses={204: None},
    )
    def delete(self, request: Request, slug: str) -> Response:
        services.remove(dashboard=selectors.own(request.user, slug))
        return Response(status=204)


def detail(row: Dashboard, request: Request) -> Any:
    return OwnDashboardDetailSerializer(row, context={"request": request}).data
