"""Jobs and workers in the admin: to look at, to cancel, to retry; never to edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from tasks import services
from tasks.models import Job, Worker
from valor.accounts.roles import is_operator
from valor.lib.errors import Conflict

# Django-Q's own tables hold doorbells only.
for model in apps.get_app_config("django_q").get_models():
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class ReadOnly(admin.ModelAdmin):
    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_operator(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ["kind", "state", "progress", "owner", "priority", "attempt", "queued_at", "finished_at"]
    list_filter = ["state", "kind", "priority"]
    list_select_related = ["owner"]
    search_fields = ["id", "kind", "owner__username"]
    date_hierarchy = "queued_at"
    actions = ["cancel", "retry"]
    # Parameters and result belong to the owner alone.
    exclude = ["parameters", "result"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).defer("parameters", "result", "traceback")

    @admin.action(description="Cancel", permissions=["view"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self.act(request, jobs, services.cancel, "cancelled")

    @admin.action(description="Try again", permissions=["view"])
    def retry(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self.act(request, jobs, services.retry, "queued again")

    def act(self, request: HttpRequest, jobs: QuerySet[Job], move: Callable[[Job], Any], word: str) -> None:
        moved = 0
        for job in jobs:
            try:
                move(job)
                moved += 1
            except Conflict as refusal:
                self.message_user(request, f"{job}: {refusal.message}", messages.WARNING)
        self.message_user(request, f"{moved} jobs were {word}.")


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ["host", "pid", "jobs_done", "memory", "started_at", "last_seen"]
    list_filter = ["host"]
