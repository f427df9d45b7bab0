"""What can go wrong with a provider. Each is `Unavailable`: nothing that was stored has changed."""

from __future__ import annotations

import math

from valor.lib.errors import Problem, Unavailable


class SwitchedOff(Unavailable):
    """Online providers are switched off here: import a file instead, or ask an operator to set ONLINE_PROVIDERS=1."""

    def __init__(self) -> None:
        remedy = "Import a file instead, or ask an operator to set ONLINE_PROVIDERS=1."
        super().__init__(problems=[Problem("provider", None, "Online providers are switched off here.", remedy)])


class NoContact(Unavailable):
    """This provider wants to know who calls: an operator sets PROVIDER_CONTACT to a name and an email address."""

    def __init__(self, provider: str, message: str) -> None:
        remedy = "Ask an operator to set PROVIDER_CONTACT to a name and an email address."
        super().__init__(problems=[Problem("provider", provider, message, remedy)])


class ProviderError(Unavailable):
    """A provider could not be asked, or its answer can't be used: try again later, or import a file instead."""

    code = "provider"

    def __init__(self, provider: str, message: str, remedy: str, *, retry_after: float | None = None) -> None:
        super().__init__(problems=[Problem("provider", provider, message, remedy)])
        self.retry_after = None if retry_after is None else max(1, math.ceil(retry_after))


class ProviderAway(ProviderError):
    """A provider does not answer as it should: try again later, or import a file instead."""


class ProviderPaused(ProviderError):
    """A provider failed several times in a row and is left alone for a while: try again after that."""


class ProviderBusy(ProviderError):
    """More is asked of a provider just now than it allows: try again later, or ask for less at once."""


class ProviderRefuses(ProviderError):
    """A provider does not serve this installation just now: see what it says."""


class BadAnswer(ProviderError):
    """What a provider answered can't be used: nothing of it was stored."""
