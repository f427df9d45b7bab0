"""The API's answers as plain data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from performance.models import SystemSample
from performance.series import Series
from performance.words import Status
from tasks.readings import Activity, Reading


def iso(time: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(time, tz=UTC).isoformat().replace("+00:00", "Z")


def host_health(sample: SystemSample, now: datetime) -> dict[str, Any]:
    return {
        "host": sample.host,
        "taken_at": sample.taken_at,
        "interval": sample.interval,
        "lag": round((now - sample.taken_at).total_seconds(), 1),
        "failing_probes": sample.detail.get("failed", {}),
    }


def health(status: Status, samples: list[SystemSample], now: datetime) -> dict[str, Any]:
    return {
        "status": status.word,
        "sentence": status.sentence,
        "since": status.since,
        "parts": status.parts,
        "hosts": [host_health(sample, now) for sample in samples],
    }


def background_work(reading: Reading) -> dict[str, Any]:
    return {
        "queue": reading.queue,
        "since": reading.finished.since,
        "seconds": reading.finished.seconds,
        "kinds": reading.finished.kinds,
        "workers": {str(state): reading.count(state) for state in Activity},
        "schedules": reading.schedules,
    }


def series_document(series: Series) -> dict[str, Any]:
    """Aligned arrays, built by hand: a serializer would take longer than the query."""
    return {
        "category": series.category,
        "host": series.host,
        "from": iso(series.window.start.timestamp()),
        "to": iso(series.window.end.timestamp()),
        "range": series.window.name,
        "resolution": series.resolution,
        "step": series.step,
        "gaps": series.gaps,
        "times": [iso(time) for time in series.times],
        "fields": [
            {
                "name": metric.name,
                "label": metric.label,
                "unit": metric.unit,
                "threshold": metric.threshold,
                "values": series.values[metric.name],
            }
            for metric in series.metrics
        ],
    }
