"""Reading many series into one panel: first their calendars, then block after block into its place.

Blocks are handed over one by one, and nothing but the panel itself is kept of them: memory that a process has not had
before costs more than the numbers that come to stand in it.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from modeling.engines.prices.panel import Array, Days
from modeling.prices.coding import SPAN, bits, unpack_into
from valor.lib.errors import Unavailable

# PostgreSQL's COPY in binary: the length of the header, of a row its number of columns, and of a column its length.
SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
HEADER = len(SIGNATURE) + 8
ROW = struct.Struct(">hiqiiihihiq")
LENGTH = struct.Struct(">i")
END = 2  # bytes of the trailer
ATTEMPTS = 5


class Stored(NamedTuple):
    """A block as it was read: of which series, and what `coding.Block` says."""

    series: int
    span: int
    width: int
    decimals: int
    lowest: int
    days: bytes
    prices: memoryview | bytes


class Place(NamedTuple):
    """Where blocks of one span and calendar go: from which column to which, and into which of these (None: all)."""

    start: int
    stop: int
    columns: NDArray[np.intp] | None


class Layout(NamedTuple):
    """The common calendar of many series, and where each of their own calendars lies in it."""

    days: Days
    places: Mapping[tuple[int, bytes], Place]


class ChangedMeanwhile(Unavailable):
    """These prices are being changed at this moment: try again in a moment."""


class Wanted(NamedTuple):
    """Blocks of some series within some spans, as SQL.

    Everything in it is a whole number: no driver needs to fill it in, and no count of variables is exceeded.
    """

    series: Sequence[int]
    first_span: int | None = None
    last_span: int | None = None

    def __str__(self) -> str:
        parts = [f"series_id IN ({', '.join(str(int(pk)) for pk in self.series) or 'NULL'})"]
        parts += [f"span >= {int(self.first_span)}"] if self.first_span is not None else []
        parts += [f"span <= {int(self.last_span)}"] if self.last_span is not None else []
        return f"FROM modeling_priceblock WHERE {' AND '.join(parts)}"


def read(wanted: Wanted, check: Callable[[int, int], None]) -> tuple[Days, Array]:
    """The common calendar (t,) and the prices (n, t), a row for each series in their order: NaN where it has none.

    *check* is told of n and t before there is any room for them; what it raises ends it.

    What is merged between the reading of the calendars and that of the blocks may bring another calendar: then both
    are read again.
    """
    for _ in range(ATTEMPTS):
        layout = layout_of(calendars(wanted))
        check(len(wanted.series), len(layout.days))
        prices = filled(blocks(wanted), wanted.series, layout)
        if prices is not None:
            return layout.days, prices
    raise ChangedMeanwhile


def calendars(wanted: Wanted) -> dict[int, list[bytes]]:
    """The distinct calendars of each span."""
    found: dict[int, list[bytes]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT span, days {wanted}")
        for span, days in cursor.fetchall():
            found[span].append(bytes(days))
    return found


def layout_of(calendars: Mapping[int, Sequence[bytes]]) -> Layout:
    places: dict[tuple[int, bytes], Place] = {}
    days = [np.empty(0, np.int64)]
    start = 0
    for span, own in sorted(calendars.items()):
        has_price = np.bitwise_or.reduce([bits(each) for each in own])
        common = np.flatnonzero(has_price)
        days.append(common + span * SPAN)
        for each in own:
            columns = np.flatnonzero(bits(each)[common])
            same = len(columns) == len(common)
            places[span, each] = Place(start, start + len(common), None if same else columns)
        start += len(common)
    return Layout(np.concatenate(days).astype(np.int32), places)


def filled(blocks: Iterable[Stored], series: Sequence[int], layout: Layout) -> Array | None:
    """The prices with every block in its place; None where one has a calendar that the layout does not know."""
    rows = {pk: row for row, pk in enumerate(series)}
    prices = np.empty((len(series), len(layout.days)))
    spans = {place.start: place.stop for place in layout.places.values()}
    empty = {start: set(range(len(series))) for start in spans}
    for block in blocks:
        place = layout.places.get((block.span, block.days))
        if place is None:
            return None
        start, stop, columns = place
        row = rows[block.series]
        empty[start].discard(row)
        target = prices[row, start:stop]
        numbers = block.width, block.decimals, block.lowest, block.prices
        if columns is None:
            unpack_into(target, *numbers)
        else:
            own = np.empty(len(columns))
            unpack_into(own, *numbers)
            target.fill(np.nan)
            target[columns] = own
    for start, left in empty.items():
        prices[sorted(left), start : spans[start]] = np.nan
    return prices


def blocks(wanted: Wanted) -> Iterator[Stored]:
    """The blocks themselves, as one moment holds them; each is valid until the next one is asked for."""
    sql = f"SELECT series_id, span, width, decimals, lowest, days, prices {wanted}"
    return copied(sql) if connection.vendor == "postgresql" else selected(sql)


def selected(sql: str) -> Iterator[Stored]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        yield from map(Stored._make, cursor)


def copied(sql: str) -> Iterator[Stored]:
    """What COPY sends is half as dear as rows that the driver has to make."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)") as copy:
        for number, message in enumerate(copy):
            data = memoryview(message)
            if number == 0:
                data = data[HEADER:]
            if len(data) > END:
                yield parsed(data)


def parsed(row: memoryview) -> Stored:
    _, _, series, _, span, _, width, _, decimals, _, lowest = ROW.unpack_from(row)
    start = ROW.size + LENGTH.size
    middle = start + LENGTH.unpack_from(row, ROW.size)[0]
    days, prices = bytes(row[start:middle]), row[middle + LENGTH.size :]
    return Stored(series, span, width, decimals, lowest, days, prices)
