"""The valuation as the model of a simulation: blocks of draws in, values per share out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modeling.engines.valuation.adjustments import adjusted
from modeling.engines.valuation.dcf import evaluate, value_at_stated_price
from modeling.engines.valuation.inputs import LIMITS, Array, DcfInputs
from modeling.engines.valuation.limits import refuse_impossible, refuse_impossible_draws
from modeling.engines.valuation.workspace import Workspace

MOST_SIZES = 3


class TrialModel:
    """Values blocks of trials of one company; the drivers that a block does not hold stay at the base case.

    Options at the market price are one number, that of the base case. The memory is kept between blocks, so one model
    serves one thread.
    """

    def __init__(self, inputs: DcfInputs, drivers: Iterable[str]) -> None:
        refuse_impossible(inputs)
        self._inputs = inputs
        self._limited = [name for name in drivers if name in LIMITS]
        self._options_claim = value_at_stated_price(inputs)
        self._workspaces: dict[int, Workspace] = {}

    def __call__(self, block: Mapping[str, Array], out: Array) -> int:
        """Writes the value per share of each trial into `out`; returns the number of spread-floored trials."""
        trials = self._inputs.with_drivers(block)
        refuse_impossible_draws(trials, self._limited)
        return evaluate(adjusted(trials), self._options_claim, self._workspace(len(out)), out, floor=True)

    def _workspace(self, trials: int) -> Workspace:
        """The memory for blocks of this size: a run has full blocks and, at the end of each group, a smaller one."""
        if trials not in self._workspaces:
            if len(self._workspaces) == MOST_SIZES:
                self._workspaces.clear()
            self._workspaces[trials] = Workspace(trials)
        return self._workspaces[trials]
