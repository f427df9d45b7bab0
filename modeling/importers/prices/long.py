"""Tables with a line for each ticker and date, and those of a single ticker: read in blocks of columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.importers.prices import tables
from modeling.importers.prices.cells import (
    LOOK_EVERY,
    MOST_LINES_A_TICKER,
    NO_DAY,
    DayNumbers,
    Look,
    Prices,
    TickerNumbers,
    cell_fault,
)
from modeling.importers.prices.columns import Sample
from modeling.importers.prices.container import Member
from modeling.importers.prices.dates import FORMATS
from modeling.importers.prices.judgement import LeftOut, Money, Rules, Series, Troubles, alike, judge, ticker_troubles
from modeling.importers.prices.layout import SINGLE, Layout
from modeling.importers.prices.money import code_of, is_code
from modeling.importers.prices.refusals import at_line, refused, shown
from modeling.importers.prices.text import Row
from modeling.prices.units import MINOR

BLOCK = 2_000
MOST_CURRENCIES = 3  # told of one ticker
HUNDREDTH = re.compile("[A-Z]{2}[a-z]")  # GBp, ZAc: as vendors write that prices are in pence and cents

Ints = NDArray[np.int64]
POINT = np.dtype([("ticker", np.int32), ("day", np.int32), ("line", np.int64), ("price", np.float64)])


@dataclass
class Kept:
    """The points of a range of tickers, and what was found wrong with them."""

    first: int
    stop: int | None
    blocks: list[np.ndarray] = field(default_factory=list)
    size: int = 0
    troubles: dict[int, Troubles] = field(default_factory=dict)
    currencies: dict[int, set[str]] = field(default_factory=dict)
    signs: dict[int, set[str]] = field(default_factory=dict)

    def holds(self, ticker: int) -> bool:
        return self.first <= ticker and (self.stop is None or ticker < self.stop)

    def trouble(self, ticker: int) -> Troubles:
        return self.troubles.setdefault(ticker, Troubles())

    def add(self, block: np.ndarray) -> None:
        self.blocks.append(block)
        self.size += len(block)

    def shrink(self, most: int) -> None:
        """Gives up the last tickers, so that the others fit; they are read again later."""
        tickers = np.concatenate([block["ticker"] for block in self.blocks])
        counts = np.bincount(tickers - self.first)
        fitting = int(np.searchsorted(np.cumsum(counts), most, "right"))
        self.stop = self.first + max(1, fitting)
        self.blocks = [block[block["ticker"] < self.stop] for block in self.blocks]
        self.size = sum(map(len, self.blocks))
        noted: tuple[dict[int, Any], ...] = (self.troubles, self.currencies, self.signs)
        for found in noted:
            for ticker in [ticker for ticker in found if ticker >= self.stop]:
                found.pop(ticker)


class LongReader:
    """Reads ranges of the tickers of a long table, numbered as they come.

    A line that can't be read condemns its ticker; one that names no ticker refuses the file.
    """

    def __init__(self, member: Member, layout: Layout, rules: Rules, *, batch: int, look: Look) -> None:
        self.member = member
        self.layout = layout
        self.rules = rules
        self.batch = batch
        self.look = look
        self.prices = Prices(layout)
        self.days = DayNumbers(FORMATS[layout.date_format])
        self.numbers = TickerNumbers()
        self.counts: Ints | None = None
        self.notes: list[str] = []
        self.rows = 0
        self.next = 0  # the first ticker that was not read yet
        self.header = self.header_of()
        columns = Sample(tuple(self.header), layout.header_line, (), ())
        self.date_at = columns.place(layout.date_column, "date_column")
        self.price_at = columns.place(layout.price_column, "price_column")
        self.ticker_at = -1 if layout.shape == SINGLE else columns.place(layout.ticker_column, "ticker_column")
        named = layout.currency_column
        self.currency_at = columns.place(named, "currency_column") if named else -1
        self.needed = max(self.date_at, self.price_at, self.ticker_at)

    @property
    def total(self) -> int:
        """How many tickers there are, once the file was read."""
        return len(self.numbers.names)

    def header_of(self) -> list[str]:
        for line, cells in tables.rows_of(self.member, tables.Form.of(self.layout)):
            if self.layout.header_line in {line, 0}:
                return [cell.strip() for cell in cells] if self.layout.header_line else [""] * len(cells)
        raise refused("Its header is not where the layout says.", "Let the layout be recognised anew.", "header_line")

    def read(self, first: int) -> Iterator[Series | LeftOut]:
        """Judges the tickers from *first* on, up to as many as fit; nothing before the whole file was read.

        Raises BadPriceFile for what makes the file as a whole unusable.
        """
        kept = Kept(first, self.next_stop(first))
        counts = np.zeros(1, dtype=np.int64)
        notes: list[str] = []
        rows = self.data_rows(notes)
        self.rows = 0
        while block := list(islice(rows, BLOCK)):
            self.rows += len(block)
            tickers = self.keep(block, kept)
            counts = added(counts, np.bincount(tickers, minlength=len(self.numbers.names)))
            self.refuse_endless(counts)
            if kept.size > self.batch and (kept.stop is None or kept.stop - kept.first > 1):
                kept.shrink(self.batch // 2)
        self.counts, self.notes = counts, notes
        self.like = alike(self.numbers.names)
        self.next = self.total if kept.stop is None else min(kept.stop, self.total)
        return self.judged(kept)

    def next_stop(self, first: int) -> int | None:
        """Where the range that begins with *first* ends, once it is known how many lines each ticker has."""
        if self.counts is None:
            return None
        fitting = int(np.searchsorted(np.cumsum(self.counts[first:]), self.batch, "right"))
        return first + max(1, fitting)

    def data_rows(self, notes: list[str]) -> Iterator[Row]:
        """The lines below the header that hold anything."""
        for line, cells in tables.rows_of(self.member, tables.Form.of(self.layout), notes):
            if line % LOOK_EVERY == 0:
                self.look()
            if line > self.layout.header_line and any(cells):
                yield line, cells

    def keep(self, rows: list[Row], kept: Kept) -> NDArray[np.int32]:
        """Keeps what belongs to the range; the ticker of each line that has one."""
        width = len(self.header)
        if any(len(cells) != width for _, cells in rows):
            rows = [row for row in rows if self.is_even(row, width, kept)]
        if self.ticker_at < 0:
            tickers = np.full(len(rows), self.numbers[self.layout.ticker], dtype=np.int32)
        else:
            numbers, at = self.numbers, self.ticker_at
            tickers = np.array([numbers[cells[at]] for _, cells in rows], dtype=np.int32)
        self.refuse_nameless(rows, tickers)
        wanted = (tickers >= kept.first) & (tickers < (kept.stop if kept.stop is not None else 2**31 - 1))
        if not wanted.all():
            rows = [row for row, is_wanted in zip(rows, wanted, strict=True) if is_wanted]
        if rows:
            kept.add(self.points(rows, tickers[wanted], kept))
        return tickers

    def is_even(self, row: Row, width: int, kept: Kept) -> bool:
        """Whether a line has the cells it should; missing ones at its end may be those that nobody needs."""
        line, cells = row
        if len(cells) == width or (len(cells) > width and not any(cells[width:])):
            return True
        if self.layout.kind != "text" and len(cells) < width:
            cells.extend([""] * (width - len(cells)))
            return True
        message, remedy = f"It has {len(cells):,} cells, the header has {width:,}.", "Give each line as many cells."
        if self.ticker_at < 0 or len(cells) <= self.ticker_at or not cells[self.ticker_at].strip():
            raise at_line(line, message, remedy)
        ticker = self.numbers[cells[self.ticker_at]]
        if kept.holds(ticker):
            kept.trouble(ticker).add(line, shown(",".join(cells)), message, remedy)
        return False

    def refuse_nameless(self, rows: list[Row], tickers: NDArray[np.int32]) -> None:
        nameless = self.numbers.names.get("")
        if nameless is not None and self.ticker_at >= 0:
            at = int(np.argmax(tickers == nameless))
            raise at_line(rows[at][0], "It names no ticker.", "Name it, or take the line away.")

    def refuse_endless(self, counts: Ints) -> None:
        most = int(np.argmax(counts))
        if counts[most] > MOST_LINES_A_TICKER:
            name = list(self.numbers.names)[most]
            raise refused(
                f"{shown(name)} has more than {MOST_LINES_A_TICKER:,} lines.", "Give each date one line.", "file", name
            )

    def points(self, rows: list[Row], tickers: NDArray[np.int32], kept: Kept) -> np.ndarray:
        """The points of some lines; dates and prices that can't be read are noted as trouble."""
        block = np.empty(len(rows), dtype=POINT)
        days, date_at, price_at = self.days, self.date_at, self.price_at
        block["ticker"] = tickers
        block["line"] = [line for line, _ in rows]
        block["day"] = [days[cells[date_at]] for _, cells in rows]

        def fault(place: int, text: str) -> None:
            message, remedy = cell_fault(text)
            kept.trouble(int(tickers[place])).add(rows[place][0], text, message, remedy)

        def signed(place: int, sign: str) -> None:
            kept.signs.setdefault(int(tickers[place]), set()).add(sign)

        block["price"] = self.prices.read([cells[price_at] for _, cells in rows], fault, signed)
        for place in np.flatnonzero(block["day"] == NO_DAY):
            label = FORMATS[self.layout.date_format].label
            message = f"It has no date ({label})."
            kept.trouble(int(tickers[place])).add(rows[place][0], rows[place][1][date_at], message, "Correct it.")
        if self.currency_at >= 0:
            for ticker, currency in set(zip(tickers.tolist(), (c[self.currency_at] for _, c in rows), strict=True)):
                found = kept.currencies.setdefault(ticker, set())
                code = currency.strip()
                if code and len(found) < MOST_CURRENCIES:
                    found.add(code if HUNDREDTH.fullmatch(code) else code_of(code))
        dated: np.ndarray = block[block["day"] != NO_DAY]
        return dated

    def judged(self, kept: Kept) -> Iterator[Series | LeftOut]:
        points = np.concatenate([np.empty(0, dtype=POINT), *kept.blocks])
        kept.blocks.clear()
        points = points[np.argsort(points["ticker"], kind="stable")]
        stop = self.next
        bounds = np.searchsorted(points["ticker"], np.arange(kept.first, stop + 1))
        names = list(islice(self.numbers.names, kept.first, stop))
        for number, name in enumerate(names, kept.first):
            mine = points[bounds[number - kept.first] : bounds[number - kept.first + 1]]
            yield self.judge_one(name, mine, kept, number)

    def judge_one(self, ticker: str, points: np.ndarray, kept: Kept, number: int) -> Series | LeftOut:
        troubles = ticker_troubles(ticker)
        if ticker in self.like:
            others = ", ".join(repr(other) for other in self.like[ticker])
            troubles.add(0, ticker, f"The tickers {others} differ in nothing but case or spaces.", "Keep one of them.")
        stated = currency_of(kept.currencies.get(number, set()), troubles) or self.layout.currency
        money = Money(stated, frozenset(kept.signs.get(number, ())))
        troubles.extend(kept.troubles.get(number, Troubles()))
        days, prices, lines = (np.ascontiguousarray(points[name]) for name in ("day", "price", "line"))
        return judge(ticker, days, prices, lines, rules=self.rules, troubles=troubles, money=money)


def currency_of(found: set[str], troubles: Troubles) -> str:
    """The one currency of a ticker; empty where none is stated."""
    unknown = sorted(code for code in found if HUNDREDTH.fullmatch(code) and code not in MINOR)
    if unknown:
        message = f"{unknown[0]} means hundredths of a currency, such as cents, but not of which."
        remedy = "Divide the prices by 100, and write the currency in capitals, such as USD."
        troubles.add(0, unknown[0], message, remedy)
        return ""
    if len(found) > 1:
        message = "It is priced in several currencies, or units of one."
        troubles.add(0, ", ".join(sorted(found)), message, "Give each its own ticker.")
        return ""
    currency = next(iter(found), "")
    if currency and not is_code(currency):
        troubles.add(0, currency, f"{shown(currency)!r} is no currency.", "Use a code of three letters such as USD.")
        return ""
    return currency


def added(total: Ints, more: Ints) -> Ints:
    """The sum of two counts of which the second may know more tickers."""
    longer = np.zeros(max(len(total), len(more)), dtype=np.int64)
    longer[: len(total)] += total
    longer[: len(more)] += more
    return longer
