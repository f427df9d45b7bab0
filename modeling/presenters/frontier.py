"""The efficient frontier as a drawing: risk to the right, expected return upwards, each portfolio and asset a mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from modeling.presenters.histogram import tick_digits
from modeling.presenters.scale import Scale
from valor.lib.numbers import format_number, format_percent

HEIGHT, FOOT = 320, 22
MOST_ASSETS = 600
MOST_NAMED = 40
# Room that a name takes, as a share of the width, and in pixels of the height.
NAME_WIDTH, NAME_HEIGHT = 7.0, 13.0
Place = tuple[float, float]


@dataclass(frozen=True)
class Mark:
    """One portfolio or asset. ``cx`` is in percent, ``cy`` in pixels; ``named`` ones have room for their name."""

    kind: str
    name: str
    cx: str
    cy: str
    words: str
    named: bool = False
    anchor: str = "start"


@dataclass(frozen=True)
class Tick:
    at: str
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class FrontierChart:
    height: int
    floor: int
    line: tuple[tuple[str, str, str, str], ...]
    assets: tuple[Mark, ...]
    marks: tuple[Mark, ...]
    risks: tuple[Tick, ...]
    returns: tuple[Tick, ...]
    summary: str
    table: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Plane:
    """Volatility to the right, expected return upwards."""

    risk: Scale
    reward: Scale

    def x(self, volatility: float) -> str:
        return self.risk.at(volatility)

    def y(self, expected_return: float) -> str:
        return f"{(100 - self.reward.share(expected_return)) / 100 * (HEIGHT - FOOT):.1f}"

    def mark(self, kind: str, name: str, place: Place) -> Mark:
        words = f"{name}: return {format_percent(place[1])}, risk {format_percent(place[0])}"
        return Mark(kind, name, self.x(place[0]), self.y(place[1]), words)


def plane_of(places: Iterable[Place]) -> Plane:
    places = list(places)
    risk = Scale.over([place[0] for place in places], 0.08)
    return Plane(Scale(max(risk.low, 0.0), risk.high), Scale.over([place[1] for place in places], 0.08))


def chart_of(
    plane: Plane, drawn: Sequence[Place], assets: Mapping[str, Place], marks: Mapping[str, tuple[str, Place]]
) -> FrontierChart:
    """*drawn* are volatility and return along the frontier; *marks* are places by name, each with its kind."""
    shown = dict(list(assets.items())[:MOST_ASSETS])
    line = tuple((plane.x(a[0]), plane.y(a[1]), plane.x(b[0]), plane.y(b[1])) for a, b in pairwise(drawn))
    return FrontierChart(
        HEIGHT,
        HEIGHT - FOOT,
        line,
        named([plane.mark("asset", name, place) for name, place in shown.items()]),
        tuple(plane.mark(kind, name, place) for name, (kind, place) in marks.items()),
        tuple(replace(tick, anchor=anchor_at(tick.at)) for tick in ticks_of(plane.risk, plane.x)),
        ticks_of(plane.reward, plane.y),
        summary_of(drawn, len(assets), marks),
        tuple((name, format_percent(risk), format_percent(reward)) for name, risk, reward in rows_of(drawn, marks)),
    )


def ticks_of(scale: Scale, at: object) -> tuple[Tick, ...]:
    values = scale.ticks()
    digits = max(tick_digits(values) - 2, 0)
    places = [(value, at(value)) for value in values]  # type: ignore[operator]
    return tuple(Tick(place, format_number(value * 100, digits)) for value, place in places)


def anchor_at(place: str) -> str:
    """So that the text stays within the drawing."""
    share = float(place.rstrip("%"))
    return "start" if share < 4 else "end" if share > 96 else "middle"


def named(marks: list[Mark]) -> tuple[Mark, ...]:
    """Names where they have room: none over another, none beyond the edge."""
    taken: list[tuple[float, float]] = []
    found = []
    for mark in marks:
        x, y = float(mark.cx.rstrip("%")), float(mark.cy)
        left = x > 90
        place = (x - NAME_WIDTH if left else x, y)
        free = all(abs(place[0] - a) >= NAME_WIDTH or abs(place[1] - b) >= NAME_HEIGHT for a, b in taken)
        has_room = free and len(marks) <= MOST_NAMED
        taken += [place] if has_room else []
        found.append(Mark(mark.kind, mark.name, mark.cx, mark.cy, mark.words, has_room, "end" if left else "start"))
    return tuple(found)


def summary_of(drawn: Sequence[Place], assets: int, marks: Mapping[str, tuple[str, Place]]) -> str:
    """What the drawing shows, for those who don't see it."""
    (low_risk, low), (high_risk, high) = drawn[0], drawn[-1]
    noun = "asset" if assets == 1 else "assets"
    text = (
        f"Efficient frontier of {assets} {noun}: from {format_percent(low)} at a risk of {format_percent(low_risk)} "
        f"to {format_percent(high)} at a risk of {format_percent(high_risk)} a year."
    )
    for name, (_, (risk, reward)) in marks.items():
        text += f" {name}: {format_percent(reward)} at a risk of {format_percent(risk)}."
    return text


def rows_of(drawn: Sequence[Place], marks: Mapping[str, tuple[str, Place]]) -> list[tuple[str, float, float]]:
    """The marks, then about a dozen points of the line."""
    step = max(len(drawn) // 11, 1)
    points = [*drawn[::step]] if drawn else []
    if drawn and points[-1] != drawn[-1]:
        points.append(drawn[-1])
    return [(name, *place) for name, (_, place) in marks.items()] + [("On the frontier", *place) for place in points]
