"""Thresholds, alerts and silences in the admin: levels may be changed, by the page's rules; the rest is history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from performance.alerts import services
from performance.alerts.forms import ThresholdForm
from performance.alerts.models import Alert, AlertEvent, Notification, Silence, Threshold, ThresholdChange
from valor.accounts.read_only import ReadOnly
from valor.accounts.roles import is_operator
from valor.lib.errors import ValorError


class ReasonForm(ActionForm):
    """Beside the choice of an action: silencing needs a reason, acknowledging may have a note."""

    reason = forms.CharField(label="Reason or note:", required=False)


def reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "")


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

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the service refuses is told above the form as it is now."""
        try:
            return super().change_view(request, object_id, form_url, extra_context)
        except ValorError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Threshold, form: Any, change: bool) -> None:
        """By the service, so that the change is noted as one made elsewhere is, and none since the form was read."""
        stored = Threshold.objects.get(pk=obj.pk)
        stored.changed_at = obj.changed_at
        services.change_threshold(threshold=stored, values=form.cleaned_data, by=request.user)


@admin.register(ThresholdChange)
class ThresholdChangeAdmin(ReadOnly):
    list_display = ("threshold", "at", "by", "fields")
    list_filter = ("threshold__category", "at")
    search_fields = ("threshold__metric", "by__username")
    date_hierarchy = "at"
    list_select_related = ("threshold", "by")


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    list_display = ("category", "metric", "host", "state", "severity", "value", "began_at", "resolved_at")
    list_filter = ("state", "severity", "category", "host")
    search_fields = ("metric", "host", "note")
    date_hierarchy = "began_at"
    ordering = ("-pk",)
    action_form = ReasonForm
    actions = ("acknowledge", "silence_hour", "silence_four_hours", "silence_day", "export_csv")

    @admin.action(description="Acknowledge", permissions=["view"])
    def acknowledge(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        def acknowledged(alert: Alert) -> None:
            services.acknowledge(alert=alert, by=request.user, note=reason(request))

        self.each(request, alerts, acknowledged, "acknowledged")

    @admin.action(description="Silence for 1 h", permissions=["view"])
    def silence_hour(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        self.silence(request, alerts, timedelta(hours=1), "1 h")

    @admin.action(description="Silence for 4 h", permissions=["view"])
    def silence_four_hours(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        self.silence(request, alerts, timedelta(hours=4), "4 h")

    @admin.action(description="Silence for 24 h", permissions=["view"])
    def silence_day(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        self.silence(request, alerts, timedelta(hours=24), "24 h")

    def silence(self, request: HttpRequest, alerts: QuerySet[Alert], span: timedelta, words: str) -> None:
        def silenced(alert: Alert) -> None:
            services.silence_alert(alert=alert, by=request.user, until=timezone.now() + span, reason=reason(request))

        self.each(request, alerts, silenced, f"silenced for {words}")


@admin.register(AlertEvent)
class AlertEventAdmin(ReadOnly):
    list_display = ("alert", "at", "kind", "severity", "value", "by", "note")
    list_filter = ("kind", "severity")
    search_fields = ("alert__metric", "alert__host", "note")
    date_hierarchy = "at"
    list_select_related = ("alert", "by")
    ordering = ("-pk",)


@admin.register(Silence)
class SilenceAdmin(ReadOnly):
    list_display = ("what", "host", "reason", "created_by", "created_at", "until")
    list_filter = ("category", "host", "until")
    list_select_related = ("created_by",)
    search_fields = ("metric", "host", "reason")
    date_hierarchy = "created_at"
    ordering = ("-pk",)


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = ("event", "channel", "state", "attempts", "due_at", "sent_at", "error")
    list_filter = ("channel", "state")
    search_fields = ("event__alert__metric", "event__alert__host", "error")
    date_hierarchy = "due_at"
    list_select_related = ("event__alert",)
    ordering = ("-pk",)
