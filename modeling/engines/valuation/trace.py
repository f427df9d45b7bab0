"""The yearly table and the totals of a valuation, kept while the loop passes by."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from modeling.engines.valuation.inputs import Array, Number


class Trace:
    """Rows by name, one array of trials for each year, and totals by name.

    The loop counts in present value; the rows are kept in the money of their own year.
    """

    def __init__(self) -> None:
        self.rows: dict[str, list[Array]] = defaultdict(list)
        self.totals: dict[str, Array] = {}
        self._compound: Number = 1.0

    def open_year(self, growth: Number, margin: Number, tax: Number, rate: Number) -> None:
        """The figures of the paths in this year; growth and rate as factors, one plus the figure."""
        self._compound = self._compound * rate
        for name, figure in (
            ("growth", growth - 1.0),
            ("margin", margin),
            ("tax_rate", tax),
            ("cost_of_capital", rate - 1.0),
            ("discount_factor", 1.0 / self._compound),
        ):
            self.rows[name].append(np.array(figure))

    def flow(self, name: str, present_value: Number) -> None:
        """One more year of a row, given in present value."""
        self.rows[name].append(np.array(present_value * self._compound))

    def total(self, name: str, money: Number, *, compounded: bool = False) -> None:
        """A total as it stands now; `compounded` carries it to the money of the final year."""
        self.totals[name] = np.array(money * self._compound if compounded else money)
