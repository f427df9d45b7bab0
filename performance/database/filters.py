"""Which statements a list shows: ``?route=/companies/&seen_after=2026-01-31T08:00:00Z``."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from performance.models import RepeatedQuery, SlowQuery
from valor.lib.moments import MomentFilter


class SlowQueryFilter(django_filters.FilterSet):
    route = django_filters.CharFilter(method="in_route", help_text="Only what was slow in this route or kind of job.")
    search = django_filters.CharFilter("statement", "icontains", help_text="Only statements with this text in them.")
    seen_after = MomentFilter("last_seen", "gte", help_text="Only what was slow since.")

    class Meta:
        model = SlowQuery
        fields = ["route", "search", "seen_after"]

    def in_route(self, rows: QuerySet[SlowQuery], name: str, value: str) -> QuerySet[SlowQuery]:
        return rows.filter(routes__has_key=value)


class RepeatedQueryFilter(django_filters.FilterSet):
    route = django_filters.CharFilter(help_text="Only what this route or kind of job repeated.")
    fingerprint = django_filters.CharFilter(help_text="Only this statement.")
    search = django_filters.CharFilter("statement", "icontains", help_text="Only statements with this text in them.")
    seen_after = MomentFilter("last_seen", "gte", help_text="Only what was repeated since.")

    class Meta:
        model = RepeatedQuery
        fields = ["route", "fingerprint", "search", "seen_after"]
