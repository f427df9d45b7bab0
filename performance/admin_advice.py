"""Recommendations and actions in the admin: applied and dismissed by the services that page and API use."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from performance.actions.errors import NeedsConfirmation
from performance.models import ActionRun, Recommendation
from performance.recommendations import services
from valor.accounts.read_only import ReadOnly
from valor.lib.errors import Conflict


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnly):
    list_display = ("title", "state", "score", "rule", "subject", "host", "first_seen", "last_seen")
    list_filter = ("state", "area", "rule", "host", "last_seen")
    search_fields = ("rule", "subject", "title", "host")
    date_hierarchy = "last_seen"
    ordering = ("-score",)
    actions = ("apply", "dismiss", "export_csv")

    @admin.action(description="Apply", permissions=["view"])
    def apply(self, request: HttpRequest, rows: QuerySet[Recommendation]) -> None:
        """What needs to be confirmed is confirmed where its plan is shown."""

        def applied(row: Recommendation) -> None:
            try:
                services.apply(row, by=request.user, confirm=False)
            except NeedsConfirmation as error:
                raise Conflict("It needs to be confirmed: apply it on the page Recommendations.") from error

        self.each(request, rows, applied, "applied: the effect is measured and told with each")

    @admin.action(description="Dismiss", permissions=["view"])
    def dismiss(self, request: HttpRequest, rows: QuerySet[Recommendation]) -> None:
        self.each(request, rows, lambda row: services.dismiss(row, by=request.user), "dismissed")


@admin.register(ActionRun)
class ActionRunAdmin(ReadOnly):
    list_display = ("action", "parameters", "requested_by", "requested_at", "before", "after", "verdict")
    list_filter = ("verdict", "action", "requested_at")
    search_fields = ("action", "outcome", "requested_by__username")
    date_hierarchy = "requested_at"
    list_select_related = ("requested_by",)
