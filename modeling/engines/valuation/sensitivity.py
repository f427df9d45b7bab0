"""Value per share over two drivers, by the formula of the valuation itself: each cell is one trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modeling.engines.valuation.dcf import value_dcf
from modeling.engines.valuation.inputs import LIMITS, Array, DcfInputs
from modeling.engines.valuation.limits import outside


@dataclass(frozen=True)
class Axis:
    """A driver and the figures it takes."""

    driver: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Grid:
    """Values row by row; None where there is no sound one, with the reason at the same place of `reasons`."""

    rows: Axis
    columns: Axis
    values: tuple[tuple[float | None, ...], ...]
    reasons: tuple[tuple[str, ...], ...]


def steps_around(base: float, step: float, count: int) -> tuple[float, ...]:
    """`count` figures (odd), `step` apart, the base case exactly in the middle."""
    half = count // 2
    return tuple(base + step * offset if offset else base for offset in range(-half, half + 1))


def grid_over(inputs: DcfInputs, rows: Axis, columns: Axis) -> Grid:
    """Values every pair of figures in one pass. `inputs` holds numbers only, the base case.

    A cell has no value where a figure is impossible, or where the spread between the terminal cost of capital and
    growth is under `minimum_spread`.
    """
    down, across = np.meshgrid(rows.values, columns.values, indexing="ij")
    reasons = [
        [impossible(rows.driver, down) or impossible(columns.driver, across) for across in columns.values]
        for down in rows.values
    ]
    possible = np.array([[not reason for reason in line] for line in reasons])
    trials = inputs.with_drivers(
        {
            axis.driver: np.where(possible, figures, getattr(inputs, axis.driver)).ravel()
            for axis, figures in ((rows, down), (columns, across))
        }
    )
    narrow = narrow_spread(trials).reshape(down.shape)
    with np.errstate(all="ignore"):
        values = value_dcf(trials, floor=True).value_per_share.reshape(down.shape)
    for i, j in zip(*np.nonzero(narrow & possible), strict=True):
        reasons[i][j] = f"The spread between cost of capital and growth is under {inputs.minimum_spread:.2%}."
    for i, j in zip(*np.nonzero(~np.isfinite(values) & possible), strict=True):
        reasons[i][j] = reasons[i][j] or "The value is not a finite number."
    return Grid(
        rows,
        columns,
        tuple(
            tuple(None if reasons[i][j] else float(value) for j, value in enumerate(line))
            for i, line in enumerate(values)
        ),
        tuple(tuple(line) for line in reasons),
    )


def impossible(driver: str, figure: float) -> str:
    """Why the driver can't take this figure, empty where it can."""
    if driver not in LIMITS or outside(driver, figure) is None:
        return ""
    return f"{driver} of {figure:.4g} is impossible: it must be {LIMITS[driver].words()}."


def narrow_spread(inputs: DcfInputs) -> Array:
    """Which trials have a spread under the minimum, as an array of booleans."""
    cost = inputs.cost_of_capital if inputs.terminal_cost_of_capital is None else inputs.terminal_cost_of_capital
    # Rounding must not tip a cell whose spread is the minimum itself.
    narrow = np.asarray(cost - inputs.terminal_growth) < inputs.minimum_spread - 1e-12
    sizes = [len(value) for value in vars(inputs).values() if isinstance(value, np.ndarray)]
    return np.broadcast_to(narrow & (inputs.terminal_method == "gordon"), sizes[:1] or (1,))
