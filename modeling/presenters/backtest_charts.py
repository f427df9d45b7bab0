"""What became of the money in a backtest, and in what it was held: the charts over its days."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from modeling.presenters.time_chart import Mark, TimeChart, Value, figures_of
from valor.lib.numbers import format_number, format_percent

MOST_POINTS = 400
NAMES = {"strategy": "Strategy", "equal weight": "Equal weights", "equal_weight": "Equal weights"}
REST = "Others"
UNTOLD = 0.005  # what nobody sees
TOLD = 3
EPOCH = date(1970, 1, 1)


def backtest_charts(result: Mapping[str, Any], columns: Sequence[str]) -> tuple[TimeChart, ...]:
    """The paths of the money, and the weights of the *columns* with the rest; over the same days."""
    days = days_of(result["tracks"][0])
    return (growth_chart(result, days), *weights_chart(result["weights"], columns, days))


def name_of(track: Mapping[str, Any]) -> str:
    name = str(track["name"])
    return NAMES.get(name, name)


def number(day: str) -> int:
    return (date.fromisoformat(day) - EPOCH).days


def days_of(track: Mapping[str, Any]) -> list[str]:
    """So many of its days at most, the last among them."""
    days = track["days"]
    step = max(-(-len(days) // MOST_POINTS), 1)
    return [days[place] for place in sorted({*range(0, len(days), step), len(days) - 1})]


def growth_chart(result: Mapping[str, Any], days: Sequence[str]) -> TimeChart:
    """Each path as what became of 100, with what happened on the way."""
    tracks = result["tracks"]
    rows = [growth_of(track, days) for track in tracks]
    ends = [f"{format_number(row[-1], 1)} with {name_of(track)}" for track, row in zip(tracks, rows, strict=True)]
    lost = any(value is not None and value <= 0 for row in rows for value in row)
    return TimeChart(
        slug="growth",
        title="What became of 100",
        labels=tuple(map(name_of, tracks)),
        unit="index",
        range="own" if lost else "growth",
        figures=figures_of([number(day) for day in days], rows, marks=marks_of(result["events"])),
        summary=f"What became of 100 from {days[0]} to {days[-1]}: {', '.join(ends)}.",
        is_tall=True,
    )


def growth_of(track: Mapping[str, Any], days: Sequence[str]) -> list[Value]:
    values = dict(zip(track["days"], track["values"], strict=True))
    first = track["values"][0]
    return [values[day] / first * 100 if day in values else None for day in days]


def marks_of(events: Sequence[Mapping[str, Any]]) -> list[Mark]:
    return [
        Mark(number(event["day"]), number(event["day"]), f"{event['ticker']} {event['kind']}".strip())
        for event in events
    ]


def weights_chart(
    rebalances: Sequence[Mapping[str, Any]], columns: Sequence[str], days: Sequence[str]
) -> tuple[TimeChart, ...]:
    """On each day what was held after the last rebalancing, largest first; none where nothing was ever held."""
    if not columns:
        return ()
    traded = [done["traded"] for done in rebalances]
    held = [rebalances[place - 1]["weights"] if (place := bisect_right(traded, day)) else None for day in days]
    rows = [[None if weights is None else 100 * weights.get(name, 0.0) for weights in held] for name in columns]
    rest = [None if weights is None else 100 * rest_of(weights, columns) for weights in held]
    others = [REST] if has_rest(rebalances, columns) else []
    return (
        TimeChart(
            slug="weights",
            title="Weights over time",
            labels=(*columns, *others),
            unit="percent",
            range="stacked",
            figures=figures_of([number(day) for day in days], [*rows, *([rest] if others else [])]),
            summary=weights_summary(rebalances, columns),
            is_tall=True,
            told_below=True,
        ),
    )


def has_rest(rebalances: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bool:
    """Whether anything else was ever held."""
    return any(done["weights"].keys() - set(columns) for done in rebalances)


def rest_of(weights: Mapping[str, float], columns: Sequence[str]) -> float:
    """What all others come to."""
    return sum(weight for name, weight in weights.items() if name not in columns)


def weights_summary(rebalances: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """The largest on average and at the end, and whether something stayed in cash."""
    count = len(rebalances)
    times = "the one rebalancing" if count == 1 else f"each of {count} rebalancings"
    means = [(name, sum(done["weights"].get(name, 0.0) for done in rebalances) / count) for name in columns]
    last = sorted(rebalances[-1]["weights"].items(), key=lambda item: -abs(item[1]))
    cash = max(1 - sum(done["weights"].values()) for done in rebalances)
    text = f"After {times}. On average most in {listed(means)}; at the end in {listed(last)}."
    return f"{text} Up to {format_percent(cash)} was cash." if cash > UNTOLD else text


def listed(weights: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{name} ({format_percent(weight)})" for name, weight in weights[:TOLD])
