"""One plant for all illnesses of a configuration, and the table at the end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.faults.plant")

from tests.faults.plant import Plant, plant_on  # noqa: E402


@pytest.fixture(scope="session")
def hospital(tmp_path_factory) -> Iterator[Plant]:
    """On PostgreSQL with a small pool, and Redis."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    with plant_on(tmp_path_factory.mktemp("hospital"), servers=True) as plant:
        yield plant
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def surgery(tmp_path_factory) -> Iterator[Plant]:
    """On SQLite, alone."""
    with plant_on(tmp_path_factory.mktemp("surgery"), servers=False) as plant:
        yield plant


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Illness by illness: which alert fired, after how many samples, and which cause was named first."""
    told = [
        dict(report.user_properties)
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        if getattr(report, "when", "") == "call" and "illness" in dict(report.user_properties)
    ]
    if not told:
        return
    terminalreporter.section("faults: the alert, the samples it took, the first advice")
    for row in told:
        line = f"{row['illness']:<22}{row.get('alert', '-'):<28}{row.get('ticks', '-')!s:<4}{row.get('advice', '-')}"
        terminalreporter.write_line(line)
