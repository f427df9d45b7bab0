"""Jobs, pieces, workers and schedules in the admin: to look at, to cancel, to retry; never to edit."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import Model, QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest

from tasks import services
from tasks.models import Job, Piece, Schedule, Worker
from tasks.selectors import LARGE
from valor.accounts.read_only import ReadOnly
from valor.lib.errors import Conflict

# Django-Q's own tables hold doorbells only.
for model in apps.get_app_config("django_q").get_models():
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ["kind", "state", "progress", "owner", "priority", "attempt", "queued_at", "finished_at"]
    list_filter = ["state", "kind", "priority", ("parent", EmptyFieldListFilter)]
    list_select_related = ["owner"]
    search_fields = ["id", "kind", "owner__username"]
    date_hierarchy = "queued_at"
    actions = ["cancel", "retry", "export_csv"]
    # These belong to the owner alone.
    exclude = ["parameters", "result", "label"]
    not_exported = ("error_problems", "traceback", "log")
    # Counting every job ever done only to say so is slow.
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).defer(*LARGE)

    @admin.action(description="Cancel", permissions=["view"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self.each(request, jobs, lambda job: services.cancel(whole(job)), "cancelled")

    @admin.action(description="Try again", permissions=["view"])
    def retry(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self.each(request, jobs, lambda job: services.retry(whole(job)), "queued again")


def whole(job: Job) -> Job:
    """Parts are moved with the job that they belong to, never by themselves."""
    if job.parent_id:
        raise Conflict(f"This is a part: choose its whole job {job.parent_id}.")
    return job


@admin.register(Piece)
class PieceAdmin(ReadOnly):
    """How much a running job has kept, not what."""

    list_display = ["job", "number", "size"]
    list_select_related = ["job"]
    search_fields = ["job__id", "job__kind"]
    fields = ["job", "number", "size"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        large = (f"job__{name}" for name in LARGE)
        pieces: QuerySet[Model] = super().get_queryset(request).defer("data", *large)
        sized: QuerySet[Model] = pieces.annotate(bytes=Length("data"))
        return sized

    @admin.display(description="Bytes", ordering="bytes")
    def size(self, piece: Any) -> int:
        return int(piece.bytes)


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ["host", "pid", "jobs_done", "memory", "started_at", "last_seen"]
    list_filter = ["host", "leaving"]
    search_fields = ["host", "pid"]


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly):
    list_display = ["kind", "due_at", "queued_at"]
    search_fields = ["kind"]
