"""The last sample of every category and host in one statement, without the details, which are long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import IntegerField, Value
from django.db.models.fields.json import KeyTransform

from performance.metrics import CATEGORIES
from performance.models.samples import Sample
from performance.selectors import RETIRED, latest_rows
from performance.united import united

Samples = Mapping[type[Sample], list[Sample]]


def latest_of_all() -> Samples:
    """By model, in the order of hosts; ``detail`` is loaded when it is asked for."""
    models = [category.model for category in CATEGORIES.values()]
    found = dict(zip(models, united([latest_rows(model) for model in models], "detail"), strict=True))
    for sample in (sample for samples in found.values() for sample in samples):
        sample.retired = bool(sample.retired)
    return {model: sorted(samples, key=lambda sample: sample.host) for model, samples in found.items()}


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
