"""Prices from a provider into a set: each ticker wholly or not at all, and what failed does not keep the others out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from modeling.models import PriceSet
from modeling.prices.rules import Rule
from modeling.providers.client import Client, refuse_switched_off
from modeling.providers.registry import Gives, Period, Provider, Quotes, provider_of
from modeling.providers.report import ADDED, CHANGED, UNCHANGED, FetchReport, TickerFetch
from modeling.providers.timing import Timing
from tasks import services as job_services
from valor.lib.errors import Conflict, InvalidInput, Problem, Unavailable, ValorError

if TYPE_CHECKING:
    from modeling.prices.merging import Merged
    from tasks.models import Job

FETCH_PRICES = "modeling.fetch_prices"
MOST_TICKERS = 500
MOST_TOLD = 10
EARLIEST = date(1800, 1, 1)

Progress = Callable[[int, int, str], None]
Keep = Callable[[TickerFetch], None]


def quiet(done: int, total: int, ticker: str) -> None:
    """Nobody watches."""


def forget(report: TickerFetch) -> None:
    """Nobody goes on after a fault."""


class NothingFetched(ValorError):
    """None of the prices could be fetched: see for each ticker why, and what to do."""

    code = "nothing_fetched"
    status = 503


@dataclass(frozen=True)
class Wanted:
    """What is asked for, checked.

    Attributes
    ----------
    first : the first day; None for all that the provider has
    rule : what becomes of a price that is stored with another value
    """

    provider: Provider
    tickers: tuple[str, ...]
    first: date | None = None
    rule: Rule = Rule.REPLACE

    @classmethod
    def read(
        cls, provider: str, tickers: Sequence[str], first: str | date | None = None, rule: str = Rule.REPLACE
    ) -> Wanted:
        """Raises InvalidInput with every problem of what was asked for."""
        found = provider_of(provider, Gives.PRICES)
        return cls(found, checked_tickers(found, tickers), checked_first(first), checked_rule(rule))

    def parameters(self) -> dict[str, Any]:
        """The same for a job."""
        first = self.first.isoformat() if self.first else None
        return {
            "provider": self.provider.name,
            "tickers": list(self.tickers),
            "first": first,
            "rule": self.rule.value,
        }


def checked_tickers(provider: Provider, tickers: Sequence[str]) -> tuple[str, ...]:
    if not tickers:
        raise InvalidInput.at("tickers", None, "No ticker is named.", f"Name some, such as {provider.tickers}.")
    if len(tickers) > MOST_TICKERS:
        message = f"These are {len(tickers):,} tickers; at most {MOST_TICKERS} are fetched at once."
        raise InvalidInput.at("tickers", len(tickers), message, "Ask for them in parts.")
    problems: list[Problem] = []
    seen: set[str] = set()
    for ticker in tickers:
        if ticker.upper() in seen:
            problems.append(Problem("tickers", ticker[:80], f"{ticker[:80]} is named twice.", "Name it once."))
        seen.add(ticker.upper())
        problems += problems_of(provider, ticker)
    if problems:
        raise InvalidInput(problems=problems[:MOST_TOLD])
    return tuple(tickers)


def problems_of(provider: Provider, ticker: str) -> Sequence[Problem]:
    assert provider.check is not None
    try:
        provider.check(ticker)
    except InvalidInput as error:
        return error.problems
    return ()


def checked_first(first: str | date | None) -> date | None:
    if not first:
        return None
    try:
        day = first if isinstance(first, date) else date.fromisoformat(first)
        if EARLIEST <= day <= timezone.localdate():
            return day
    except ValueError:
        pass
    remedy = f"Give a day from {EARLIEST} to today, such as 2020-01-31."
    raise InvalidInput.at("first", str(first)[:80], "Prices can't begin then.", remedy)


def checked_rule(rule: str) -> Rule:
    try:
        return Rule(rule)
    except ValueError:
        remedy = f"Choose one of {', '.join(Rule.values)}."
        raise InvalidInput.at("rule", str(rule)[:80], "There is no such rule.", remedy) from None


def start_fetch(
    *,
    owner: Any,
    price_set: PriceSet,
    provider: str,
    tickers: Sequence[str],
    first: str | date | None = None,
    rule: str = Rule.REPLACE,
) -> Job:
    """Queues the job that fetches prices into the owner's set; what can be refused at once is refused here."""
    refuse_switched_off()
    wanted = Wanted.read(provider, tickers, first, rule)
    label = f"{price_set.name}: {', '.join(wanted.tickers[:5])}{' ...' if len(wanted.tickers) > 5 else ''}"
    parameters = {"price_set": price_set.pk, **wanted.parameters()}
    return job_services.submit(FETCH_PRICES, parameters, owner=owner, label=label)


@dataclass(frozen=True)
class Fetching:
    """One fetch under way.

    Attributes
    ----------
    price_set : gives the set when the first prices come
    progress : is told how many tickers are done, of how many, and which comes next; may end it all by raising
    keep : is told of each ticker in the transaction that stores it
    """

    wanted: Wanted
    price_set: Callable[[], PriceSet]
    timing: Timing = field(default_factory=Timing)
    progress: Progress = quiet
    keep: Keep = forget

    def run(self, before: Mapping[str, TickerFetch] | None = None) -> FetchReport:
        """Fetches one ticker after the other; *before* holds what an earlier attempt has done already."""
        refuse_switched_off()
        reports = dict(before or {})
        total = len(self.wanted.tickers)
        for ticker in self.wanted.tickers:
            if ticker not in reports:
                self.progress(len(reports), total, ticker)
                reports[ticker] = self.fetch(ticker)
        self.progress(total, total, "")
        done = tuple(reports[ticker] for ticker in self.wanted.tickers)
        return FetchReport(self.wanted.provider.name, done)

    def fetch(self, ticker: str) -> TickerFetch:
        """One ticker: its prices are fetched before, and merged in, one transaction."""
        try:
            quotes = self.quotes(ticker)
            with transaction.atomic():
                report = self.stored(quotes)
                self.keep(report)
        except (Unavailable, InvalidInput, Conflict) as error:
            report = TickerFetch.failed(ticker, error)
            self.keep(report)
        return report

    def quotes(self, ticker: str) -> Quotes:
        provider = self.wanted.provider
        assert provider.quotes is not None
        period = Period(self.wanted.first, timezone.localdate())
        found = provider.quotes(Client(provider, timing=self.timing), ticker, period)
        if not found.days:
            remedy = "Check the ticker, or ask for earlier days."
            raise InvalidInput.at("tickers", ticker, f"{provider.label} gave no price of {ticker}.", remedy)
        return found

    def stored(self, quotes: Quotes) -> TickerFetch:
        import numpy as np

        from modeling.services.prices import merge_series

        merged = merge_series(
            price_set=self.price_set(),
            ticker=quotes.ticker,
            days=np.array(quotes.days, "datetime64[D]"),
            prices=np.array(quotes.prices),
            currency=quotes.currency,
            source=quotes.source,
            rule=self.wanted.rule,
        )
        return told(quotes, merged)


def told(quotes: Quotes, merged: Merged) -> TickerFetch:
    return TickerFetch(
        quotes.ticker,
        CHANGED if merged.changed else ADDED if merged.added else UNCHANGED,
        added=merged.added,
        changed=merged.changed,
        unchanged=merged.unchanged,
        differing=merged.differing,
        without=quotes.without,
        first=quotes.days[0].isoformat(),
        last=quotes.days[-1].isoformat(),
    )
