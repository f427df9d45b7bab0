"""Sets of prices and their tickers, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, QuerySet, Sum

from modeling.models import PriceSeries, PriceSet
from modeling.selectors_prices import price_sets_for
from modeling.services.price_quality import judge_some
from valor.lib.numbers import format_number

STATES = {"Good": "ok", "Fair": "warning", "Poor": "critical"}
# What a table of tickers may be sorted by, and under which word.
ORDERS = {
    "ticker": "ticker",
    "name": "name",
    "sector": "sector",
    "first": "first",
    "last": "last",
    "count": "count",
    "price": "last_price",
}


@dataclass(frozen=True)
class SetRow:
    """A set in the list; ``state`` is the icon of its quality's word."""

    price_set: PriceSet
    tickers: int
    period: str
    word: str
    state: str
    shared: bool


def set_rows(user: Any) -> list[SetRow]:
    """Every set the user may see, in one query, and a bounded number more for those whose prices changed."""
    sets = list(
        price_sets_for(user)
        .annotate(tickers=Count("series"), first=Min("series__first"), last=Max("series__last"))
        .order_by("name", "pk")
    )
    judge_some(each for each in sets if each.tickers)  # type: ignore[attr-defined]
    return [set_row(each) for each in sets]


def set_row(price_set: Any) -> SetRow:
    word = price_set.quality if price_set.judged_revision == price_set.revision and price_set.tickers else ""
    return SetRow(
        price_set=price_set,
        tickers=price_set.tickers,
        period=period(price_set.first, price_set.last),
        word=word,
        state=STATES.get(word, "unknown"),
        shared=price_set.is_shared,
    )


def period(first: date | None, last: date | None) -> str:
    return f"{first} to {last}" if first and last else "–"


@dataclass(frozen=True)
class Figure:
    label: str
    value: str


def figures_of(price_set: PriceSet) -> list[Figure]:
    """What is known of a set without reading its prices."""
    known = price_set.series.aggregate(n=Count("pk"), prices=Sum("count"), first=Min("first"), last=Max("last"))
    return [
        Figure("Tickers", format_number(known["n"], 0)),
        Figure("Prices", format_number(known["prices"] or 0, 0)),
        Figure("From", str(known["first"] or "–")),
        Figure("To", str(known["last"] or "–")),
        Figure("Frequency", price_set.get_frequency_display() or "–"),
        Figure("Currency", price_set.currency),
        Figure("Revision", format_number(price_set.revision, 0)),
    ]


def ordered(series: QuerySet[PriceSeries], asked: str) -> tuple[QuerySet[PriceSeries], str]:
    """The series in the order asked for, such as ``-count``; by ticker for what can't be sorted by."""
    name = asked.removeprefix("-")
    if name not in ORDERS:
        return series, "ticker"
    sign = "-" if asked.startswith("-") else ""
    return series.order_by(f"{sign}{ORDERS[name]}", "ticker"), asked


@dataclass(frozen=True)
class Head:
    """The head of a column that can be sorted by; ``sort`` is what its link asks for, ``aria`` how it is sorted now."""

    name: str
    label: str
    sort: str
    aria: str
    number: bool
    help: str = ""


def heads(columns: Iterable[tuple[str, str, bool, str]], now: str) -> list[Head]:
    made = []
    for name, label, number, more in columns:
        rising, falling = now == name, now == f"-{name}"
        sort = f"-{name}" if rising else name
        made.append(Head(name, label, sort, "ascending" if rising else "descending" if falling else "", number, more))
    return made
