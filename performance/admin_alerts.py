"""Thresholds, alerts and silences in the admin: levels may be changed, by the page's rules; the rest is history."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from performance.alerts import services
from performance.alerts.forms import ThresholdForm
from performance.alerts.models import Alert, AlertEvent, Notification, Silence, Threshold, ThresholdChange
from performance.read_only import ReadOnly
from valor.accounts.roles import is_operator


@admin.register(Threshold)
class ThresholdAdmin(ReadOnly):
    """Neither added nor deleted: a metric that nobody wants to hear of is switched off."""

    form = ThresholdForm
    list_display = ("category", "metric", "direction", "warning", "critical", "clear", "duration", "enabled")
    list_filter = ("category", "enabled", "missing")
    search_fields = ("metric",)
    ordering = ("category", "metric")
    readonly_fields = ("category", "metric", "changed_at", "changed_by")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request.user)

    def save_model(self, request: HttpRequest, obj: Threshold, form: Any, change: bool) -> None:
        """By the service, so that the change is noted as one made elsewhere is."""
        stored = Threshold.objects.get(pk=obj.pk)
        services.change_threshold(threshold=stored, values=form.cleaned_data, by=request.user)


@admin.register(ThresholdChange)
class ThresholdChangeAdmin(ReadOnly):
    list_display = ("threshold", "at", "by", "fields")
    list_filter = ("at",)
    list_select_related = ("threshold", "by")


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    list_display = ("category", "metric", "host", "state", "severity", "value", "began_at", "resolved_at")
    list_filter = ("state", "severity", "category", "host")
    search_fields = ("metric", "host", "note")
    date_hierarchy = "began_at"
    ordering = ("-pk",)


@admin.register(AlertEvent)
class AlertEventAdmin(ReadOnly):
    list_display = ("alert", "at", "kind", "severity", "value", "by", "note")
    list_filter = ("kind", "severity")
    list_select_related = ("alert", "by")
    ordering = ("-pk",)


@admin.register(Silence)
class SilenceAdmin(ReadOnly):
    list_display = ("what", "host", "reason", "created_by", "created_at", "until")
    list_select_related = ("created_by",)
    search_fields = ("metric", "host", "reason")


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = ("event", "channel", "state", "attempts", "due_at", "sent_at", "error")
    list_filter = ("channel", "state")
    list_select_related = ("event__alert",)
    ordering = ("-pk",)
