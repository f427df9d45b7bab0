"""The yearly table and the totals of a valuation, kept while the loop passes by."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from modeling.engines.valuation.inputs import Array, Number
from modeling.engines.valuation.losses import Losses
from modeling.engines.valuation.paths import Paths


class Trace:
    """Rows by name, one array of trials for each year, and totals by name.

    The loop counts in present value; the rows are kept in the money of their own year.
    """

    def __init__(self) -> None:
        self.rows: dict[str, list[Array]] = defaultdict(list)
        self.totals: dict[str, Array] = {}
        self._compound: Number = 1.0

    def year(self, year: int, paths: Paths, *, revenue: Array, opening: Array, cash: Array, losses: Losses) -> None:
        """One year of the table, read off the loop: `cash` is what revenue leaves, before the capital of last year."""
        rate, margin = paths.rate.at(year), paths.margin.at(year)
        self._compound = self._compound * rate
        present = cash + opening * paths.capital + losses.saved
        reinvested = (revenue - opening) * paths.capital
        self._keep(
            growth=paths.growth.at(year) - 1.0,
            margin=margin,
            tax_rate=paths.tax.at(year),
            cost_of_capital=rate - 1.0,
            discount_factor=1.0 / self._compound,
            revenues=revenue * self._compound,
            ebit=revenue * margin * self._compound,
            ebit_after_tax=(present + reinvested) * self._compound,
            reinvestment=reinvested * self._compound,
            fcff=present * self._compound,
            nol=(0.0 - losses.carried) * self._compound,
            pv=present,
        )

    def total(self, name: str, money: Number, *, compounded: bool = False) -> None:
        """A total as it stands now; `compounded` carries it to the money of the final year."""
        self.totals[name] = np.array(money * self._compound if compounded else money)

    def _keep(self, **figures: Number) -> None:
        for name, figure in figures.items():
            self.rows[name].append(np.array(figure))
