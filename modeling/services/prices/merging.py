"""Merging prices into the series of a set: all of what is offered at once, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.functions import Upper
from django.utils import timezone

from modeling.models import Frequency, PriceSeries, PriceSet
from modeling.prices.rules import Rule
from modeling.services.prices.locks import locked, raise_revision
from modeling.services.prices.sets import no_such_ticker
from valor.lib.errors import InvalidInput, NotFound, Problem

if TYPE_CHECKING:
    from modeling.prices.merging import Merged
    from modeling.prices.points import Points

MOST_TICKERS = 20_000
MOST_TOLD = 10
# Fewer prices say nothing about how often there are some.
LEAST_TO_TELL = 3


def merge_series(
    *,
    price_set: PriceSet,
    ticker: str,
    days: Any,
    prices: Any,
    currency: str = "",
    name: str = "",
    sector: str = "",
    source: str = "",
    rule: str = Rule.REPLACE,
) -> Merged:
    """Merges prices of one ticker into what is stored of it: see `merge_many`."""
    from modeling.prices.points import Points

    points = Points(ticker, days, prices, currency=currency, name=name, sector=sector, source=source)
    (merged,) = merge_many(price_set=price_set, points=[points], rule=rule)
    return merged


def merge_many(*, price_set: PriceSet, points: Sequence[Points], rule: str = Rule.REPLACE) -> tuple[Merged, ...]:
    """Merges prices of many tickers in one transaction; what became of each, in the order given.

    1. Everything is checked; what can't be refuses all of it (InvalidInput).
    2. The set's row is locked: merges of one set take turns, so none of them loses another's prices.
    3. Both calendars are united. Where both have a price of a day and these differ, *rule* decides: the offered one
       replaces the stored one (`replace`), the stored one stays (`keep`), or all is refused (`refuse`, PricesDiffer).
       Days that are stored and not offered stay in any case.
    4. Only blocks that changed are written. Where nothing changed nothing is, and the set's revision stays.
    5. How often a set has prices is told by the first of them, unless somebody has stated it.
    """
    from modeling.services.prices.storing import Storing

    rule = rule_of(rule)
    today = timezone.now().date()
    offered = [each.checked(today) for each in points]
    refuse_twins(offered)
    with transaction.atomic():
        stored = locked(price_set)
        known = series_by_ticker(stored, offered)
        refuse_too_many(stored, len(offered) - len(known))
        storing = Storing(stored, known, rule)
        merged = storing.merge(offered)
        if storing.write():
            raise_revision(stored, frequency=stored.frequency or frequency_told(stored))
    for field in ("revision", "updated_at", "frequency"):
        setattr(price_set, field, getattr(stored, field))
    return merged


def frequency_told(price_set: PriceSet) -> str:
    """How often the longest series has prices, on average; nothing while it is too short to tell."""
    longest = PriceSeries.objects.filter(price_set=price_set, count__gte=LEAST_TO_TELL).order_by("-count", "pk").first()
    if longest is None:
        return ""
    return Frequency.by_distance((longest.last - longest.first).days / (longest.count - 1))


def update_price(*, price_set: PriceSet, ticker: str, day: date, price: float) -> Merged:
    """Sets the price of one day of a ticker that is there already."""
    from modeling.prices.points import number_of

    if not PriceSeries.objects.filter(price_set=price_set, ticker=ticker).exists():
        raise NotFound(problems=[no_such_ticker(ticker)])
    return merge_series(price_set=price_set, ticker=ticker, days=[number_of(day)], prices=[price])


def rule_of(rule: str) -> Rule:
    try:
        return Rule(rule)
    except ValueError:
        remedy = f"Choose one of {', '.join(Rule.values)}."
        raise InvalidInput.at("rule", str(rule)[:80], "There is no such rule.", remedy) from None


def refuse_twins(offered: Iterable[Points]) -> None:
    """Two tickers alike in one call, also those that differ by capital letters only."""
    seen: set[str] = set()
    problems = []
    for each in offered:
        if each.ticker.upper() in seen:
            message = f"{each.ticker} is there twice."
            problems.append(Problem("ticker", each.ticker, message, "Give each ticker once."))
        seen.add(each.ticker.upper())
    if problems:
        raise InvalidInput(problems=problems[:MOST_TOLD])


def series_by_ticker(price_set: PriceSet, offered: Iterable[Points]) -> dict[str, PriceSeries]:
    """The stored series of what is offered; a ticker that is stored in other letters is refused."""
    wanted = {each.ticker.upper(): each.ticker for each in offered}
    in_set = PriceSeries.objects.filter(price_set=price_set).annotate(capitals=Upper("ticker"))
    found: dict[str, PriceSeries] = {series.ticker: series for series in in_set.filter(capitals__in=wanted)}
    others = [ticker for ticker in found if wanted[ticker.upper()] != ticker]
    if others:
        raise InvalidInput(
            problems=[
                Problem("ticker", wanted[other.upper()], f"{other} is stored already.", f"Write it as {other}.")
                for other in others[:MOST_TOLD]
            ]
        )
    return found


def refuse_too_many(price_set: PriceSet, new: int) -> None:
    if new <= 0:
        return
    total = PriceSeries.objects.filter(price_set=price_set).count() + new
    if total > MOST_TICKERS:
        message = f"The set would have {total:,} tickers; at most {MOST_TICKERS:,} are kept."
        raise InvalidInput.at("ticker", total, message, "Make another set for the rest.")
