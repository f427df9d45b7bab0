"""Tables with a column for each ticker: read row by row into columns, as many tickers at once as memory may hold."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from modeling.importers.prices import tables
from modeling.importers.prices.cells import (
    LOOK_EVERY,
    MOST_LINES_A_TICKER,
    NO_DAY,
    DayNumbers,
    Look,
    Prices,
    cell_fault,
)
from modeling.importers.prices.columns import Sample
from modeling.importers.prices.container import Member
from modeling.importers.prices.dates import FORMATS
from modeling.importers.prices.heads import Heads, heads_in
from modeling.importers.prices.judgement import (
    Floats,
    LeftOut,
    Money,
    Rules,
    Series,
    Troubles,
    alike,
    judge,
    ticker_troubles,
)
from modeling.importers.prices.layout import Layout
from modeling.importers.prices.refusals import BadPriceFile, at_line, refused, shown
from modeling.importers.prices.text import Row

MOST_NAMED = 20  # tickers


class WideReader:
    """Reads ranges of the tickers of a wide table.

    A line without a date, or with another number of cells than the header, makes every column doubtful: it refuses
    the file.
    """

    def __init__(self, member: Member, layout: Layout, rules: Rules, *, batch: int, look: Look) -> None:
        self.member = member
        self.layout = layout
        self.rules = rules
        self.batch = batch
        self.look = look
        self.prices = Prices(layout)
        self.days = DayNumbers(FORMATS[layout.date_format])
        self.notes: list[str] = []
        self.rows = 0
        self.next = 0  # the first ticker that was not read yet
        self.lacking: list[str] = []
        if layout.field_line:
            self.use(self.heads_of())
        else:
            self.header = self.header_of()
            columns = Sample(tuple(self.header), layout.header_line, (), ())
            self.date_at = columns.place(layout.date_column, "date_column")
            self.places = [at for at in range(len(self.header)) if at != self.date_at]
        self.are_together = self.places == list(range(1, len(self.header)))
        self.like = alike(self.header[at] for at in self.places if self.header[at])

    @property
    def total(self) -> int:
        """How many tickers there are."""
        return len(self.places)

    def all_rows(self, notes: list[str] | None = None) -> Iterator[Row]:
        return tables.rows_of(self.member, tables.Form.of(self.layout), notes)

    def header_of(self) -> list[str]:
        for line, cells in self.all_rows():
            if line == self.layout.header_line:
                return [cell.strip() for cell in cells]
        raise misplaced()

    def heads_of(self) -> Heads:
        """A header of two lines, which is read with the first line of data."""
        rows: list[Row] = []
        for row in self.all_rows():
            rows.append(row)
            if row[0] > self.layout.header_line:
                break
        heads = heads_in(rows) if rows else None
        if heads is None or heads.field_line != self.layout.field_line:
            raise misplaced()
        return heads

    def use(self, heads: Heads) -> None:
        """Reads the columns of one field; tickers that have none of it are told."""
        field = self.layout.price_column
        self.header, self.date_at, self.places = list(heads.tickers), 0, heads.places(field)
        if lacking := heads.lacking(field):
            few = ", ".join(map(shown, lacking[:MOST_NAMED]))
            more = f" and {len(lacking) - MOST_NAMED:,} more" if len(lacking) > MOST_NAMED else ""
            self.lacking = [f"Left out, since no column of theirs is {field}: {few}{more}."]

    def read(self, first: int) -> Iterator[Series | LeftOut]:
        """Judges the tickers from *first* on, up to as many as fit; nothing before the whole file was read.

        Raises BadPriceFile for what makes the file as a whole unusable.
        """
        count = self.total - first
        if self.rows:
            count = min(count, max(1, self.batch // self.rows))
        self.troubles: dict[int, Troubles] = {}
        self.signs: dict[int, set[str]] = {}
        days: list[int] = []
        lines: list[int] = []
        kept: list[Floats] = []
        notes = [*self.lacking]
        for line, cells in self.data_rows(notes):
            days.append(self.day(line, cells))
            lines.append(line)
            cut = self.cut(cells, first, count)
            kept.append(self.prices.read(cut, partial(self.fault, first, line), partial(self.signed, first)))
            if len(days) > MOST_LINES_A_TICKER:
                raise refused(f"It has more than {MOST_LINES_A_TICKER:,} lines.", "Give each date one line.")
            if count > 1 and count * len(days) > self.batch:
                count = max(1, count // 2)
                kept = [row[:count].copy() for row in kept]
        self.rows, self.notes, self.next = len(days), notes, first + count
        matrix = np.array(kept).reshape(len(days), count)
        calendar, numbers = np.array(days, dtype=np.int32), np.array(lines, dtype=np.int64)
        return (
            judged
            for at in range(count)
            if (judged := self.judged(first + at, calendar, np.ascontiguousarray(matrix[:, at]), numbers))
        )

    def data_rows(self, notes: list[str]) -> Iterator[Row]:
        """The lines below the header that hold anything, each as wide as the header."""
        width = len(self.header)
        padded = self.layout.kind != "text"
        for line, cells in self.all_rows(notes):
            if line % LOOK_EVERY == 0:
                self.look()
            if line <= self.layout.header_line or not any(map(str.strip, cells)):
                continue
            even = evened(cells, width, padded)
            if len(even) != width:
                message = f"It has {len(cells):,} cells, the header has {width:,}."
                raise at_line(line, message, "Give each line as many cells as the header has.")
            yield line, even

    def cut(self, cells: list[str], first: int, count: int) -> list[str]:
        """The cells of some tickers."""
        if self.are_together:
            return cells[first + 1 : first + 1 + count]
        return [cells[at] for at in self.places[first : first + count]]

    def day(self, line: int, cells: list[str]) -> int:
        text = cells[self.date_at]
        day = self.days[text]
        if day == NO_DAY:
            label = FORMATS[self.layout.date_format].label
            raise at_line(line, f"{text[:40]!r} is no date ({label}).", "Correct it, or state date_format.", text)
        return day

    def fault(self, first: int, line: int, place: int, text: str) -> None:
        message, remedy = cell_fault(text)
        self.troubles.setdefault(first + place, Troubles()).add(line, text, message, remedy)

    def signed(self, first: int, place: int, sign: str) -> None:
        self.signs.setdefault(first + place, set()).add(sign)

    def judged(self, number: int, days: np.ndarray, prices: Floats, lines: np.ndarray) -> Series | LeftOut | None:
        """A column without name and prices is no ticker."""
        ticker = self.header[self.places[number]]
        found = self.troubles.get(number, Troubles())
        if not ticker and not found.count and np.isnan(prices).all():
            return None
        troubles = ticker_troubles(ticker)
        if ticker in self.like:
            others = ", ".join(repr(other) for other in self.like[ticker])
            troubles.add(0, ticker, f"The columns {others} differ in nothing but case or spaces.", "Keep one of them.")
        troubles.extend(found)
        named = ticker or f"column {self.places[number] + 1}"
        money = Money(self.layout.currency, frozenset(self.signs.get(number, ())))
        return judge(named, days, prices, lines, rules=self.rules, troubles=troubles, money=money)


def misplaced() -> BadPriceFile:
    return refused("Its header is not where the layout says.", "Let the layout be recognised anew.", "header_line")


def evened(cells: list[str], width: int, padded: bool) -> list[str]:
    """The cells without empty ones behind the last column; a sheet's missing ones are empty."""
    if len(cells) > width and not any(map(str.strip, cells[width:])):
        return cells[:width]
    return [*cells, *[""] * (width - len(cells))] if padded else cells
