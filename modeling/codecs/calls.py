"""The calls that the API, the commands and the workbench share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from modeling.codecs.fields import INPUTS
from modeling.codecs.model import DcfModel
from modeling.codecs.parse import parse_document
from modeling.codecs.reading import choices, nearest, plain_number, refuse, shown
from modeling.codecs.results import result_to_dict
from modeling.codecs.uncertainty import correlation_matrix, possible
from modeling.engines.simulation.simulate import Simulation
from modeling.engines.simulation.spec import LEAST_TRIALS, MOST_TRIALS, SimulationSpec
from modeling.engines.valuation.dcf import DcfResult, value_dcf
from modeling.engines.valuation.inputs import DcfInputs
from modeling.engines.valuation.sensitivity import Axis, grid_over, steps_around
from modeling.engines.valuation.trials import TrialModel
from valor.lib.errors import InvalidInput, Problem

MIN_TRIALS = LEAST_TRIALS
MAX_TRIALS = MOST_TRIALS
SAMPLING = ("trials", "seed", "sampler")
PREVIEW_TRIALS = 16_384
PREVIEW_SEED = 1
GRID_SIZE = 5
MOST_GRID_SIZE = 41
STEPS = {"cost_of_capital": 0.01, "terminal_cost_of_capital": 0.01, "terminal_growth": 0.005, "terminal_roic": 0.02}


def value_model(model: DcfModel) -> DcfResult:
    """The base case with its yearly table; raises InvalidInput where it has no finite value."""
    with np.errstate(all="ignore"):
        result = value_dcf(model.inputs, trace=True)
    if not all(np.isfinite(total).all() for total in (result.value_per_share, *result.totals.values())):
        message = "With these inputs the value is not a finite number."
        raise InvalidInput.at("inputs", None, message, "Look for a figure that is far too large or too small.")
    return result


def value_document(raw: Mapping[str, Any], today: date | None = None) -> dict[str, Any]:
    """Parse, value, and give the result as plain data: the whole stateless calculation.

    Only the warning of old statements depends on `today`; it is left out where that is not told.
    """
    model = parse_document(raw)
    return result_to_dict(model, value_model(model), today)


def simulation_of(model: DcfModel, trials: int, seed: int, sampler: str = "sobol") -> Simulation:
    """The simulation of a model's uncertainty, ready to run.

    Raises InvalidInput at `trials`, `seed` or `sampler`, and at `uncertainty` where no driver is uncertain.
    """
    drivers = tuple((name, possible(name, distribution)) for name, distribution in model.uncertainty.items())
    spec = SimulationSpec(
        drivers=drivers,
        correlation=correlation_matrix(tuple(model.uncertainty), model.correlations),
        trials=trials,
        seed=seed,
        sampler=sampler,
        price=None if model.price is None else model.price.value,
    )
    return Simulation(spec, TrialModel(model.inputs, spec.names))


def sampling_problems(trials: Any, seed: Any, sampler: Any) -> tuple[Problem, ...]:
    """What `simulation_of` would refuse at `trials`, `seed` and `sampler`, whatever the model is."""
    try:
        SimulationSpec(drivers=(), trials=trials, seed=seed, sampler=sampler)
    except InvalidInput as error:
        # Without a driver it is refused in any case, which is not asked here.
        return tuple(problem for problem in error.problems if problem.field in SAMPLING)
    return ()


def preview(model: DcfModel) -> dict[str, Any]:
    """The range of the value from one block of trials; nulls where no driver is uncertain."""
    if not model.uncertainty:
        return {"p10": None, "p50": None, "p90": None, "trials": 0}
    seen = simulation_of(model, PREVIEW_TRIALS, PREVIEW_SEED).preview()
    return {"p10": seen.p10, "p50": seen.p50, "p90": seen.p90, "trials": seen.trials}


def sensitivity(
    model: DcfModel,
    rows: str = "cost_of_capital",
    columns: str = "terminal_growth",
    *,
    row_values: Sequence[float] | None = None,
    column_values: Sequence[float] | None = None,
    size: int = GRID_SIZE,
) -> dict[str, Any]:
    """Value per share over two drivers: ``{"rows": {driver, values}, "columns": ..., "values": [[...]], "reasons"}``.

    Without given values the axes stand around the base case, `size` figures each. A cell without a sound value is
    null, its reason at the same place of ``reasons``. A terminal figure that follows (null) moves along.
    """
    problems = [
        *axis_problems("rows", rows, row_values, model),
        *axis_problems("columns", columns, column_values, model),
    ]
    if rows == columns:
        problems.append(Problem("columns", columns, "Rows and columns are the same driver.", "Choose two drivers."))
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MOST_GRID_SIZE or size % 2 == 0:
        remedy = f"Give an odd number from 1 to {MOST_GRID_SIZE}."
        problems.append(Problem("size", shown(size), "The grid has no middle of this size.", remedy))
    refuse(problems)
    grid = grid_over(
        model.inputs, axis_of(model.inputs, rows, row_values, size), axis_of(model.inputs, columns, column_values, size)
    )
    return {
        "rows": {"driver": rows, "values": list(grid.rows.values)},
        "columns": {"driver": columns, "values": list(grid.columns.values)},
        "values": [list(line) for line in grid.values],
        "reasons": [list(line) for line in grid.reasons],
    }


def axis_problems(field: str, driver: str, values: Sequence[float] | None, model: DcfModel) -> list[Problem]:
    if driver not in INPUTS:
        return [Problem(field, shown(driver), "There is no such driver.", nearest(driver, INPUTS))]
    if getattr(model.inputs, driver) is None:
        stated = [name for name in INPUTS if getattr(model.inputs, name) is not None]
        return [Problem(field, driver, "It has no base case in this document.", choices(stated))]
    if values is None:
        return []
    if not 1 <= len(values) <= MOST_GRID_SIZE:
        message = f"There are {len(values)} values on this axis."
        return [Problem(f"{field}.values", len(values), message, f"Give 1 to {MOST_GRID_SIZE}.")]
    wrong = [(index, value) for index, value in enumerate(values) if not finite(value)]
    return [
        Problem(f"{field}.values.{index}", shown(value), "It is not a finite number.", "Give a number.")
        for index, value in wrong
    ]


def finite(value: Any) -> bool:
    number = plain_number(value)
    return number is not None and abs(number) <= 1e15


def axis_of(inputs: DcfInputs, driver: str, values: Sequence[float] | None, size: int) -> Axis:
    if values is not None:
        return Axis(driver, tuple(float(value) for value in values))
    base = float(getattr(inputs, driver))
    return Axis(driver, steps_around(base, STEPS.get(driver, max(abs(base) / 10, 1e-3)), size))
