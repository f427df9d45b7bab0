"""The API's answers as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from performance.alerts.selectors import limit_of
from performance.metrics import CATEGORIES, Category, Metric
from performance.models import DatabaseSample
from performance.series import Series
from performance.summary import Figure
from tasks.readings import Activity, Reading
from valor.lib.errors import NotFound, Problem


def iso(time: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(time, tz=UTC).isoformat().replace("+00:00", "Z")


def background_work(reading: Reading) -> dict[str, Any]:
    return {
        "queue": reading.queue,
        "since": reading.finished.since,
        "seconds": reading.finished.seconds,
        "kinds": reading.finished.kinds,
        "workers": {str(state): reading.count(state) for state in Activity},
        "schedules": reading.schedules,
    }


def database_document(
    host: str, samples: Sequence[DatabaseSample], sample: DatabaseSample | None, figures: Sequence[Figure]
) -> dict[str, Any]:
    """What *host* last saw of the database; nothing but nulls and empty lists before the first sample."""
    detail = sample.detail if sample else {}
    return {
        "host": host,
        "hosts": [each.host for each in samples],
        "taken_at": sample.taken_at if sample else None,
        "vendor": detail.get("vendor"),
        "version": detail.get("version"),
        "pooled": bool(settings.DATABASE_POOL),
        "connections_limit": sample.connections_limit if sample else None,
        "connections_by_state": detail.get("states", {}),
        "sound": sample.sound if sample else None,
        "checked_at": sample.checked_at if sample else None,
        "tables": detail.get("tables", []),
        "long_transactions": detail.get("long", []),
        "processes": detail.get("processes", []),
        "failed": detail.get("failed", {}),
        "figures": figures,
    }


def metric_document(category: str, metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "label": metric.label,
        "unit": metric.unit,
        "threshold": limit_of(category, metric.name),
    }


def series_document(series: Series) -> dict[str, Any]:
    """Aligned arrays, built by hand: a serializer would take longer than the query."""
    return {
        "category": series.category,
        "host": series.host,
        "from": iso(series.window.start.timestamp()),
        "to": iso(series.window.end.timestamp()),
        "range": series.window.name,
        "origin": series.source,
        "resolution": series.resolution,
        "step": series.step,
        "gaps": series.gaps,
        "times": [iso(time) for time in series.times],
        "fields": [
            {
                **metric_document(series.category, metric),
                "values": series.values[metric.name],
                "min": series.lows.get(metric.name),
                "max": series.highs.get(metric.name),
            }
            for metric in series.metrics
        ],
    }


def series_table(document: Mapping[str, Any]) -> list[list[Any]]:
    """The same as rows under a head: a time, and of each field its value, least and greatest where these are known."""
    fields = document["fields"]
    columns = [(name, field[kind]) for field in fields for kind, name in named(field) if field[kind] is not None]
    head = ["time", *(name for name, _ in columns)]
    return [head, *([time, *cells] for time, *cells in zip(document["times"], *(v for _, v in columns), strict=True))]


def named(field: Mapping[str, Any]) -> list[tuple[str, str]]:
    name = field["name"]
    return [("values", name), ("min", f"{name}_min"), ("max", f"{name}_max")]


def category_document(category: Category) -> dict[str, Any]:
    """What is measured of a category, with the level above or below which something is wrong."""
    fields = [metric_document(category.name, metric) for metric in category.metrics]
    return {"name": category.name, "fields": fields}


def category_of(name: str) -> Category:
    """The category of this name, or NotFound."""
    if name not in CATEGORIES:
        known = ", ".join(CATEGORIES)
        message = "There is no such category."
        raise NotFound(message, problems=[Problem("category", name, message, f"Choose one of {known}.")])
    return CATEGORIES[name]
