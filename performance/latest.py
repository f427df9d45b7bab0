"""The last sample of every category and host in one statement, without the details, which are long."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import BooleanField, DateTimeField, Func, IntegerField, JSONField, QuerySet, Value
from django.db.models.fields.json import KeyTransform

from performance.metrics import CATEGORIES
from performance.models.samples import Sample
from performance.selectors import RETIRED, latest_rows

Samples = Mapping[type[Sample], list[Sample]]


def latest_of_all() -> Samples:
    """By model, in the order of hosts; ``detail`` is loaded when it is asked for."""
    models = [category.model for category in CATEGORIES.values()]
    arms = [arm(at, model) for at, model in enumerate(models)]
    found: dict[type[Sample], list[Sample]] = {model: [] for model in models}
    for at, cells, retired in arms[0].union(*arms[1:], all=True):
        sample = sample_of(models[at], cells)
        sample.retired = bool(retired)
        found[models[at]].append(sample)
    return {model: sorted(samples, key=lambda sample: sample.host) for model, samples in found.items()}


class Cells(Func):
    """A row's columns as an array. Django's own asks each connection first whether it knows JSON."""

    function = "JSON_ARRAY"
    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_BUILD_ARRAY", **context)


@dataclass(frozen=True)
class Seen:
    """When a host was last sampled in a category, and which of its probes failed then, with why."""

    category: str
    host: str
    taken_at: datetime
    interval: int
    failed: Mapping[str, str]


def seen_last() -> list[Seen]:
    """Of every category and host in service, in one statement, by host."""
    names = list(CATEGORIES)
    arms = [
        latest_rows(category.model).values_list(
            Value(at, output_field=IntegerField()),
            "host",
            "taken_at",
            "interval",
            KeyTransform("failed", "detail"),
            "retired",
        )
        for at, category in enumerate(CATEGORIES.values())
    ]
    rows = [row for *row, retired in arms[0].union(*arms[1:], all=True) if not retired]
    last = max((taken_at for _, _, taken_at, *_ in rows), default=None)
    found = [Seen(names[at], host, taken_at, interval, failed or {}) for at, host, taken_at, interval, failed in rows]
    return sorted((one for one in found if last and last - one.taken_at <= RETIRED), key=lambda one: one.host)


def arm(at: int, model: type[Sample]) -> QuerySet[Any, Any]:
    """Each row as an array, since a union needs the same columns of all."""
    return latest_rows(model).values_list(Value(at, output_field=IntegerField()), Cells(*names_of(model)), "retired")


def names_of(model: type[Sample]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.attname != "detail"]


def sample_of(model: type[Sample], cells: Sequence[Any] | str) -> Sample:
    values = json.loads(cells) if isinstance(cells, str) else cells
    names = names_of(model)
    fields = [model._meta.get_field(name) for name in names]
    typed = [value_of(field, value) for field, value in zip(fields, values, strict=True)]
    return model.from_db("default", names, typed)


def value_of(field: Any, value: Any) -> Any:
    """JSON has neither times nor, in SQLite, truth."""
    if value is None:
        return None
    if isinstance(field, DateTimeField):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return bool(value) if isinstance(field, BooleanField) else value
