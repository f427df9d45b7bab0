"""Companies, their facts and shared prices, to look at. Of people's work only that it is there, never what it holds."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from modeling.models import (
    Company,
    Fact,
    Portfolio,
    PortfolioResult,
    PortfolioVersion,
    PriceBundle,
    PriceImport,
    PriceSeries,
    PriceSet,
    PriceUpload,
    Run,
    Valuation,
    ValuationVersion,
)
from valor.accounts.read_only import Owned, ReadOnly


class SharedOnly(ReadOnly):
    """Statements come from imports. One belongs to the person who made it: here only what is shared is seen."""

    owner_field = "owner"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(**{f"{self.owner_field}__isnull": True})


class SharedChoices(admin.RelatedFieldListFilter):
    """Offers what is shared to filter by: a list of all would tell the names of people's own."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, Any]]:
        ordering = self.field_admin_ordering(field, request, model_admin)
        shared = {"owner__isnull": True}
        choices: list[tuple[Any, Any]] = field.get_choices(False, ordering=ordering, limit_choices_to=shared)
        return choices


@admin.register(Company)
class CompanyAdmin(SharedOnly):
    list_display = ["name", "ticker", "cik", "currency", "industry", "source", "updated_at"]
    list_filter = ["currency", "industry"]
    search_fields = ["name", "ticker", "cik"]
    date_hierarchy = "updated_at"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What nobody owns nobody else could take away."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(Fact)
class FactAdmin(SharedOnly):
    owner_field = "company__owner"
    list_display = ["company", "concept", "period_start", "period_end", "value", "unit", "tag", "form", "filed"]
    list_filter = [("company", SharedChoices), "concept", "period_end"]
    list_select_related = ["company"]
    search_fields = ["company__name", "concept", "tag"]
    date_hierarchy = "period_end"


@admin.register(Valuation)
class ValuationAdmin(Owned):
    list_display = ["id", "owner", "version", "created_at", "updated_at"]
    list_filter = ["updated_at"]
    list_select_related = ["owner"]
    search_fields = ["=id", "owner__username"]
    date_hierarchy = "updated_at"
    exclude = ["company", "name", "document", "edit_tab"]


@admin.register(ValuationVersion)
class ValuationVersionAdmin(Owned):
    list_display = ["valuation_id", "version", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["=valuation__id", "valuation__owner__username"]
    date_hierarchy = "created_at"
    exclude = ["document"]


@admin.register(Run)
class RunAdmin(Owned):
    list_display = [
        "valuation_id",
        "number",
        "version",
        "trials",
        "sampler",
        "engine_version",
        "created_at",
        "finished_at",
    ]
    list_filter = ["sampler", "engine_version", "created_at"]
    search_fields = ["=valuation__id", "valuation__owner__username"]
    date_hierarchy = "created_at"
    exclude = ["document", "result"]


@admin.register(PriceSet)
class PriceSetAdmin(SharedOnly):
    list_display = ["name", "currency", "frequency", "source", "revision", "updated_at"]
    list_filter = ["currency", "frequency"]
    search_fields = ["name", "source"]
    date_hierarchy = "updated_at"


@admin.register(PriceSeries)
class PriceSeriesAdmin(SharedOnly):
    owner_field = "price_set__owner"
    list_display = ["price_set", "ticker", "name", "currency", "first", "last", "count", "last_price", "updated_at"]
    list_filter = [("price_set", SharedChoices), "currency"]
    list_select_related = ["price_set"]
    search_fields = ["ticker", "name", "price_set__name"]
    date_hierarchy = "updated_at"


@admin.register(PriceBundle)
class PriceBundleAdmin(SharedOnly):
    owner_field = "price_set__owner"
    list_display = ["price_set", "number", "span", "width", "decimals", "lowest"]
    list_filter = [("price_set", SharedChoices), "width", "decimals"]
    list_select_related = ["price_set"]
    search_fields = ["price_set__name"]
    exclude = ["days", "series", "prices"]


@admin.register(Portfolio)
class PortfolioAdmin(Owned):
    list_display = ["id", "owner", "version", "created_at", "updated_at"]
    list_filter = ["updated_at"]
    list_select_related = ["owner"]
    search_fields = ["=id", "owner__username"]
    date_hierarchy = "updated_at"
    exclude = ["price_set", "name", "document"]


@admin.register(PortfolioVersion)
class PortfolioVersionAdmin(Owned):
    list_display = ["portfolio_id", "version", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["=portfolio__id", "portfolio__owner__username"]
    date_hierarchy = "created_at"
    exclude = ["document"]


@admin.register(PortfolioResult)
class PortfolioResultAdmin(Owned):
    list_display = ["portfolio_id", "number", "kind", "version", "prices_revision", "created_at", "finished_at"]
    list_filter = ["kind", "created_at"]
    search_fields = ["=portfolio__id", "portfolio__owner__username"]
    date_hierarchy = "created_at"
    exclude = ["name", "request", "result"]


@admin.register(PriceImport)
class PriceImportAdmin(Owned):
    list_display = ["id", "owner", "size", "rule", "duplicates", "created_at", "finished_at"]
    list_filter = ["rule", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["=id", "owner__username"]
    date_hierarchy = "created_at"
    exclude = ["price_set", "name", "layouts", "report"]


@admin.register(PriceUpload)
class PriceUploadAdmin(Owned):
    list_display = ["price_import_id", "number"]
    search_fields = ["=price_import__id", "price_import__owner__username"]
    exclude = ["data"]
