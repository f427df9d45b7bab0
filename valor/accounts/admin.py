"""People in the admin: as Django shows them, except that no address breaks their list."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User

from valor.accounts.read_only import Guarded

admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(Guarded, UserAdmin):
    pass
