"""A file of prices as a portfolio document that holds them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from django.utils import timezone

from modeling.importers.prices.container import members_of
from modeling.importers.prices.judgement import LeftOut, Rules, Series
from modeling.importers.prices.recognise import recognise
from modeling.importers.prices.rows import Reading
from valor.lib.errors import InvalidInput, Problem

MOST_TOLD = 20


def document_of(data: bytes, name: str) -> dict[str, Any]:
    """The prices in a file, as `import_prices` would read them, on their common calendar.

    Raises BadPriceFile where it is no file of prices, or can be read in two ways (`import_prices` takes what is meant),
    and InvalidInput for each ticker that can't be used, or is in another currency than the first: nothing is left out,
    and nothing added up, in silence.
    """
    rules = Rules(timezone.localdate())
    judged = [
        each
        for member in members_of(io.BytesIO(data), name)
        for each in Reading(member, recognise(member).confirmed(), rules).judged()
    ]
    refused = [each for each in judged if isinstance(each, LeftOut)]
    if refused:
        raise InvalidInput(problems=[problem for each in refused for problem in told(each)][:MOST_TOLD])
    series = [each for each in judged if isinstance(each, Series)]
    for money in (attrgetter("currency"), attrgetter("sign")):
        refuse_several(series, money)
    days = np.unique(np.concatenate([each.days for each in series]))
    return {
        "name": name,
        "currency": next((each.currency for each in series if each.currency), ""),
        "prices": {
            "dates": [str(day) for day in days.astype("datetime64[D]")],
            "series": {each.ticker: placed(each, days) for each in series},
        },
    }


def refuse_several(series: Sequence[Series], money: Callable[[Series], str]) -> None:
    """Weights of prices in several currencies, or with the signs of several, would mean nothing."""
    stated = {each.ticker: money(each) for each in series if money(each)}
    first = next(iter(stated), "")
    remedy = "Leave it out, or convert its prices."
    strange = [
        Problem(f"prices.{ticker}", own, f"{ticker} is in {own}, {first} in {stated[first]}.", remedy)
        for ticker, own in stated.items()
        if own != stated[first]
    ]
    if strange:
        raise InvalidInput(problems=strange[:MOST_TOLD])


def told(each: LeftOut) -> list[Problem]:
    return [Problem(f"prices.{each.ticker}", None, trouble.message, trouble.remedy) for trouble in each.troubles]


def placed(series: Series, days: Any) -> list[float | None]:
    """The prices on a wider calendar, None where there is none."""
    found: list[float | None] = [None] * len(days)
    for place, price in zip(np.searchsorted(days, series.days).tolist(), series.prices.tolist(), strict=True):
        found[place] = price
    return found
