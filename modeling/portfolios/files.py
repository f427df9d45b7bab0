"""A file of prices as a portfolio document that holds them."""

from __future__ import annotations

import io
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
    and InvalidInput for each ticker that can't be used: nothing is left out in silence.
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
    days = np.unique(np.concatenate([each.days for each in series]))
    return {
        "name": name,
        "prices": {
            "dates": [str(day) for day in days.astype("datetime64[D]")],
            "series": {each.ticker: placed(each, days) for each in series},
        },
    }


def told(each: LeftOut) -> list[Problem]:
    return [Problem(f"prices.{each.ticker}", None, trouble.message, trouble.remedy) for trouble in each.troubles]


def placed(series: Series, days: Any) -> list[float | None]:
    """The prices on a wider calendar, None where there is none."""
    found: list[float | None] = [None] * len(days)
    for place, price in zip(np.searchsorted(days, series.days).tolist(), series.prices.tolist(), strict=True):
        found[place] = price
    return found
