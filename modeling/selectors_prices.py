"""Reads of prices: which sets a user may see, what is in them, and many series as one panel.

NumPy is imported inside the functions: a worker must not load it before it forks, see `modeling.simulation_request`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from modeling.models import PriceSeries, PriceSet
from modeling.prices.tickers import is_ticker
from performance.cache import cached
from valor.lib.errors import InvalidInput, NotFound, Problem, ValorError

if TYPE_CHECKING:
    from modeling.engines.prices.panel import Array, Days, Panel

KEPT_SECONDS = 3600
# Larger panels are read anew each time: that takes less than getting them from Redis, and the cache has other guests.
MOST_KEPT_FIGURES = 125_000
MOST_FIGURES = 50_000_000
MOST_TOLD = 10
# So many times as much room as there are prices a panel may take, or always this much.
SPARSEST, ALWAYS_ROOM = 8, 2_000_000


class SharedReadOnly(ValorError):
    """This set of prices is shared with everybody and read-only: put the prices into a set of your own."""

    code = "forbidden"
    status = 403


def price_sets_for(user: Any) -> QuerySet[PriceSet]:
    """The shared sets and the user's own."""
    return PriceSet.objects.filter(Q(owner__isnull=True) | Q(owner=user.pk))


def with_counts(sets: QuerySet[PriceSet]) -> QuerySet[PriceSet]:
    """Each with ``tickers``, their number, and ``held``, that of their prices."""
    return sets.annotate(tickers=Count("series"), held=Sum("series__count")).order_by("name", "pk")


def price_set_for(user: Any, pk: int) -> PriceSet:
    price_set = with_counts(price_sets_for(user)).filter(pk=pk).first()
    if price_set is None:
        raise NotFound
    return price_set


def own_price_set_for(user: Any, pk: int) -> PriceSet:
    """The user's own set, to be changed; a shared one is there and can't be."""
    price_set = price_set_for(user, pk)
    if price_set.is_shared:
        raise SharedReadOnly
    return price_set


def series_of(price_set: PriceSet) -> QuerySet[PriceSeries]:
    """What is known of each ticker, in their order."""
    return PriceSeries.objects.filter(price_set=price_set).order_by("ticker")


def series_for(price_set: PriceSet, ticker: str) -> PriceSeries:
    series = series_of(price_set).filter(ticker=ticker).first() if is_ticker(ticker) else None
    if series is None:
        raise NotFound
    series.price_set = price_set
    return series


def history(series: PriceSeries, first: date | None = None, last: date | None = None) -> tuple[Days, Array]:
    """The days of one series and its prices, from *first* to *last*, both included."""
    found = read_panel(series.price_set, [series.ticker], first, last)
    return found.days, found.prices[0]


def panel(
    price_set: PriceSet, tickers: Sequence[str] | None = None, first: date | None = None, last: date | None = None
) -> Panel:
    """The prices of these tickers (all, unless named) on their common calendar; arrays that nobody can write to.

    Small ones are kept under the set's revision. Raises EngineError for tickers that the set has not, InvalidInput for
    more figures than fit.
    """
    wanted = None if tickers is None else tuple(tickers)
    kept = kept_panel(price_set, wanted, first, last)
    return read_panel(price_set, wanted, first, last) if kept is None else kept.panel()


@dataclass(frozen=True)
class KeptPanel:
    """A panel in the form in which the cache hands it to everybody without copying."""

    days: bytes
    tickers: tuple[str, ...]
    prices: bytes
    currencies: tuple[str, ...]

    def panel(self) -> Panel:
        import numpy as np

        from modeling.engines.prices.panel import Panel

        days, prices = np.frombuffer(self.days, np.int32), np.frombuffer(self.prices, np.float64)
        return Panel(days, self.tickers, prices.reshape(len(self.tickers), len(days)), self.currencies)


def revision(
    price_set: PriceSet, tickers: tuple[str, ...] | None, first: date | None, last: date | None
) -> tuple[object, ...]:
    """Changes with whatever changes a price of the set; whose it is stands in it, too."""
    return price_set.pk, price_set.owner_id, price_set.revision, tickers, first, last


