"""Reading many series into one panel: a single query hands over the blocks, and each calendar is worked out once."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from django.db import connection

from modeling.engines.prices.panel import Array, Days
from modeling.prices.coding import SPAN, Bits, bits, unpacked_prices

# PostgreSQL's COPY in binary: the length of the header, of a row its number of columns, and of a column its length.
SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
HEADER = len(SIGNATURE) + 8
ROW = struct.Struct(">hiqiiih")
LENGTH = struct.Struct(">i")
END = 2  # bytes of the trailer


class Stored(NamedTuple):
    """A block as it was read: of which series, and what `coding.Block` says."""

    series: int
    span: int
    scale: int
    days: bytes
    prices: memoryview | bytes


def stored_blocks(series: Sequence[int], first_span: int | None = None, last_span: int | None = None) -> list[Stored]:
    """The blocks of these series within these spans, as one moment holds them."""
    if not series:
        return []
    return list((copied if connection.vendor == "postgresql" else selected)(query(series, first_span, last_span)))


def query(series: Sequence[int], first_span: int | None, last_span: int | None) -> str:
    """Everything in it is a whole number: no driver needs to fill it in, and SQLite counts no variables."""
    wanted = [f"series_id IN ({', '.join(str(int(pk)) for pk in series)})"]
    wanted += [f"span >= {int(first_span)}"] if first_span is not None else []
    wanted += [f"span <= {int(last_span)}"] if last_span is not None else []
    return f"SELECT series_id, span, scale, days, prices FROM modeling_priceblock WHERE {' AND '.join(wanted)}"


def selected(sql: str) -> Iterator[Stored]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        yield from map(Stored._make, cursor.fetchall())


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
    _, _, series, _, span, _, scale = ROW.unpack_from(row)
    start = ROW.size + LENGTH.size
    middle = start + LENGTH.unpack_from(row, ROW.size)[0]
    return Stored(series, span, scale, bytes(row[start:middle]), row[middle + LENGTH.size :])


def assembled(blocks: Iterable[Stored], rows: Mapping[int, int]) -> tuple[Days, Array]:
    """The common calendar of all blocks, and the prices with a row for each series: NaN where it has none.

    Parameters
    ----------
    blocks
        What `stored_blocks` gave.
    rows
        The row of each series.
    """
    alike: dict[int, dict[tuple[bytes, int], list[Stored]]] = defaultdict(lambda: defaultdict(list))
    for block in blocks:
        alike[block.span][block.days, block.scale].append(block)
    calendars = {span: common(days for days, _ in groups) for span, groups in sorted(alike.items())}
    sizes = np.cumsum([0, *(int(calendar.sum()) for calendar in calendars.values())])
    days = [np.flatnonzero(calendar) + span * SPAN for span, calendar in calendars.items()]
    prices = np.empty((len(rows), int(sizes[-1])))
    for start, stop, (span, calendar) in zip(sizes, sizes[1:], calendars.items(), strict=False):
        place(prices[:, start:stop], calendar, alike[span], rows)
    return np.concatenate([np.empty(0, np.int32), *days]).astype(np.int32), prices


def common(calendars: Iterable[bytes]) -> Bits:
    """1 for each day of a span on which any of the calendars has a price."""
    united: Bits = np.bitwise_or.reduce([bits(days) for days in set(calendars)])
    return united


def place(
    prices: Array, calendar: Bits, groups: Mapping[tuple[bytes, int], list[Stored]], rows: Mapping[int, int]
) -> None:
    """Puts one span's blocks into their rows; those of one calendar and one form all at once."""
    whole = np.packbits(calendar).tobytes()
    if sum(len(blocks) for (days, _), blocks in groups.items() if days == whole) < len(prices):
        prices.fill(np.nan)
    for (days, scale), blocks in groups.items():
        found = unpacked_prices(scale, b"".join(block.prices for block in blocks)).reshape(len(blocks), -1)
        places = [rows[block.series] for block in blocks]
        if days == whole:
            prices[places] = found
        else:
            columns = np.flatnonzero(bits(days)[calendar == 1])
            prices[np.ix_(np.array(places), columns)] = found
