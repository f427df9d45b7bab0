"""Reads about the prices of a set: their quality, statistics and correlation, kept under the set's revision.

NumPy is imported inside the functions: a worker must not load it before it forks, see `modeling.simulation_request`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db.models import Sum

from modeling.models import Frequency, PriceSet
from modeling.prices.report_request import MOST_AT_ONCE, ReportRequest
from modeling.prices.tickers import is_ticker
from modeling.selectors_prices import chosen_series, panel, series_of
from performance.cache import cached
from valor.lib.errors import InvalidInput

if TYPE_CHECKING:
    from modeling.engines.prices.panel import Panel
    from modeling.engines.prices.statistics.state import StatisticsState

KEPT_SECONDS = 3600
# What statistics grow from when days are appended; larger ones cost the cache more than they save.
STATE_SECONDS = 24 * 3600
MOST_STATE_BYTES = 2_000_000


def size_of(price_set: PriceSet, request: ReportRequest) -> int:
    """How many prices a report has to read, at most."""
    if request.read is None:
        held = getattr(price_set, "held", None) or series_of(price_set).aggregate(total=Sum("count"))["total"]
        return held or 0
    return chosen_series(price_set, request.read).figures


def is_small(price_set: PriceSet, request: ReportRequest) -> bool:
    """Whether a report is made at once; more is work for a job."""
    return size_of(price_set, request) <= MOST_AT_ONCE


def refuse_large(price_set: PriceSet, request: ReportRequest) -> None:
    size = size_of(price_set, request)
    if size > MOST_AT_ONCE:
        message = f"These are {size:,} prices; at most {MOST_AT_ONCE:,} are looked at at once."
        raise InvalidInput.at("tickers", size, message, "Choose fewer tickers, or start a report on the set's page.")


def refuse_unknown_benchmark(price_set: PriceSet, request: ReportRequest) -> None:
    if not is_ticker(request.benchmark) or not series_of(price_set).filter(ticker=request.benchmark).exists():
        remedy = "Give a ticker of the set."
        raise InvalidInput.at("benchmark", request.benchmark[:40], "The set has no such ticker.", remedy)


def periods_of(price_set: PriceSet) -> int:
    return Frequency(price_set.frequency or Frequency.DAILY).periods_per_year


def revision(price_set: PriceSet, request: ReportRequest) -> tuple[object, ...]:
    """Changes with whatever changes a price of the set; whose it is stands in it, too."""
    return price_set.pk, price_set.owner_id, price_set.revision, price_set.frequency, request


@cached(ttl=KEPT_SECONDS, namespace="prices", key=revision)
def quality(price_set: PriceSet, request: ReportRequest) -> dict[str, Any]:
    """See `modeling.prices.reports.quality_report`."""
    from modeling.prices.reports import quality_report

    return quality_report(panel(price_set, request.tickers or None, request.first, request.last))


def quality_of_ticker(price_set: PriceSet, request: ReportRequest) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The quality of the one ticker asked for, and what is doubtful in its prices.

    It is judged among all tickers, whose days tell where it lacks prices; alone, where these are very many.
    """
    (ticker,) = request.tickers
    whole = replace(request, tickers=(), benchmark="", risk_free=0.0)
    report = quality(price_set, whole if is_small(price_set, whole) else request)
    row = next(row for row in report["tickers"] if row["ticker"] == ticker)
    return row, [finding for finding in report["findings"] if finding["ticker"] == ticker]


@cached(ttl=KEPT_SECONDS, namespace="prices", key=revision)
def statistics(price_set: PriceSet, request: ReportRequest) -> dict[str, Any]:
    """See `modeling.prices.reports.statistics_report`; raises EngineError where the period is empty."""
    from modeling.prices.reports import statistics_report

    found = panel(price_set, request.read, request.first, request.last)
    periods = periods_of(price_set)
    return statistics_report(found, request, periods, grown_state(price_set, request, found))


@cached(ttl=KEPT_SECONDS, namespace="prices", key=revision)
def correlation(price_set: PriceSet, request: ReportRequest) -> dict[str, Any]:
    """See `modeling.prices.reports.correlation_report`."""
    from modeling.prices.reports import correlation_report

    return correlation_report(panel(price_set, request.tickers or None, request.first, request.last))


def grown_state(price_set: PriceSet, request: ReportRequest, found: Panel) -> StatisticsState:
    """The state of the statistics: an earlier one with the days since appended, where no price of before has changed.

    Whether one has is told by a digest of all prices that the earlier state has seen.
    """
    from modeling.engines.prices.statistics.state import state_of
    from modeling.prices.reports import settings_of

    settings = settings_of(request, periods_of(price_set))
    market = request.benchmark or None
    key = state_key(price_set, request)
    state = extended(cache.get(key), found, market)
    if state is None:
        state = state_of(found, settings, market=market)
    keep_state(key, state, found)
    return state


def state_key(price_set: PriceSet, request: ReportRequest) -> str:
    """Without the last day and the revision, which are what moves on."""
    about = {**request.parameters(), "last": None, "set": price_set.pk, "periods": periods_of(price_set)}
    return f"prices-state:{hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:32]}"


def extended(kept: tuple[str, bytes] | None, found: Panel, market: str | None) -> StatisticsState | None:
    """None where there is nothing kept, or it is of other prices than these."""
    from modeling.engines.prices.errors import OutOfStep, UnreadableState
    from modeling.engines.prices.statistics.state import StatisticsState

    if kept is None:
        return None
    try:
        state = StatisticsState.from_bytes(kept[1])
        before = found.between(None, state.last_day)
        if state.tickers != found.tickers or digest(before) != kept[0]:
            return None
        later = found.between(state.last_day + 1, None)
        return state.extended(later, market=market) if len(later.days) else state
    except (UnreadableState, OutOfStep):
        return None


def keep_state(key: str, state: StatisticsState, found: Panel) -> None:
    data = state.to_bytes()
    if len(data) <= MOST_STATE_BYTES:
        cache.set(key, (digest(found), data), STATE_SECONDS)


def digest(found: Panel) -> str:
    """The same for the same days, tickers and prices."""
    hashed = hashlib.blake2b(found.days.tobytes(), digest_size=16)
    hashed.update("\0".join(found.tickers).encode())
    hashed.update(found.prices.tobytes())
    return hashed.hexdigest()
