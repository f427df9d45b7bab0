"""Moments in a query: ISO 8601 of any zone, looked for in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField


class MomentField(IsoDateTimeField):
    """PostgreSQL knows no zone of sixteen hours and more, which ISO 8601 allows: it is never asked for one."""

    def to_python(self, value: Any) -> datetime | None:
        found: datetime | None = super().to_python(value)
        try:
            return None if found is None else found.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("Enter a moment between the years 1 and 9999.", code="invalid") from error


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = MomentField
