"""Samples, readings and leases in the admin: to look at, never to change, by operators."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from performance.admin_charts import ChartedAdmin
from performance.models import (
    ApplicationSample,
    CacheSample,
    DatabaseSample,
    ProcessReading,
    RepeatedQuery,
    SamplerLease,
    SamplingChange,
    SlowQuery,
    SystemSample,
    TaskSample,
)
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


class SampleAdmin(ChartedAdmin, ReadOnly):
    """The samples of one category."""

    list_filter = ("host", "taken_at")
    date_hierarchy = "taken_at"
    search_fields = ("host",)
    # Counting every sample ever taken only to say so is slow.
    show_full_result_count = False
    # The newest first, by the one index that needs no other column.
    ordering = ("-pk",)


@admin.register(SystemSample)
class SystemSampleAdmin(SampleAdmin):
    list_display = (
        "taken_at",
        "host",
        "cpu_percent",
        "load_1",
        "memory_percent",
        "swap_percent",
        "disk_percent",
        "process_count",
    )


@admin.register(ApplicationSample)
class ApplicationSampleAdmin(SampleAdmin):
    list_display = (
        "taken_at",
        "host",
        "request_rate",
        "latency_p95",
        "error_percent",
        "processes",
        "cpu_percent",
        "rss",
    )


@admin.register(DatabaseSample)
class DatabaseSampleAdmin(SampleAdmin):
    list_display = ("taken_at", "host", "worst_percent", "connections", "connect_ms", "read_ms", "write_ms", "size")


@admin.register(CacheSample)
class CacheSampleAdmin(SampleAdmin):
    list_display = ("taken_at", "host", "hit_percent", "lookup_rate", "eviction_rate", "shared_p95_ms", "breakers_open")


@admin.register(TaskSample)
class TaskSampleAdmin(SampleAdmin):
    list_display = ("taken_at", "host", "waiting", "oldest_seconds", "wait_p95_seconds", "failed_percent", "workers")


@admin.register(ProcessReading)
class ProcessReadingAdmin(ReadOnly):
    list_display = ("host", "role", "pid", "started_at", "updated_at", "ended_at")
    list_filter = ("role", "host")
    search_fields = ("host", "pid")


@admin.register(SamplerLease)
class SamplerLeaseAdmin(ReadOnly):
    list_display = ("host", "holder", "interval", "renewed_at", "expires_at")
    list_filter = ("interval",)
    search_fields = ("host",)


@admin.register(SamplingChange)
class SamplingChangeAdmin(ReadOnly):
    list_display = ("changed_at", "changed_by", "state", "interval")
    list_filter = ("state", "changed_at")
    search_fields = ("changed_by",)


@admin.register(SlowQuery)
class SlowQueryAdmin(ReadOnly):
    list_display = ("fingerprint", "worst", "usual", "count", "line", "last_seen")
    list_filter = ("kind", "alias", "last_seen")
    search_fields = ("fingerprint", "statement", "line")
    ordering = ("-worst",)


@admin.register(RepeatedQuery)
class RepeatedQueryAdmin(ReadOnly):
    list_display = ("route", "fingerprint", "worst", "sightings", "line", "last_seen")
    list_filter = ("kind", "last_seen")
    search_fields = ("route", "fingerprint", "statement", "line")
    ordering = ("-worst",)