@cached(ttl=KEPT_SECONDS, namespace="prices", key=revision)
def kept_panel(
    price_set: PriceSet, tickers: tuple[str, ...] | None, first: date | None, last: date | None
) -> KeptPanel | None:
    """None for a panel that is too large to be kept."""
    chosen = chosen_series(price_set, tickers)
    if chosen.figures > MOST_KEPT_FIGURES:
        return None
    found = panel_of(price_set, chosen, first, last)
    if found.prices.size > MOST_KEPT_FIGURES:
        return None
    return KeptPanel(found.days.tobytes(), found.tickers, found.prices.tobytes(), found.currencies)


def read_panel(
    price_set: PriceSet, tickers: Sequence[str] | None = None, first: date | None = None, last: date | None = None
) -> Panel:
    """The same as `panel`, from the database."""
    return panel_of(price_set, chosen_series(price_set, tickers), first, last)


class Chosen(NamedTuple):
    """What reading a panel needs to know of its series, column by column."""

    tickers: tuple[str, ...]
    keys: tuple[int, ...]
    currencies: tuple[str, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, rows: Sequence[tuple[Any, ...]]) -> Chosen:
        return cls(*zip(*rows, strict=True)) if rows else cls((), (), (), ())

    @property
    def figures(self) -> int:
        """How many prices they have together."""
        return sum(self.counts)


def chosen_series(price_set: PriceSet, tickers: Sequence[str] | None) -> Chosen:
    """The series of these tickers in their order; refuses unknown ones and one that is named twice."""
    if tickers is None:
        return all_series(price_set)
    in_set = series_of(price_set).filter(ticker__in=filter(is_ticker, tickers))
    found = {row[0]: row for row in in_set.values_list("ticker", "pk", "currency", "count")}
    refuse_unknown(tickers, found)
    return Chosen.of([found[ticker] for ticker in tickers])


def all_series(price_set: PriceSet) -> Chosen:
    """In SQL, since making rows of many series by way of models would take half as long as reading their prices."""
    sql = "SELECT ticker, id, currency, count FROM modeling_priceseries WHERE price_set_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(sql, [price_set.pk])
        return Chosen.of(sorted(cursor.fetchall()))


def refuse_unknown(tickers: Sequence[str], found: Collection[str]) -> None:
    from modeling.engines.errors import EngineError
    from modeling.engines.prices.panel import unknown_ticker

    unknown = [ticker for ticker in tickers if ticker not in found]
    if unknown:
        raise EngineError(problems=[unknown_ticker(ticker[:80]) for ticker in unknown[:MOST_TOLD]])
    twice = sorted({ticker for ticker in tickers if tickers.count(ticker) > 1}) if len(found) < len(tickers) else []
    if twice:
        raise InvalidInput(
            problems=[Problem("tickers", ticker, f"{ticker} is named twice.", "Name it once.") for ticker in twice]
        )


def panel_of(price_set: PriceSet, chosen: Chosen, first: date | None, last: date | None) -> Panel:
    from modeling.engines.prices.panel import Panel
    from modeling.prices.coding import SPAN
    from modeling.prices.points import number_of
    from modeling.prices.reading import Wanted, read

    start, stop = (None if day is None else number_of(day) for day in (first, last))
    spans = (None if day is None else day // SPAN for day in (start, stop))
    refuse_too_large(chosen.figures)
    days, prices = read(Wanted(price_set.pk, chosen.keys, *spans), partial(refuse_sparse, chosen.figures))
    prices.flags.writeable = False
    return Panel(days, chosen.tickers, prices, chosen.currencies).between(start, stop)


def refuse_too_large(figures: int) -> None:
    if figures > MOST_FIGURES:
        message = f"These are {figures:,} prices; a panel holds at most {MOST_FIGURES:,}."
        raise InvalidInput.at("tickers", figures, message, "Choose fewer tickers.")


def refuse_sparse(figures: int, tickers: int, days: int) -> None:
    """A panel has room for every ticker on every day: few prices that share no day would fill the memory."""
    room = tickers * days
    if room > min(max(SPARSEST * figures, ALWAYS_ROOM), MOST_FIGURES):
        message = f"{tickers:,} tickers on {days:,} days have room for {room:,} prices, and there are {figures:,}."
        raise InvalidInput.at("tickers", room, message, "Choose fewer tickers, or some that share their days.")
