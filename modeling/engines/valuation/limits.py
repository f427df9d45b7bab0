"""What no driver may leave, in the base case or in a draw."""

from __future__ import annotations

from collections.abc import Iterable

from modeling.engines.errors import EngineError, ImpossibleDraw
from modeling.engines.valuation.inputs import LIMITS, DcfInputs, Number, highest, lowest
from valor.lib.errors import Problem


def outside(name: str, number: Number) -> float | None:
    """The figure that lies furthest outside the driver's possible range, None where all is possible."""
    limit = LIMITS[name]
    low = lowest(number)
    high = highest(number) if limit.high < float("inf") else low
    if limit.allows(low, high):
        return None
    return high if high > limit.high else low


def refuse_impossible(inputs: DcfInputs) -> None:
    """Refuses drivers outside their possible range, all at once, and inputs that their own settings ask for."""
    problems = []
    for name, limit in LIMITS.items():
        number = getattr(inputs, name)
        wrong = None if number is None else outside(name, number)
        if wrong is not None:
            problems.append(Problem(f"inputs.{name}", wrong, f"It must be {limit.words()}.", "Change this figure."))
    if inputs.terminal_method == "exit_multiple" and inputs.exit_multiple is None:
        problems.append(
            Problem("inputs.exit_multiple", None, "It is missing.", 'State it, or set terminal_method to "gordon".')
        )
    if problems:
        raise EngineError(problems=problems)


def refuse_impossible_draws(inputs: DcfInputs, names: Iterable[str]) -> None:
    """Refuses a block of trials in which a drawn driver leaves its possible range; `names` have limits."""
    for name in names:
        wrong = outside(name, getattr(inputs, name))
        if wrong is not None:
            raise ImpossibleDraw.at(
                f"uncertainty.{name}",
                wrong,
                f"A trial drew {wrong:.4g}; it must be {LIMITS[name].words()}.",
                "Give the distribution a lower or upper bound, or make it narrower.",
            )
