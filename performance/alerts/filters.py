"""Which alerts a list shows, on the page and in the API: ``?severity=critical&metric=system.cpu_percent``.

And which thresholds the API's list shows.
"""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from performance.alerts.choices import AlertSeverity, AlertState
from performance.alerts.models import Alert, Silence, Threshold
from performance.alerts.selectors import past_silences, searched, silences
from valor.lib.filters import ChoiceFilter


class AlertFilter(django_filters.FilterSet):
    severity = ChoiceFilter(choices=AlertSeverity.choices, help_text="Only of this severity.")
    state = ChoiceFilter(choices=AlertState.choices, help_text="Only in this state.")
    host = django_filters.CharFilter(max_length=100, help_text="Only of this host.")
    metric = django_filters.CharFilter(
        method="of_metric",
        max_length=80,
        help_text="Only of this metric, such as cpu_percent, system.cpu_percent or CPU.",
    )

    class Meta:
        model = Alert
        fields = ["severity", "state", "host", "metric"]

    def of_metric(self, rows: QuerySet[Alert], name: str, value: str) -> QuerySet[Alert]:
        return searched(rows, value)


class ThresholdFilter(django_filters.FilterSet):
    category = django_filters.CharFilter(max_length=20, help_text="Only of this category.")
    metric = django_filters.CharFilter(max_length=40, help_text="Only of this metric, such as cpu_percent.")
    enabled = django_filters.BooleanFilter(help_text="Only those that are switched on, or off.")

    class Meta:
        model = Threshold
        fields = ["category", "metric", "enabled"]


class SilenceFilter(django_filters.FilterSet):
    """Those in force, unless others are asked for."""

    state = ChoiceFilter(
        method="of_state",
        choices=[("past", "Past"), ("all", "All")],
        help_text="`past` for those that ended or were lifted, `all` for both; without it, those in force.",
    )

    class Meta:
        model = Silence
        fields = ["state"]

    def filter_queryset(self, queryset: QuerySet[Silence]) -> QuerySet[Silence]:
        return super().filter_queryset(queryset) if self.form.cleaned_data["state"] else silences(timezone.now())

    def of_state(self, rows: QuerySet[Silence], name: str, value: str) -> QuerySet[Silence]:
        return past_silences(timezone.now()) if value == "past" else rows
