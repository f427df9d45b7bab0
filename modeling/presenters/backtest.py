"""A kept backtest: the paths of the money as a drawing, measures side by side, weights over time, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from modeling.presenters.histogram import tick_digits
from modeling.presenters.scale import Scale
from modeling.presenters.words import inside
from valor.lib.numbers import format_number, format_percent

WIDTH, HEIGHT, FOOT = 1000, 300, 22
MOST_POINTS, MOST_COLUMNS, MOST_REBALANCES, MOST_EVENTS = 400, 8, 60, 50
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
NAMES = {"strategy": "Strategy", "equal weight": "Equal weights", "equal_weight": "Equal weights"}


@dataclass(frozen=True)
class Path:
    name: str
    points: str
    series: int


@dataclass(frozen=True)
class TrackChart:
    width: int
    height: int
    floor: int
    paths: tuple[Path, ...]
    values: tuple[tuple[str, str], ...]
    days: tuple[tuple[str, str, str], ...]
    summary: str


@dataclass(frozen=True)
class BacktestView:
    sentence: str
    chart: TrackChart
    names: tuple[str, ...]
    measures: tuple[tuple[str, tuple[str, ...]], ...]
    columns: tuple[str, ...]
    rebalances: tuple[tuple[str, str, tuple[str, ...]], ...]
    earlier: int
    events: tuple[tuple[str, str], ...]
    more_events: int


def name_of(track: Mapping[str, Any]) -> str:
    name = str(track["name"])
    return NAMES.get(name, name)


def backtest_view(result: Mapping[str, Any]) -> BacktestView:
    tracks = result["tracks"]
    columns = columns_of(result["weights"])
    events = result["events"]
    return BacktestView(
        sentence_of(tracks),
        chart_of(tracks),
        tuple(map(name_of, tracks)),
        measures_of(tracks),
        columns,
        tuple(rebalance_row(done, columns) for done in reversed(result["weights"][-MOST_REBALANCES:])),
        max(len(result["weights"]) - MOST_REBALANCES, 0),
        tuple((event["day"], f"{event['ticker']} {event['message']}".strip()) for event in events[:MOST_EVENTS]),
        max(len(events) - MOST_EVENTS, 0) + int(result.get("more_events") or 0),
    )


def sentence_of(tracks: Sequence[Mapping[str, Any]]) -> str:
    """What came of it in one sentence, against the others."""
    own, *others = tracks
    text = (
        f"{format_percent(own['performance']['annual_return'])} a year after costs, "
        f"{own['days'][0]} to {own['days'][-1]}"
    )
    against = [f"{format_percent(one['performance']['annual_return'])} with {inside(name_of(one))}" for one in others]
    return f"{text}, against {' and '.join(against)}." if against else f"{text}."


def chart_of(tracks: Sequence[Mapping[str, Any]]) -> TrackChart:
    """Each path as what became of 100; the days are drawn at their distance."""
    thinned = [thin(track) for track in tracks]
    days = [day for found, _ in thinned for day in found]
    across = Scale(float(min(days)), float(max(*days, min(days) + 1)))
    up = Scale.over([value for _, values in thinned for value in values], 0.05)
    paths = tuple(
        Path(name_of(track), points_of(days, values, across, up), place)
        for place, (track, (days, values)) in enumerate(zip(tracks, thinned, strict=True), 1)
    )
    ticks = up.ticks()
    digits = tick_digits(ticks)
    return TrackChart(
        WIDTH,
        HEIGHT,
        HEIGHT - FOOT,
        paths,
        tuple((f"{height_of(up, value):.1f}", format_number(value, digits)) for value in ticks),
        day_ticks(across),
        summary_of(tracks, thinned),
    )


def thin(track: Mapping[str, Any]) -> tuple[list[int], list[float]]:
    """So many points at most, the last among them, as what became of 100."""
    days = [date.fromisoformat(day).toordinal() for day in track["days"]]
    first = track["values"][0]
    values = [value / first * 100 for value in track["values"]]
    step = max(-(-len(days) // MOST_POINTS), 1)
    places = sorted({*range(0, len(days), step), len(days) - 1})
    return [days[place] for place in places], [values[place] for place in places]


def height_of(scale: Scale, value: float) -> float:
    return (100 - scale.share(value)) / 100 * (HEIGHT - FOOT)


def points_of(days: Sequence[int], values: Sequence[float], across: Scale, up: Scale) -> str:
    return " ".join(
        f"{across.share(day) * WIDTH / 100:.1f},{height_of(up, value):.1f}"
        for day, value in zip(days, values, strict=True)
    )


def day_ticks(across: Scale) -> tuple[tuple[str, str, str], ...]:
    """Four days, evenly apart."""
    shares = (0.0, 1 / 3, 2 / 3, 1.0)
    anchors = ("start", "middle", "middle", "end")
    days = [date.fromordinal(round(across.low + share * (across.high - across.low))) for share in shares]
    return tuple(
        (f"{share * 100:.2f}%", day.isoformat(), anchor)
        for share, day, anchor in zip(shares, days, anchors, strict=True)
    )


def summary_of(tracks: Sequence[Mapping[str, Any]], thinned: Sequence[tuple[list[int], list[float]]]) -> str:
    ends = [
        f"{format_number(values[-1], 1)} with {name_of(track)}"
        for track, (_, values) in zip(tracks, thinned, strict=True)
    ]
    return f"What became of 100 from {tracks[0]['days'][0]} to {tracks[0]['days'][-1]}: {', '.join(ends)}."


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


def rebalance_row(done: Mapping[str, Any], columns: Sequence[str]) -> tuple[str, str, tuple[str, ...]]:
    """Day, turnover, the weights of the columns, and what all others come to."""
    weights = done["weights"]
    rest = sum(weights.values()) - sum(weights.get(name, 0.0) for name in columns)
    cells = [format_percent(weights.get(name, 0.0)) for name in columns]
    return done["traded"], format_percent(done["turnover"]), (*cells, format_percent(rest))
