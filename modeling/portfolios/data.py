"""The figures that a portfolio document names: its assets' returns, its benchmark, their groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from modeling.codecs.portfolio.model import PERIODS, Given, InlinePrices, PortfolioModel, StoredPrices
from modeling.engines.prices.panel import Array, Days, Panel
from modeling.engines.prices.returns import last_rows, resampled, returns_of
from modeling.models import Frequency, PriceSeries, PriceSet
from modeling.portfolios.places import placed
from modeling.selectors_prices import panel
from valor.lib.errors import InvalidInput, NotFound, Problem

LEAST_RETURNS = 2
MOST_TOLD = 10
# Periods, and at most so many days, without a price after which an asset can't be bought any more.
STALE, LONG_AGO = 5, 35
# The usual distance of two prices, in days, up to which they are as frequent.
LONGEST = {"daily": 4, "weekly": 10, "monthly": 45}


@dataclass(frozen=True)
class Quotes:
    """The last price of each asset, shape (n,), and its day, since 1970-01-01; NaN where it has none."""

    prices: Array
    days: Days


@dataclass(frozen=True)
class Data:
    """Prices of the assets, and what goes along with them.

    Attributes
    ----------
    assets : the prices of what may be held, one row each
    returns : shape (n, s), simple returns of the assets
    panel : the same with the benchmark and the factors
    latest : the last prices as they are stored, which a lower frequency may leave out
    benchmark : shape (s,), its returns over the same periods; None where there is none
    factors : shape (k, s), those of the factors; None where there are none
    """

    assets: Panel
    returns: Array
    periods_per_year: int
    panel: Panel
    latest: Quotes
    benchmark: Array | None = None
    factors: Array | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    revision: int | None = None
    source: str = ""
    currency: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return self.assets.tickers


def data_of(model: PortfolioModel, prices: PriceSet | None = None) -> Data | None:
    """The data behind the document; None where it states its estimates itself. *prices* is its set, if known already.

    Raises InvalidInput where a ticker is unknown, the period holds too few prices, or they are in another currency.
    """
    source = model.source
    if isinstance(source, Given):
        return None
    if isinstance(source, InlinePrices):
        return made(model, source.panel, source.frequency, source="the document")
    known = prices is not None and prices.pk == source.price_set
    return stored(model, source, prices if known else None)


def stored(model: PortfolioModel, source: StoredPrices, prices: PriceSet | None = None) -> Data:
    prices = prices or PriceSet.objects.filter(pk=source.price_set).first()
    if prices is None:
        raise NotFound("The price set of this portfolio is gone: choose another one.")
    known = PriceSeries.objects.filter(price_set=prices, ticker__in=apart(model)).values_list("ticker", flat=True)
    wanted = source.tickers and tuple(dict.fromkeys((*source.tickers, *known)))
    with placed(model):
        found = panel(prices, tickers=wanted or None, first=source.first, last=source.last)
    sectors = PriceSeries.objects.filter(price_set=prices).exclude(sector="").values_list("ticker", "sector")
    more = {"groups": dict(sectors), "revision": prices.revision, "source": prices.name}
    return made(model, found, source.frequency, **more)


def apart(model: PortfolioModel) -> tuple[str, ...]:
    """The tickers that are looked at and not held."""
    return (model.benchmark, *model.factors) if model.benchmark else model.factors


def made(model: PortfolioModel, found: Panel, frequency: str, **more: Any) -> Data:
    """The panel at the wanted frequency, the benchmark told apart from the assets."""
    refuse_unknown(model, found.tickers)
    currency = common_currency(found, model.currency)
    own = own_frequency(found)
    frequency = own if frequency == "own" else frequency
    if PERIODS[frequency] > PERIODS[own]:
        remedy = f"Choose {own}, or import prices that are more frequent."
        raise InvalidInput.at("prices.frequency", frequency, f"The prices are {own}.", remedy)
    whole = found
    if frequency != own:
        found = whole_periods(found, frequency)
    if len(found.days) <= LEAST_RETURNS:
        message = f"There are prices of {len(found.days)} days in this period."
        raise InvalidInput.at("prices.from", None, message, "Choose a longer period.")
    assets = found.only(name for name in found.tickers if name not in apart(model))
    refuse_rarer(assets, frequency)
    return Data(
        assets=assets,
        returns=returns_of(assets),
        periods_per_year=PERIODS[frequency],
        panel=found,
        latest=quotes_of(whole.only(assets.tickers)),
        benchmark=returns_of(found.only([model.benchmark]))[0] if model.benchmark else None,
        factors=returns_of(found.only(model.factors)) if model.factors else None,
        currency=currency,
        **more,
    )


def quotes_of(assets: Panel) -> Quotes:
    places = last_rows(assets.prices)[:, -1]
    return Quotes(assets.prices[np.arange(len(places)), np.maximum(places, 0)], assets.days[places])


def whole_periods(found: Panel, frequency: str) -> Panel:
    """Resampled, without a last week or month that is still going on: its return would count as that of a whole one."""
    rarer = resampled(found, frequency)
    last = found.dates[-1]
    following = np.busday_offset(last + 1, 0, roll="forward")
    unit = {"weekly": "W", "monthly": "M"}[frequency]
    # NumPy's weeks begin on Thursdays, as 1970 did.
    shift = 3 if frequency == "weekly" else 0
    goes_on = (last + shift).astype(f"datetime64[{unit}]") == (following + shift).astype(f"datetime64[{unit}]")
    return rarer.between(None, int(rarer.days[-2])) if goes_on and len(rarer.days) > 1 else rarer


def refuse_rarer(assets: Panel, frequency: str) -> None:
    """For assets whose prices come more rarely than the others': a month's return must not count as that of a day."""
    problems = []
    for name, row in zip(assets.tickers, assets.prices, strict=True):
        days = assets.days[~np.isnan(row)]
        distance = float(np.median(np.diff(days))) if len(days) > 1 else 0.0
        if distance > LONGEST[frequency]:
            message = f"The prices of {name} come every {distance:g} days, which is not {frequency}."
            problems.append(Problem("prices.frequency", name, message, "Choose a lower frequency, or leave it out."))
    if problems:
        raise InvalidInput(problems=problems[:MOST_TOLD])


def refuse_stale(data: Data | None) -> None:
    """For assets whose prices ended before the others': nobody can buy them any more."""
    if data is None:
        return
    remedy = "Leave it out, or end the period there."
    known, days = ~np.isnan(data.assets.prices), data.latest.days
    gone = known.any(axis=1) & ~(known[:, -STALE:].any(axis=1) & (days.max() - days <= LONG_AGO))
    problems = [
        Problem("prices.tickers", name, f"{name} has no price since {np.datetime64(int(day), 'D')}.", remedy)
        for name, day, ended in zip(data.names, days, gone, strict=True)
        if ended
    ]
    if problems:
        raise InvalidInput(problems=problems[:MOST_TOLD])


