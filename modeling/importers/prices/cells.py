"""Cells into numbers, fast where they are plain, and each fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from modeling.importers.prices.dates import DateFormat, day_of
from modeling.importers.prices.figures import NAN, NumberReader
from modeling.importers.prices.judgement import Floats
from modeling.importers.prices.layout import Layout
from modeling.importers.prices.refusals import refused
from modeling.importers.prices.signs import sign_of

MOST_TICKERS = 50_000
# Twice the days since 1800: no ticker has more.
MOST_LINES_A_TICKER = 200_000
MOST_DATES_KEPT = 500_000
NO_DAY = -(2**31)
BETWEEN = "\x1f"

LOOK_EVERY = 1_000  # lines

Fault = Callable[[int, str], None]
Signed = Callable[[int, str], None]
Look = Callable[[], None]


def unwatched() -> None:
    """Nobody looks whether to go on."""


def unheeded(place: int, sign: str) -> None:
    """Nobody asks for signs."""


class DayNumbers(dict[str, int]):
    """The day number of each date as written, read once; ``NO_DAY`` where it is no date."""

    def __init__(self, form: DateFormat) -> None:
        super().__init__()
        self.form = form

    def __missing__(self, text: str) -> int:
        if len(self) >= MOST_DATES_KEPT:
            self.clear()
        day = day_of(text, self.form)
        self[text] = NO_DAY if day is None else day
        return self[text]


class TickerNumbers(dict[str, int]):
    """Tickers numbered in the order in which they come; spaces around them don't count."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, int] = {}

    def __missing__(self, text: str) -> int:
        number = self.names.setdefault(text.strip(), len(self.names))
        if len(self.names) > MOST_TICKERS:
            raise refused(
                f"It holds more than {MOST_TICKERS:,} tickers.", "State the right ticker_column, or send it in parts."
            )
        self[text] = number
        return number


class Prices:
    """Reads rows of cells as prices by a layout."""

    def __init__(self, layout: Layout) -> None:
        self.reader = NumberReader(layout.decimal, layout.thousands, frozenset(layout.missing))
        self.has_point = layout.decimal == "."

    def read(self, cells: Sequence[str], fault: Fault, signed: Signed = unheeded) -> Floats:
        """One number for each cell, NaN where it is missing.

        *fault* is told the place and text of what is neither, *signed* the place and sign of what has one.
        """
        joined = BETWEEN.join(cells)
        plain: Sequence[str] = cells
        if not self.has_point:
            if "." in joined:
                return self.one_by_one(cells, range(len(cells)), np.full(len(cells), NAN), fault, signed)
            plain = joined.replace(",", ".").split(BETWEEN)
        if "_" in joined or len(plain) != len(cells):
            return self.one_by_one(cells, range(len(cells)), np.full(len(cells), NAN), fault, signed)
        return self.quickly(plain, cells, fault, signed)

    def quickly(self, plain: Sequence[str], cells: Sequence[str], fault: Fault, signed: Signed) -> Floats:
        """Cells that mostly are what Python takes as numbers."""
        try:
            values = np.array([float(cell) if cell else NAN for cell in plain])
            odd: list[int] = []
        except ValueError:
            odd = [place for place, cell in enumerate(plain) if not is_plain(cell)]
            others = set(odd)
            values = np.array(
                [float(cell) if cell and place not in others else NAN for place, cell in enumerate(plain)]
            )
        odd += np.flatnonzero(np.isinf(values)).tolist()
        return self.one_by_one(cells, odd, values, fault, signed)

    def one_by_one(
        self, cells: Sequence[str], places: Iterable[int], values: Floats, fault: Fault, signed: Signed
    ) -> Floats:
        """Fills in the cells at these places as the layout reads them."""
        for place in places:
            values[place] = NAN
            if cells[place]:
                try:
                    values[place] = self.reader(cells[place])
                except ValueError:
                    fault(place, cells[place])
                if sign := sign_of(cells[place]):
                    signed(place, sign)
        return values


def is_plain(cell: str) -> bool:
    if cell:
        try:
            float(cell)
        except ValueError:
            return False
    return True


def is_formula(text: str) -> bool:
    return text.startswith("=")


def cell_fault(text: str) -> tuple[str, str]:
    """What is wrong with a cell that is no number, and what to do."""
    if is_formula(text):
        return "It is a formula.", "Paste the prices as values, or save the sheet as CSV."
    return "It is no number.", "Write prices as numbers, and leave the cell empty where there is none."
