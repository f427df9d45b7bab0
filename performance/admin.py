"""Samples, readings and leases in the admin: to look at, never to change, by operators."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import admin
from django.utils.html import format_html, format_html_join

from performance import admin_advice, admin_alerts  # noqa: F401  declare their own
from performance.admin_charts import ChartedAdmin
from performance.models import (
    Anomaly,
    ApplicationSample,
    CacheSample,
    Dashboard,
    DatabaseSample,
    DetectorState,
    FleetTotal,
    PlatformEvent,
    ProcessReading,
    RepeatedQuery,
    Retirement,
    Rollup,
    RollupTrack,
    SamplerLease,
    SamplingChange,
    SlowQuery,
    SystemSample,
    TaskSample,
    WriteMark,
)
from valor.accounts.read_only import Owned, ReadOnly


class SampleAdmin(ChartedAdmin, ReadOnly):
    """The samples of one category."""

    list_filter = ("host", "taken_at")
    date_hierarchy = "taken_at"
    search_fields = ("host",)
    # Counting every sample ever taken only to say so is slow.
    show_full_result_count = False
    # The newest first, by the one index that needs no other column.
    ordering = ("-pk",)
    not_exported = ("detail",)


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


@admin.register(RollupTrack)
class RollupTrackAdmin(ReadOnly):
    list_display = ("category", "host", "level", "rolled_up_to")
    list_filter = ("category", "level", "host")
    search_fields = ("category", "host")

    @admin.display(description="rolled up to", ordering="until")
    def rolled_up_to(self, track: RollupTrack) -> datetime:
        return datetime.fromtimestamp(track.until, UTC)


@admin.register(Rollup)
class RollupAdmin(ReadOnly):
    """What a rollup tells is packed; here it is as a table."""

    list_display = ("started_at", "track", "samples")
    list_filter = ("track__category", "track__level", "track__host")
    search_fields = ("track__category", "track__host")
    list_select_related = ("track",)
    show_full_result_count = False
    ordering = ("-pk",)
    fields = ("track", "started_at", "samples", "table")

    @admin.display(description="figures")
    def table(self, rollup: Rollup) -> str:
        heads = format_html_join("", "<th>{}</th>", [[name] for name in ("column", "known", "min", "mean", "max")])
        told = [
            (column, f"{s.known:.0f}", f"{s.least:.7g}", f"{s.mean:.7g}", f"{s.greatest:.7g}")
            for column, s in rollup.spreads.items()
        ]
        rows = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", told)
        return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", heads, rows)


@admin.register(ProcessReading)
class ProcessReadingAdmin(ReadOnly):
    list_display = ("host", "role", "pid", "started_at", "updated_at", "ended_at", "folded_at")
    list_filter = ("role", "host")
    search_fields = ("host", "pid")
    date_hierarchy = "updated_at"
    not_exported = ("readings",)


@admin.register(PlatformEvent)
class PlatformEventAdmin(ReadOnly):
    list_display = ("at", "host", "part", "kind", "version", "before")
    list_filter = ("kind", "part", "host", "at")
    search_fields = ("host", "version")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")


@admin.register(FleetTotal)
class FleetTotalAdmin(ReadOnly):
    list_display = ("role", "processes")
    search_fields = ("role",)
    not_exported = ("readings",)


@admin.register(WriteMark)
class WriteMarkAdmin(ReadOnly):
    list_display = ("host", "written_at")
    search_fields = ("host",)


@admin.register(SamplerLease)
class SamplerLeaseAdmin(ReadOnly):
    list_display = ("host", "holder", "interval", "renewed_at", "expires_at")
    list_filter = ("interval",)
    search_fields = ("host",)


@admin.register(Retirement)
class RetirementAdmin(ReadOnly):
    list_display = ("host", "last_sample_at", "retired_at", "retired_by", "undone_at", "undone_by")
    list_filter = ("retired_at",)
    list_select_related = ("retired_by", "undone_by")
    search_fields = ("host", "retired_by__username")
    date_hierarchy = "retired_at"
    ordering = ("-pk",)


@admin.register(SamplingChange)
class SamplingChangeAdmin(ReadOnly):
    list_display = ("changed_at", "changed_by", "state", "interval")
    list_filter = ("state", "changed_at")
    search_fields = ("changed_by",)
    date_hierarchy = "changed_at"


@admin.register(SlowQuery)
class SlowQueryAdmin(ReadOnly):
    list_display = ("fingerprint", "worst", "usual", "count", "line", "last_seen")
    list_filter = ("kind", "alias", "last_seen")
    search_fields = ("fingerprint", "statement", "line")
    date_hierarchy = "last_seen"
    ordering = ("-worst",)


@admin.register(RepeatedQuery)
class RepeatedQueryAdmin(ReadOnly):
    list_display = ("route", "fingerprint", "worst", "sightings", "line", "last_seen")
    list_filter = ("kind", "last_seen")
    search_fields = ("route", "fingerprint", "statement", "line")
    date_hierarchy = "last_seen"
    ordering = ("-worst",)


@admin.register(Anomaly)
class AnomalyAdmin(ReadOnly):
    list_display = ("at", "host", "category", "metric", "value", "expected", "score")
    list_filter = ("category", "host", "at")
    search_fields = ("host", "metric")
    date_hierarchy = "at"
    ordering = ("-at",)


@admin.register(DetectorState)
class DetectorStateAdmin(ReadOnly):
    list_display = ("category", "metric", "host", "updated_at")
    list_filter = ("category", "host")
    search_fields = ("host", "metric")


@admin.register(Dashboard)
class DashboardAdmin(Owned):
    list_display = ("id", "owner", "shared_with", "version", "created_at", "changed_at", "removed_at")
    list_filter = ("shared_with", "changed_at")
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__username")
    date_hierarchy = "changed_at"
    exclude = ("slug", "title", "layout", "before")
