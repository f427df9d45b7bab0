"""Losses carried forward, and the tax that they save."""

from __future__ import annotations

import numpy as np

from modeling.engines.valuation.inputs import Array, DcfInputs, Number, highest, lowest
from modeling.engines.valuation.paths import Paths
from modeling.engines.valuation.workspace import Workspace


def losses_matter(inputs: DcfInputs, paths: Paths) -> bool:
    """Whether any trial can carry a loss: margins run between their ends, so the ends decide for all years."""
    return highest(inputs.net_operating_losses) > 0.0 or min(lowest(paths.margin.start), lowest(paths.margin.end)) < 0.0


class Losses:
    """The losses carried forward, as negative money in the present value of the year that was last asked for."""

    def __init__(self, initial: Number, paths: Paths, workspace: Workspace) -> None:
        self.carried = workspace.full("carried", initial)
        np.negative(self.carried, out=self.carried)
        self._paths = paths
        self._saved, self._taxed = workspace["saved"], workspace["taxed"]
        self._ends_in_profit = lowest(paths.margin.end) >= 0.0

    def tax_saved(self, year: int, revenue: Array, rate: Number) -> Array:
        """How much less tax the year pays than if every profit were taxed, and every loss refunded, at once.

        Positive where losses of the past shield a profit, negative in the year of a loss. `year` counts up by one.
        """
        saved, taxed = self._saved, self._taxed
        self.carried /= rate
        np.multiply(revenue, self._paths.margin.at(year), out=saved)
        self.carried += saved
        np.maximum(self.carried, 0.0, out=taxed)
        np.minimum(self.carried, 0.0, out=self.carried)
        saved -= taxed
        saved *= self._paths.tax.at(year)
        return saved

    @property
    def over(self) -> bool:
        """Whether no trial has losses left or to come: after a year without one the margin only nears its end."""
        return self._ends_in_profit and not self.carried.min() < 0.0

    @property
    def saved(self) -> Array:
        """What `tax_saved` gave for the last year."""
        return self._saved
