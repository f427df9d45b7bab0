"""The table of value per share over two drivers, coloured in nine steps around the price."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modeling.forms.fields import DRIVERS
from modeling.presenters.scale import digits_for
from modeling.presenters.words import inside
from valor.lib.numbers import format_number, format_percent

# Value over price at which the colour changes; step 5 is at the price.
STEPS = (0.5, 0.7, 0.85, 0.97, 1.03, 1.15, 1.3, 1.5)


@dataclass(frozen=True)
class HeatCell:
    """One value; ``step`` 0 has no colour. ``is_base`` marks the base case."""

    text: str
    step: int
    is_base: bool


@dataclass(frozen=True)
class Heat:
    title: str
    axes: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]
    legend: str


def step_of(value: float, reference: float) -> int:
    """The colour from 1 (far below) over 5 (at) to 9 (far above)."""
    return bisect_right(STEPS, value / reference) + 1 if reference > 0 else 0


def heat_of(grid: Mapping[str, Any], price: float | None, base: float) -> Heat:
    """The table of a sensitivity grid; without a price the colours stand around the base case."""
    reference = price if price is not None else base
    row_axis, column_axis = grid["rows"], grid["columns"]
    row_label, column_label = (DRIVERS[axis["driver"]].label for axis in (row_axis, column_axis))
    rows = tuple(
        (format_percent(at), tuple(cell(value, reference, base) for value in line))
        for at, line in zip(row_axis["values"], grid["values"], strict=True)
    )
    return Heat(
        title=f"{row_label} and {inside(column_label)}",
        axes=f"down: {inside(row_label)}, across: {inside(column_label)}",
        columns=tuple(format_percent(at) for at in column_axis["values"]),
        rows=rows,
        legend="Blue is above the price, orange below." if price is not None else "Blue is above the base case.",
    )


def cell(value: float | None, reference: float, base: float) -> HeatCell:
    if value is None:
        return HeatCell("–", 0, False)
    is_base = abs(value - base) <= 1e-9 * max(abs(base), 1.0)
    return HeatCell(format_number(value, digits_for(value)), step_of(value, reference), is_base)
