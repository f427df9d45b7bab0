"""Reading many series into one panel: what their bundles say of themselves, then the prices, each into its place.

Both come from one statement, so in one round trip and as one moment holds them. By then the common calendar is known,
and prices are unpacked as they arrive: while the database sends the next ones, and while they are in the processor's
caches. One bundle at a time is in memory, beside the panel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from modeling.engines.prices.panel import Array, Days
from modeling.prices.bundles import Bundle, bundle_number
from modeling.prices.coding import SPAN, bits, unpack_into

COLUMNS = {
    "id": "int8",
    "span": "int4",
    "width": "int2",
    "decimals": "int2",
    "lowest": "int8",
    "days": "bytea",
    "series": "bytea",
    "prices": "bytea",
}
Row = tuple[Any, ...]


class Place(NamedTuple):
    """Where blocks of one span and calendar go: from which column to which, and into which of these (None: all)."""

    start: int
    stop: int
    columns: NDArray[np.intp] | None


class Layout(NamedTuple):
    """The common calendar of many series, and where each of their own calendars lies in it."""

    days: Days
    places: Mapping[tuple[int, bytes], Place]


class Run(NamedTuple):
    """Neighbours in a bundle that are neighbours in the panel: from which of its series to which, and the first row."""

    first: int
    stop: int
    row: int


class Wanted(NamedTuple):
    """Series of a set within some spans, and as SQL the bundles that hold them.

    Everything in it is a whole number: no driver needs to fill it in, and no count of variables is exceeded.
    """

    price_set: int
    series: Sequence[int]
    first_span: int | None = None
    last_span: int | None = None

    def __str__(self) -> str:
        numbers = sorted({bundle_number(int(pk)) for pk in self.series})
        parts = [f"price_set_id = {int(self.price_set)}", f"number IN ({', '.join(map(str, numbers)) or 'NULL'})"]
        parts += [f"span >= {int(self.first_span)}"] if self.first_span is not None else []
        parts += [f"span <= {int(self.last_span)}"] if self.last_span is not None else []
        return f"FROM modeling_pricebundle WHERE {' AND '.join(parts)}"


def read(wanted: Wanted, check: Callable[[int, int], None]) -> tuple[Days, Array]:
    """The common calendar (t,) and the prices (n, t), a row for each series in their order: NaN where it has none.

    *check* is told of n and t before there is any room for them; what it raises ends it.
    """
    with opened(wanted) as (heads, bundles):
        series = set(wanted.series)
        held = {pk for pk, head in heads.items() if not series.isdisjoint(head.keys)}
        layout = layout_of(calendars(heads[pk] for pk in held))
        check(len(wanted.series), len(layout.days))
        found = (bundle.only(series) for pk, bundle in bundles if pk in held)
        return layout.days, filled(wanted.series, layout, found)


def calendars(bundles: Iterable[Bundle]) -> dict[int, set[bytes]]:
    """The distinct calendars of each span."""
    found: dict[int, set[bytes]] = defaultdict(set)
    for bundle in bundles:
        found[bundle.span].add(bundle.days)
    return found


def layout_of(calendars: Mapping[int, Iterable[bytes]]) -> Layout:
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


def filled(series: Sequence[int], layout: Layout, bundles: Iterable[Bundle]) -> Array:
    """The prices with every block in its place."""
    rows = {pk: row for row, pk in enumerate(series)}
    prices = np.empty((len(series), len(layout.days)))
    empty = {(place.start, place.stop): np.ones(len(series), bool) for place in layout.places.values()}
    for bundle in bundles:
        data = memoryview(bundle.prices)
        for first, stop, row in runs(bundle.keys, rows):
            place = layout.places[bundle.span, bundle.days]
            own = slice(row, row + stop - first)
            put(
                prices[own, place.start : place.stop],
                place.columns,
                bundle,
                data[first * bundle.size : stop * bundle.size],
            )
            empty[place.start, place.stop][own] = False
    for (start, stop), left in empty.items():
        if left.any():
            prices[left, start:stop] = np.nan
    return prices


def runs(keys: Sequence[int], rows: Mapping[int, int]) -> Iterator[Run]:
    """The series in runs as long as can be."""
    own = [rows[key] for key in keys]
    breaks = [at for at, (row, following) in enumerate(pairwise(own), 1) if following != row + 1]
    for first, stop in pairwise([0, *breaks, len(own)]):
        yield Run(first, stop, own[first])


def put(target: Array, columns: NDArray[np.intp] | None, bundle: Bundle, data: memoryview) -> None:
    """Writes prices of a bundle into their rows, and NaN where these have none."""
    form = bundle.width, bundle.decimals, bundle.lowest
    if columns is None:
        unpack_into(target, *form, data)
        return
    own = np.empty((len(target), len(columns)))
    unpack_into(own, *form, data)
    target.fill(np.nan)
    target[:, columns] = own


def bundles(wanted: Wanted) -> Iterator[tuple[int, Bundle]]:
    """The bundles that hold any of these, as one moment holds them, each with its key."""
    with opened(wanted) as (_, found):
        yield from found


@contextmanager
def opened(wanted: Wanted) -> Iterator[tuple[dict[int, Bundle], Iterator[tuple[int, Bundle]]]]:
    """These bundles by their keys, without their prices, and then each as it arrives."""
    *head, _ = COLUMNS
    source = str(wanted)
    heads_first = (
        f"SELECT {', '.join(head)}, NULL AS prices {source}"
        f" UNION ALL SELECT id, {', '.join(['NULL'] * len(head[1:]))}, prices {source}"
    )
    with (copied if connection.vendor == "postgresql" else selected)(heads_first) as rows:
        heads: dict[int, Bundle] = {}
        for pk, *rest, prices in rows:
            if prices is not None:
                yield heads, completed(heads, chain([(pk, *rest, prices)], rows))
                return
            heads[pk] = Bundle._make([*rest, b""])
        yield heads, iter(())


def completed(heads: Mapping[int, Bundle], rows: Iterable[Row]) -> Iterator[tuple[int, Bundle]]:
    for pk, *_, prices in rows:
        yield pk, heads[pk]._replace(prices=prices)


@contextmanager
def selected(sql: str) -> Iterator[Iterator[Row]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        yield iter(cursor)


@contextmanager
def copied(sql: str) -> Iterator[Iterator[Row]]:
    """COPY sends bytes as they are, where Django's cursors have them written as text.

    PostgreSQL may work at both sides of a union at once: only what is sorted comes in order.
    """
    ordered = f"COPY ({sql} ORDER BY span NULLS LAST) TO STDOUT (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(ordered) as copy:
        copy.set_types(COLUMNS.values())
        yield copy.rows()
