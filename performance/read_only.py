"""What operators may look at in the admin, and nobody change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from valor.accounts.roles import is_operator


class ReadOnly(admin.ModelAdmin):
    """What was measured is not edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request.user)
