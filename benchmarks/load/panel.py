"""Panels of prices in the default database, as they are loaded and changed: python -m benchmarks.load.panel.

The figures, which `benchmarks.pricing.loading` explains, are printed as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import django
import numpy as np

TICKERS = 500
DAYS = 2520
FIRST = 16_436  # 2015-01-01
PAIRS = 15
CHANGES = 15
SEED = 7


def calendar() -> Any:
    """The weekdays of some ten years."""
    days = np.arange(FIRST, FIRST + 2 * DAYS, dtype=np.int32)
    return days[(days + 3) % 7 < 5][:DAYS]


def walks() -> Any:
    """Prices of all tickers, shape (n, t)."""
    steps = np.random.default_rng(SEED).normal(0.0003, 0.015, (TICKERS, DAYS))
    return 60 * np.exp(np.cumsum(steps, axis=1))


class Pairs:
    """Times of the file and of the database, pair by pair."""

    def __init__(self, seconds: list[tuple[float, float]]) -> None:
        self.seconds = seconds

    @property
    def ratio(self) -> float:
        return median(database / file for file, database in self.seconds)

    @property
    def file_ms(self) -> float:
        return 1000 * median(file for file, _ in self.seconds)

    @property
    def load_ms(self) -> float:
        return 1000 * median(database for _, database in self.seconds)


class Stored:
    """A set of such prices, and a file that holds the same numbers."""

    def __init__(self, prices: Any, folder: str) -> None:
        from modeling.prices.points import Points
        from modeling.services.prices import create_set, merge_many

        self.prices, self.days = prices, calendar()
        self.tickers = [f"T{number:03}" for number in range(TICKERS)]
        self.price_set = create_set(owner=None, name=os.urandom(4).hex())
        points = [Points(ticker, self.days, row) for ticker, row in zip(self.tickers, prices, strict=True)]
        for start in range(0, TICKERS, 100):
            merge_many(price_set=self.price_set, points=points[start : start + 100])
        self.file = Path(folder) / f"{self.price_set.name}.bin"
        prices.tofile(self.file)

    def from_file(self) -> Any:
        return np.fromfile(self.file).reshape(TICKERS, DAYS)

    def from_database(self) -> Any:
        from modeling.selectors_prices import read_panel

        return read_panel(self.price_set).prices

    def pairs(self, kept: list[object] | None = None) -> Pairs:
        """Reading the file and loading the panel in turn; where the results are *kept*, each gets new memory."""
        assert np.array_equal(self.from_database(), self.prices)
        self.from_file()
        return Pairs([(timed(self.from_file, kept), timed(self.from_database, kept)) for _ in range(PAIRS)])

    def point_update(self) -> float:
        from modeling.models import PriceSet
        from modeling.services.prices import merge_series

        price_set = PriceSet.objects.get(pk=self.price_set.pk)

        def update(number: int) -> None:
            day = self.days[-1 - 100 * number : len(self.days) - 100 * number]
            merged = merge_series(price_set=price_set, ticker=self.tickers[number], days=day, prices=[77.77])
            assert merged.changed == 1

        return milliseconds(update)

    def append_day(self) -> float:
        from modeling.prices.points import Points
        from modeling.services.prices import merge_many

        def append(number: int) -> None:
            day = self.days[-1:] + 3 + number
            points = [Points(ticker, day, np.array([80.25])) for ticker in self.tickers]
            assert sum(merged.added for merged in merge_many(price_set=self.price_set, points=points)) == TICKERS

        return milliseconds(append)


def timed(read: Callable[[], object], kept: list[object] | None) -> float:
    started = time.perf_counter()
    found = read()
    spent = time.perf_counter() - started
    if kept is not None:
        kept.append(found)
    return spent


def milliseconds(change: Callable[[int], None]) -> float:
    times = []
    for number in range(CHANGES):
        started = time.perf_counter()
        change(number)
        times.append(1000 * (time.perf_counter() - started))
    return median(times)


def main() -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    with tempfile.TemporaryDirectory() as folder:
        exact = Stored(walks(), folder)
        quoted = Stored(np.round(walks(), 2), folder)
        usual, new = quoted.pairs(), quoted.pairs(kept=[])
        figures = {
            "load_ratio": usual.ratio,
            "load_ms": usual.load_ms,
            "file_ms": usual.file_ms,
            "load_ratio_new_memory": new.ratio,
            "load_ms_new_memory": new.load_ms,
            "file_ms_new_memory": new.file_ms,
            "load_ratio_exact": exact.pairs().ratio,
            "point_update_ms": quoted.point_update(),
            "append_day_ms": quoted.append_day(),
        }
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
