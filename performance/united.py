"""Rows of several models in one statement: each row comes as an array, since a union needs the same columns of all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import BooleanField, DateTimeField, Func, IntegerField, JSONField, Model, QuerySet, Value


class Cells(Func):
    """A row's columns as an array. Django's own asks each connection first whether it knows JSON."""

    function = "JSON_ARRAY"
    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_BUILD_ARRAY", **context)


def united(asked: Sequence[QuerySet[Any]], *leave: str) -> list[list[Any]]:
    """The rows of each with their annotations, in no order; the columns that are called as in *leave* stay deferred."""
    names = [[*names_of(rows.model, *leave), *rows.query.annotations] for rows in asked]
    arms = [
        rows.order_by().values_list(Value(at, output_field=IntegerField()), Cells(*each))
        for at, (rows, each) in enumerate(zip(asked, names, strict=True))
    ]
    found: list[list[Any]] = [[] for _ in asked]
    for at, cells in arms[0].union(*arms[1:], all=True):
        found[at].append(restored(asked[at].model, names[at], cells))
    return found


def names_of(model: type[Model], *leave: str) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.attname not in leave]


def restored(model: type[Model], names: Sequence[str], cells: Sequence[Any] | str) -> Any:
    """The row, and what was annotated to it, which comes after its columns."""
    values = json.loads(cells) if isinstance(cells, str) else cells
    fields = {field.attname: field for field in model._meta.concrete_fields}
    own = [name for name in names if name in fields]
    row = model.from_db("default", own, [value_of(fields[n], v) for n, v in zip(own, values, strict=False)])
    vars(row).update(zip(names[len(own) :], values[len(own) :], strict=True))
    return row


def value_of(field: Any, value: Any) -> Any:
    """JSON has no times, and in SQLite neither truth nor what is JSON itself."""
    if value is None:
        return None
    if isinstance(field, DateTimeField):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if isinstance(field, JSONField):
        return json.loads(value) if isinstance(value, str) else value
    return bool(value) if isinstance(field, BooleanField) else field.to_python(value)
