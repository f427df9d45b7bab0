"""Where the figures of a portfolio come from: a stored price set, prices in the document, or stated estimates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

import numpy as np

from modeling.codecs.portfolio.fields import COVARIANCE, MOST_ASSETS, MOST_DAYS, PRICE, RETURN
from modeling.codecs.portfolio.lists import is_ticker, objects, tickers
from modeling.codecs.portfolio.model import PERIODS, Frequency, Given, InlinePrices, Source, StoredPrices
from modeling.codecs.reading import MISSING, Reader, described
from modeling.engines.prices.panel import Panel

STORED = ("set", "tickers", "from", "to", "frequency")
INLINE = ("dates", "series", "frequency")
EPOCH = date(1970, 1, 1)


def read_source(document: Reader) -> Source:
    """The source; where it can't be read, one without assets comes back, and the problem is reported."""
    prices, assets = document.get("prices"), document.get("assets")
    if assets is not MISSING and prices is not MISSING:
        document.report("assets", MISSING, "There are prices as well as stated estimates.", "Give one of the two.")
    if assets is not MISSING:
        return read_given(document)
    inline = isinstance(prices, Mapping) and "series" in prices
    section = document.section("prices", INLINE if inline else STORED)
    if section is None:
        if prices is MISSING:
            remedy = 'Give "prices": {"set": 1}, or assets with their mean and a covariance.'
            document.report("prices", MISSING, "There is nothing to choose from.", remedy)
        return StoredPrices(0)
    return read_inline(section) if inline else read_stored(section)


def read_stored(section: Reader) -> StoredPrices:
    price_set = section.whole("set", 1, 2**31 - 1)
    names = tickers(section, "tickers", MOST_ASSETS)
    first, last = section.date("from"), section.date("to")
    if first and last and first > last:
        section.report("from", first.isoformat(), "It is after the end of the period.", "Give an earlier date.")
    return StoredPrices(price_set, names, first, last, frequency_of(section))


def frequency_of(section: Reader) -> Frequency:
    return cast(Frequency, section.choice("frequency", ("own", *PERIODS), "own"))


def read_inline(section: Reader) -> InlinePrices:
    days = read_days(section)
    rows = read_series(section, len(days))
    prices = np.array(list(rows.values())) if rows and len(days) else np.empty((len(rows), len(days)))
    return InlinePrices(Panel(days, tuple(rows), prices), frequency_of(section))


def read_days(section: Reader) -> np.ndarray[Any, np.dtype[np.int32]]:
    """The calendar: dates in rising order."""
    value = section.get("dates")
    if not isinstance(value, list | tuple) or not 3 <= len(value) <= MOST_DAYS:
        remedy = 'Give dates such as ["2024-01-05", "2024-01-12", ...], one for each price.'
        section.report("dates", value, f"It must be a list of 3 to {MOST_DAYS} dates.", remedy)
        return np.empty(0, np.int32)
    days: list[int] = []
    for index, raw in enumerate(value):
        day = day_of(raw)
        if day is None or (days and day <= days[-1]):
            message = f"{described(raw)} is not a date." if day is None else "It does not come after the one before."
            section.report(f"dates.{index}", raw, message, "Give dates as YYYY-MM-DD, in rising order, none twice.")
            return np.empty(0, np.int32)
        days.append(day)
    return np.array(days, np.int32)


def day_of(raw: Any) -> int | None:
    try:
        return (date.fromisoformat(raw) - EPOCH).days if len(raw) == 10 else None
    except (TypeError, ValueError):
        return None


def read_series(section: Reader, count: int) -> dict[str, list[float]]:
    """The prices by ticker, null where there is none."""
    value = section.get("series")
    if not isinstance(value, Mapping) or not 1 <= len(value) <= MOST_ASSETS:
        remedy = 'Give an object such as {"AAPL": [101.2, null, 102.9]}.'
        section.report("series", value, f"It must hold the prices of 1 to {MOST_ASSETS} tickers.", remedy)
        return {}
    found: dict[str, list[float]] = {}
    for name, raw in value.items():
        if not is_ticker(name):
            section.report(
                "series", name, "A ticker must have printable characters.", "Name each series by its ticker."
            )
        elif not isinstance(raw, list | tuple) or (count and len(raw) != count):
            told = len(raw) if isinstance(raw, list | tuple) else raw
            section.report(f"series.{name}", told, f"It must be a list of {count} prices.", "Give one for each date.")
        else:
            found[name.strip()] = [
                math.nan if price is None else section.checked(f"series.{name}.{index}", price, PRICE)
                for index, price in enumerate(raw)
            ]
    return found


def read_given(document: Reader) -> Given:
    """Stated estimates: each asset with its mean, and one covariance for all."""
    example = '{"name": "AAPL", "mean": 0.08}'

    def one(raw: Mapping[str, Any], path: str) -> tuple[str, float]:
        entry = Reader(raw, path, ("name", "mean"), document.problems)
        name = entry.text("name")
        if not name:
            entry.report("name", MISSING, "It is missing.", "Give the asset's ticker.")
        return name, entry.needed("mean", RETURN)

    assets = objects(document, "assets", MOST_ASSETS, one, example)
    names = tuple(name for name, _ in assets)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        document.report("assets", twice, "It is listed twice.", "List it once.")
    return Given(names, np.array([mean for _, mean in assets]), read_covariance(document, len(assets)))


def read_covariance(document: Reader, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    value = document.get("covariance")
    square = isinstance(value, list | tuple) and all(isinstance(row, list | tuple) for row in value)
    if not square or len(value) != count or any(len(row) != count for row in value):
        message = "It is missing." if value is MISSING else f"It is not a table of {count} by {count} numbers."
        document.report("covariance", MISSING, message, f"Give {count} rows of {count} numbers, in the assets' order.")
        return np.zeros((count, count))
    rows = [
        [document.checked(f"covariance.{i}.{j}", figure, COVARIANCE) for j, figure in enumerate(row)]
        for i, row in enumerate(value)
    ]
    return np.array(rows)
