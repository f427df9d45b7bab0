"""A row of any model, filled by what its columns are: also of a model that was made after this."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import models

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ODD = "ö <b>&/'\"%"
# What a column holds besides the choice of its type.
KNOWN: dict[str, Any] = {"source": "", "owner": None, "parent": None, "kind": ODD}


def row_of(model: type[models.Model], number: int = 1) -> Any:
    """Stores the row of that number; two rows of one model differ in whatever must be unique."""
    fields = [
        field for field in model._meta.concrete_fields if not (isinstance(field, models.AutoField) or field.generated)
    ]
    return model._default_manager.create(**{field.name: value_of(field, number) for field in fields})


def value_of(field: models.Field[Any, Any], number: int) -> Any:
    if isinstance(field, models.ForeignKey):
        return related(field, number)
    if field.choices:
        choices = [choice for choice, _ in field.flatchoices]
        return choices[number - 1 if field.unique else 0]
    if field.name in KNOWN and not field.unique:
        return KNOWN[field.name]
    return by_type(field, number)


def related(field: models.ForeignKey[Any, Any], number: int) -> Any:
    """People are shared, what else a row belongs to is made for it alone."""
    if field.name in KNOWN and field.null:
        return None
    if field.related_model is User:
        return User.objects.get_or_create(username="öd=a")[0]
    if field.name == "threshold":
        return field.related_model.objects.order_by("pk")[number]
    return row_of(field.related_model, number)


def by_type(field: models.Field[Any, Any], number: int) -> Any:
    values: list[tuple[type[models.Field[Any, Any]], Any]] = [
        (models.DateTimeField, AT),
        (models.DateField, AT.date() if "start" not in field.name else datetime(2025, 1, 1, tzinfo=UTC).date()),
        (models.BooleanField, False),
        (models.FloatField, 1.5),
        (models.DecimalField, Decimal("2.5")),
        (models.IntegerField, number),
        (models.UUIDField, uuid.UUID(int=number)),
        (models.BinaryField, b""),
        (models.JSONField, field.get_default() or {}),
        (models.TextField, ODD),
        (models.CharField, f"{ODD}{number}"[-(field.max_length or 99) :]),
    ]
    found = [value for kind, value in values if isinstance(field, kind)]
    assert found, f"Tell here what a {type(field).__name__} ({field}) may hold."
    return found[0]
