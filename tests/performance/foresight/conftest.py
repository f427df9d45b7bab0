"""Weeks of samples, a few an hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest

from performance.models import ApplicationSample, DatabaseSample, SamplerLease, SystemSample, TaskSample
from tests.performance.conftest import CALM

INTERVAL = 600
MODELS = {"system": SystemSample, "application": ApplicationSample, "database": DatabaseSample, "tasks": TaskSample}


@pytest.fixture
def weeks(db, now) -> Callable[..., None]:
    """Stores samples of a category over so many days up to now; a column is an array or a function of their index."""

    def many(category: str, days: float, *, host: str = "web-1", **columns):
        count = int(days * 86_400 / INTERVAL)
        index = np.arange(count)
        values = {
            name: column(index) if callable(column) else np.full(count, column) for name, column in columns.items()
        }
        base = CALM if category == "system" else {}
        MODELS[category].objects.bulk_create(
            MODELS[category](
                host=host,
                taken_at=now - timedelta(seconds=INTERVAL * (count - 1 - row)),
                interval=INTERVAL,
                **base
                | {name: getattr(cells[row], "item", lambda cell=cells[row]: cell)() for name, cells in values.items()},
            )
            for row in range(count)
        )
        times = {"renewed_at": now, "expires_at": now, "interval": INTERVAL}
        SamplerLease.objects.update_or_create(host=host, defaults=times)

    return many


@pytest.fixture
def noise():
    """Noise of a deviation, the same at each call."""

    def of(deviation: float, seed: int = 1):
        return lambda index: np.random.default_rng(seed).normal(0, deviation, len(index))

    return of
