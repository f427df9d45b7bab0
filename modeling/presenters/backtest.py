"""A kept backtest: the paths of the money and the weights as charts, measures side by side, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modeling.presenters.backtest_charts import REST, backtest_charts, has_rest, name_of, rest_of
from modeling.presenters.time_chart import TimeChart
from modeling.presenters.words import inside
from valor.lib.numbers import format_number, format_percent

MOST_COLUMNS, MOST_REBALANCES, MOST_EVENTS = 8, 60, 50
MEASURES = (
    ("Return a year", "annual_return", "rate"),
    ("Volatility a year", "volatility", "rate"),
    ("Sharpe ratio", "sharpe", "number"),
    ("Sortino ratio", "sortino", "number"),
    ("Greatest fall", "max_drawdown", "rate"),
    ("Calmar ratio", "calmar", "number"),
    ("Tracking error", "tracking_error", "rate"),
    ("Information ratio", "information_ratio", "number"),
)


@dataclass(frozen=True)
class BacktestView:
    sentence: str
    charts: tuple[TimeChart, ...]
    names: tuple[str, ...]
    measures: tuple[tuple[str, tuple[str, ...]], ...]
    columns: tuple[str, ...]
    rebalances: tuple[tuple[str, str, tuple[str, ...]], ...]
    earlier: int
    events: tuple[tuple[str, str], ...]
    more_events: str


def backtest_view(result: Mapping[str, Any]) -> BacktestView:
    tracks = result["tracks"]
    columns = columns_of(result["weights"])
    others = (REST,) if has_rest(result["weights"], columns) else ()
    events = result["events"]
    return BacktestView(
        sentence_of(tracks),
        backtest_charts(result, columns),
        tuple(map(name_of, tracks)),
        measures_of(tracks),
        (*columns, *others),
        tuple(rebalance_row(done, columns, bool(others)) for done in reversed(result["weights"][-MOST_REBALANCES:])),
        max(len(result["weights"]) - MOST_REBALANCES, 0),
        tuple((event["day"], f"{event['ticker']} {event['message']}".strip()) for event in events[:MOST_EVENTS]),
        more_words(max(len(events) - MOST_EVENTS, 0), int(result.get("more_events") or 0)),
    )


def more_words(in_file: int, lost: int) -> str:
    """Where the events are that the page leaves out, and how many the result itself does."""
    more = f"{in_file} more are in the Excel file" if in_file else ""
    rest = f"the last {lost:,} were counted only" if lost else ""
    return "; ".join(filter(None, (more, rest)))


def sentence_of(tracks: Sequence[Mapping[str, Any]]) -> str:
    """What came of it in one sentence, against the others."""
    own, *others = tracks
    text = (
        f"{format_percent(own['performance']['annual_return'])} a year after costs, "
        f"{own['days'][0]} to {own['days'][-1]}"
    )
    against = [f"{format_percent(one['performance']['annual_return'])} with {inside(name_of(one))}" for one in others]
    return f"{text}, against {' and '.join(against)}." if against else f"{text}."


def measures_of(tracks: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    rows = [
        (label, tuple(shown(track["performance"].get(name), kind) for track in tracks))
        for label, name, kind in MEASURES
    ]
    rows.append(("Turnover a year", tuple(format_percent(track["turnover"]) for track in tracks)))
    rows.append(("Lost to costs a year", tuple(format_percent(track["cost_drag"], 2) for track in tracks)))
    rows.append(("Costs paid", tuple(format_number(track["costs"], 0) for track in tracks)))
    rows.append(("Times rebalanced", tuple(format_number(track["rebalances"], 0) for track in tracks)))
    return tuple(rows)


def shown(value: float | None, kind: str) -> str:
    return format_percent(value) if kind == "rate" else format_number(value, 2)


def columns_of(rebalances: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The assets that were held most, over all rebalances."""
    sums: dict[str, float] = {}
    for done in rebalances:
        for name, weight in done["weights"].items():
            sums[name] = sums.get(name, 0.0) + abs(weight)
    return tuple(sorted(sums, key=lambda name: -sums[name])[:MOST_COLUMNS])


def rebalance_row(done: Mapping[str, Any], columns: Sequence[str], others: bool) -> tuple[str, str, tuple[str, ...]]:
    """Day, turnover, the weights of the columns, and what all others come to where there are any."""
    weights = done["weights"]
    cells = [format_percent(weights.get(name, 0.0)) for name in columns]
    rest = [format_percent(rest_of(weights, columns))] if others else []
    return done["traded"], format_percent(done["turnover"]), (*cells, *rest)
