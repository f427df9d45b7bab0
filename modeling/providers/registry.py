"""Declared providers: who they are, what they give, and on which terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from valor.lib.errors import InvalidInput

if TYPE_CHECKING:
    from modeling.providers.client import Client

LOOPBACK = ("127.0.0.1", "::1")


class Gives(StrEnum):
    PRICES = "prices"
    STATEMENTS = "statements"


@dataclass(frozen=True)
class Rate:
    """At most *count* requests in each *seconds*, by all processes together."""

    count: int
    seconds: float


@dataclass(frozen=True)
class Quotes:
    """Prices of one ticker as a provider gave them.

    Attributes
    ----------
    days : rising, each once
    prices : as many; finite and above zero
    without : how many days came without a price and were left out
    currency : ISO 4217; empty where the provider does not say, which makes it that of the set
    """

    ticker: str
    days: tuple[date, ...]
    prices: tuple[float, ...]
    without: int = 0
    currency: str = ""
    source: str = ""


@dataclass(frozen=True)
class Period:
    """Which days are wanted: from *first* (all, where it is None) to *today*."""

    first: date | None
    today: date


@dataclass(frozen=True)
class Provider:
    """One of others' servers.

    Attributes
    ----------
    terms : what its owner asks of those who call
    base_url, lookup_url : where its addresses begin; the second where names are looked up elsewhere
    tickers : how it writes what can be asked for, with an example
    needs_contact : whether it refuses callers that don't say who they are
    check : raises InvalidInput for a ticker it can't have
    quotes : the prices of a ticker
    """

    name: str
    label: str
    gives: Gives
    terms: str
    base_url: str
    rate: Rate
    tickers: str
    lookup_url: str = ""
    needs_contact: bool = False
    check: Callable[[str], None] | None = None
    quotes: Callable[[Client, str, Period], Quotes] | None = None

    def __post_init__(self) -> None:
        for url in filter(None, (self.base_url, self.lookup_url)):
            parts = urlsplit(url)
            if parts.scheme != "https" and parts.hostname not in LOOPBACK:
                raise ImproperlyConfigured(f"The provider {self.name!r} must be asked over https, not at {url!r}.")
        if (self.gives is Gives.PRICES) != (self.quotes is not None and self.check is not None):
            raise ImproperlyConfigured(
                f"The provider {self.name!r} gives prices if it has quotes and check, and only then."
            )

    def owns(self, url: str) -> bool:
        """Whether an address is at one of the very servers that were declared."""
        return origin(url) in {origin(base) for base in (self.base_url, self.lookup_url) if base}


def origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


_providers: dict[str, Provider] = {}


def declare(provider: Provider) -> Provider:
    if provider.name in _providers:
        raise ImproperlyConfigured(
            f"The provider {provider.name!r} is declared twice: give one of the two another name."
        )
    _providers[provider.name] = provider
    return provider


def forget(name: str) -> None:
    """Takes a declaration back; for tests that declare their own."""
    _providers.pop(name, None)


def declared() -> list[Provider]:
    """Every provider, by name."""
    return [_providers[name] for name in sorted(_providers)]


def provider_of(name: str, gives: Gives) -> Provider:
    """The provider of this name, or InvalidInput."""
    found = _providers.get(name)
    if found is None or found.gives is not gives:
        known = ", ".join(each.name for each in declared() if each.gives is gives)
        raise InvalidInput.at(
            "provider", name[:80], f"There is no provider of {gives} called so.", f"Use one of: {known}."
        )
    return found
