"""A run's result as the rows of its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modeling.forms.fields import DRIVERS
from modeling.presenters.histogram import Histogram, histogram_of
from modeling.presenters.results import per_share, price_of, told
from modeling.presenters.scale import Scale
from modeling.presenters.words import historic, inside
from valor.lib.numbers import format_number, format_percent

PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)


@dataclass(frozen=True)
class Fact:
    """One figure of the result with its precision and what it means."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class PercentileRow:
    label: str
    value: str
    error: str


@dataclass(frozen=True)
class TornadoRow:
    """One driver: its share of the variance and the mean value in its lowest and highest tenth."""

    label: str
    share: str
    low: str
    high: str
    x: str
    width: str
    rises: bool


@dataclass(frozen=True)
class Tornado:
    rows: tuple[TornadoRow, ...]
    mean_x: str
    overlapping: bool


@dataclass(frozen=True)
class CorrelationRow:
    label: str
    requested: str
    rank: str
    linear: str


@dataclass(frozen=True)
class Convergence:
    """The running mean over the trials, as line segments."""

    segments: tuple[tuple[str, str, str, str], ...]
    words: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class RunView:
    sentence: str
    facts: tuple[Fact, ...]
    percentiles: tuple[PercentileRow, ...]
    histogram: Histogram
    tornado: Tornado | None
    correlations: tuple[CorrelationRow, ...]
    convergence: Convergence | None
    warnings: tuple[Any, ...]


def run_view(result: Mapping[str, Any], currency: str) -> RunView:
    """Everything the page of a finished run shows."""
    return RunView(
        sentence=str(result["sentence"]).replace(" %", "\N{NO-BREAK SPACE}%"),
        facts=facts_of(result, currency),
        percentiles=percentiles_of(result),
        histogram=histogram_of(result, currency),
        tornado=tornado_of(result),
        correlations=correlations_of(result.get("correlations") or {}),
        convergence=convergence_of(result.get("convergence") or []),
        warnings=tuple(told(warning) for warning in result.get("warnings") or ()),
    )


def error_of(result: Mapping[str, Any], name: str) -> str:
    """The standard error of a statistic, with digits enough to be seen."""
    error = (result.get("standard_error") or {}).get(name)
    return "–" if error is None else f"± {small(float(error))}"


def small(value: float) -> str:
    """Two significant digits, never an exponent."""
    if value == 0:
        return "0"
    digits = max(0, 1 - int(f"{value:e}".partition("e")[2]))
    return format_number(value, min(digits, 10))


def facts_of(result: Mapping[str, Any], currency: str) -> tuple[Fact, ...]:
    facts = [
        Fact("Mean", f"{currency} {per_share(result['mean'])}", f"standard error {error_of(result, 'mean')}"),
        Fact("Standard deviation", per_share(result["sd"]), f"standard error {error_of(result, 'sd')}"),
        probability(result, currency),
        Fact(
            "Negative", format_percent(result.get("negative_share"), 2), "trials in which the equity is below nothing"
        ),
        Fact(
            "Floored", format_percent(result.get("floored_share"), 2), "trials whose spread was lifted to its minimum"
        ),
    ]
    shortfall = (result.get("expected_shortfall") or {}).get("p5")
    if shortfall is not None:
        facts.append(Fact("Expected shortfall", per_share(shortfall), "mean of the worst twentieth"))
    return tuple(facts)


def probability(result: Mapping[str, Any], currency: str) -> Fact:
    chance = result.get("probability_above_price")
    if chance is None:
        return Fact("P(value > price)", "–", str(result.get("probability_reason") or "There is no price."))
    return Fact("P(value > price)", format_percent(chance), f"at a price of {currency} {per_share(result['price'])}")


def percentiles_of(result: Mapping[str, Any]) -> tuple[PercentileRow, ...]:
    marks = result["percentiles"]
    return tuple(PercentileRow(f"{n} %", per_share(marks[f"p{n}"]), error_of(result, f"p{n}")) for n in PERCENTILES)


def driver_label(name: str) -> str:
    return DRIVERS[name].label if name in DRIVERS else name


def tornado_of(result: Mapping[str, Any]) -> Tornado | None:
    """The drivers, the one that matters most first, on one scale around the mean."""
    entries = sorted(result.get("contributions") or [], key=lambda entry: -(entry["share"] or 0.0))
    if not entries:
        return None
    scale = Scale.over([*(e["low"] for e in entries), *(e["high"] for e in entries), result["mean"]], margin=0.02)
    rows = []
    for entry in entries:
        low, high = float(entry["low"]), float(entry["high"])
        x, width = scale.span(low, high)
        share = format_percent(entry["share"], 0)
        rows.append(
            TornadoRow(driver_label(entry["driver"]), share, per_share(low), per_share(high), x, width, high > low)
        )
    return Tornado(tuple(rows), scale.at(result["mean"]), any(entry.get("overlapping") for entry in entries))


def correlations_of(found: Mapping[str, Any]) -> tuple[CorrelationRow, ...]:
    """Each pair that was asked for, with what the sample achieved."""
    drivers = list(found.get("drivers") or [])
    rows = []
    for i, row in enumerate(drivers):
        for j, column in enumerate(drivers[:i]):
            asked, rank, linear = (found[name][i][j] for name in ("requested", "rank", "linear"))
            if asked:
                label = f"{driver_label(column)} and {inside(driver_label(row))}"
                rows.append(CorrelationRow(label, *(format_number(value, 3) for value in (asked, rank, linear))))
    return tuple(rows)


def convergence_of(trace: list[Mapping[str, Any]]) -> Convergence | None:
    if len(trace) < 2:
        return None
    across = Scale(0.0, float(trace[-1]["trials"]))
    up = Scale.over([point["mean"] for point in trace], margin=0.1)
    points = [(across.at(point["trials"]), f"{100 - up.share(point['mean']):.2f}%") for point in trace]
    segments = tuple((*points[i], *points[i + 1]) for i in range(len(points) - 1))
    rows = tuple(
        (format_number(point["trials"], 0), format_number(point["mean"], 4), converged(point)) for point in trace
    )
    low, high = (format_number(edge([point["mean"] for point in trace]), 4) for edge in (min, max))
    words = f"Between {low} and {high} from {rows[0][0]} to {rows[-1][0]} trials."
    return Convergence(segments, words, rows)


def converged(point: Mapping[str, Any]) -> str:
    error = point.get("standard_error")
    return "–" if error is None else f"± {small(float(error))}"


def inputs_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The snapshot of a run's drivers in words."""
    inputs = document.get("inputs") or {}
    price = price_of(document)
    rows = [
        (field.label, historic(inputs[name], field)) for name, field in DRIVERS.items() if inputs.get(name) is not None
    ]
    return [*rows, ("Market price", per_share(price))] if price is not None else rows
