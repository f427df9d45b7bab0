"""Companies and their facts, to look at. Valuations and runs belong to their owners and are not shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from modeling.models import Company, Fact


class ReadOnly(admin.ModelAdmin):
    """Nothing here is typed by hand: statements come from imports."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SharedOnly(ReadOnly):
    """An import belongs to the person who made it: here only what is shared is seen."""

    owner_field = "owner"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(**{f"{self.owner_field}__isnull": True})


@admin.register(Company)
class CompanyAdmin(SharedOnly):
    list_display = ["name", "ticker", "cik", "currency", "industry", "source", "updated_at"]
    search_fields = ["name", "ticker", "cik"]


@admin.register(Fact)
class FactAdmin(SharedOnly):
    owner_field = "company__owner"
    list_display = ["company", "concept", "period_start", "period_end", "value", "unit", "tag", "form", "filed"]
    list_filter = ["company", "concept", "period_end"]
    list_select_related = ["company"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
