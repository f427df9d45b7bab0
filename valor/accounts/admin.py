"""People in the admin: as Django shows them, except that no address breaks their list."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User

from valor.accounts.models import ClosedChecklist
from valor.accounts.read_only import Guarded, ReadOnly

admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(Guarded, UserAdmin):
    pass


@admin.register(ClosedChecklist)
class ClosedChecklistAdmin(ReadOnly):
    list_display = ("closed_at", "user", "name")
    list_filter = ("name",)
    list_select_related = ("user",)
    date_hierarchy = "closed_at"
    search_fields = ("user__username", "name")