def refuse_unknown(model: PortfolioModel, tickers: tuple[str, ...]) -> None:
    """For a benchmark or factors without prices, and where nothing would be left to hold."""
    remedy = "Name one of the tickers that have prices, or import its own."
    stated = [("benchmark", model.benchmark), *((f"factors.{place}", name) for place, name in enumerate(model.factors))]
    problems = [
        Problem(field, ticker, f"There are no prices of {ticker}.", remedy)
        for field, ticker in stated
        if ticker and ticker not in tickers
    ]
    if not problems and set(tickers) <= set(apart(model)):
        message = "Every ticker is the benchmark or a factor: nothing is left to hold."
        problems = [Problem("prices", len(tickers), message, "Add tickers to choose from.")]
    if problems:
        raise InvalidInput(problems=problems)


def own_frequency(found: Panel) -> str:
    """How often there are prices, by the usual distance of two days of the calendar."""
    distance = float(np.median(np.diff(found.days))) if len(found.days) > 1 else 1.0
    return Frequency.by_distance(distance).value


def common_currency(found: Panel, stated: str) -> str:
    """The one currency of all prices, which must be the stated one; prices in several add up to nothing."""
    currency = stated or next(iter(found.currencies), "")
    remedy = "Leave it out, or convert its prices when you clean the set."
    strange = [
        Problem("currency", own, f"The prices of {ticker} are in {own}, not in {currency}.", remedy)
        for ticker, own in zip(found.tickers, found.currencies, strict=False)
        if own and own != currency
    ]
    if strange:
        raise InvalidInput(problems=strange[:MOST_TOLD])
    return currency


def weights_of(names: Iterable[str], stated: Mapping[str, float], path: str) -> Array:
    """Stated weights in the order of the assets, zero where none is stated; refuses those of other assets."""
    order = {name: place for place, name in enumerate(names)}
    unknown = [
        Problem(f"{path}.{name}", weight, f"{name} is not among the assets.", "Leave it out, or add its prices.")
        for name, weight in stated.items()
        if name not in order
    ]
    if unknown:
        raise InvalidInput(problems=unknown)
    weights = np.zeros(len(order))
    for name, weight in stated.items():
        weights[order[name]] = weight
    return weights
