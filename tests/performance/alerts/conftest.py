"""Ticks to judge."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from performance.alerts.culprits import Suspects
from performance.alerts.evaluation import evaluate
from performance.alerts.models import Alert
from performance.chores import Tick
from tests.performance.conftest import NoWalker


class Clock:
    """Ticks of one host after another, half a minute apart, up to now."""

    def __init__(self) -> None:
        self.at = timezone.now() - timedelta(minutes=40)
        self.interval = 30

    def tick(
        self, host: str = "web-1", *, lead: bool = True, step: float = 30.0, **rows: dict[str, Any]
    ) -> list[Alert]:
        """Judges a tick with these columns; ``detail`` is one of them."""
        self.at += timedelta(seconds=step)
        return evaluate(self.made(host, lead, rows), Suspects(NoWalker))

    def made(self, host: str, lead: bool, rows: dict[str, dict[str, Any]]) -> Tick:
        return Tick(host, self.at, self.interval, {name: {"detail": {}} | row for name, row in rows.items()}, lead)

    def ago(self, **span: float) -> datetime:
        return self.at - timedelta(**span)


@pytest.fixture
def clock(db) -> Clock:
    return Clock()


@pytest.fixture
def firing(clock) -> Alert:
    """A busy processor that fires."""
    clock.tick(system={"cpu_percent": 91.0})
    (alert,) = clock.tick(system={"cpu_percent": 93.0, "cpu_count": 2})
    return alert
