"""The one way to a provider: switched on, within its pace, through its breaker, tried again where that may help."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings

from modeling.providers.breaker import Breaker, Opened
from modeling.providers.errors import (
    BadAnswer,
    NoContact,
    ProviderAway,
    ProviderBusy,
    ProviderPaused,
    ProviderRefuses,
    SwitchedOff,
)
from modeling.providers.pace import Pace, TooBusy
from modeling.providers.registry import Provider
from modeling.providers.timing import Deadline, Timing
from modeling.providers.transport import Answer, Fault, Limits, ask
from performance.cache import cached
from performance.instruments import count, measure
from valor import __version__

KEPT_SECONDS, KEPT_NOTHING_SECONDS = 3600, 300
FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
REMEDY = "Try again later, or import a file instead."
USABLE = frozenset({200, 404})
SLOW_DOWN = frozenset({429, 503})
T = TypeVar("T")
CONTACT = re.compile(r"[\x20-\x7e]{3,200}").fullmatch


@dataclass(frozen=True)
class Client:
    """Asks one provider. What was made of its answer within the last hour is not asked for again."""

    provider: Provider
    limits: Limits = field(default_factory=Limits)
    timing: Timing = field(default_factory=Timing)

    def read(self, url: str, make: Callable[[Client, Answer], T]) -> T:
        """What *make* makes of the answer, which has status 200 or 404; raises an error of `modeling.providers.errors`.

        Where *make* raises, since what came well is no answer, nothing is kept; None is kept for less long.
        """
        refuse_switched_off()
        return kept(self, url, make)  # type: ignore[no-any-return]

    def ask(self, url: str) -> Answer:
        """The answer to a request that is made now; attempts that fail are repeated as long as that may help."""
        if not self.provider.owns(url):
            raise ValueError(f"{url!r} is no address of {self.provider.name}.")
        headers = headers_for(self.provider)
        whole = Deadline(self.limits.whole, self.timing.elapsed)
        attempt = 1
        while True:
            try:
                return self.attempt(url, headers, whole)
            except Fault as fault:
                wait = self.pause_after(fault, attempt)
                if wait is None or wait > whole.left():
                    raise self.away(fault, attempt) from fault
            count("provider_retries", provider=self.provider.name)
            self.timing.sleep(wait)
            attempt += 1

    def attempt(self, url: str, headers: Mapping[str, str], whole: Deadline) -> Answer:
        """One request; how it went is told to the breaker, and waiting is booked as that for others' servers."""
        breaker = Breaker(self.provider, self.timing)
        if (opened := breaker.refusal()) is not None:
            raise self.paused(opened)
        try:
            Pace(self.provider, self.timing).wait(whole)
            deadline = Deadline(min(self.limits.request, max(whole.left(), 0.0)), self.timing.elapsed)
            with measure("outside", target=urlsplit(url).hostname):
                answer = usable(ask(url, headers, self.limits, deadline), self.timing.now())
        except TooBusy as error:
            raise self.busy() from error
        except Fault as fault:
            if fault.counts:
                breaker.failed(fault.told)
            else:
                breaker.succeeded()
            if fault.wait is not None and fault.wait > self.limits.retry_after:
                breaker.asked_to_wait(fault.wait, fault.told)
            raise
        breaker.succeeded()
        return answer

    def pause_after(self, fault: Fault, attempt: int) -> float | None:
        """Seconds to wait before the next attempt; None where none should be made."""
        if not fault.again or attempt >= self.limits.attempts:
            return None
        if fault.wait is not None:
            return fault.wait if fault.wait <= self.limits.retry_after else None
        longest = min(FIRST_WAIT * 2.0 ** (attempt - 1), LONGEST_WAIT)
        return longest * (0.5 + self.timing.chance() / 2)

    def away(self, fault: Fault, attempts: int) -> ProviderAway:
        times = "" if attempts == 1 else f" It was tried {attempts} times."
        message = f"{self.provider.label} could not be asked. {fault.told}{times}"
        return ProviderAway(self.provider.name, message, REMEDY, retry_after=fault.wait)

    def paused(self, opened: Opened) -> ProviderPaused:
        left = max(1.0, opened.until - self.timing.now())
        message = f"{self.provider.label} is left alone for {left:.0f} s more. {opened.reason}"
        return ProviderPaused(self.provider.name, message, REMEDY, retry_after=left)

    def busy(self) -> ProviderBusy:
        rate = self.provider.rate
        message = (
            f"{self.provider.label} is asked at most {rate.count} times in {rate.seconds:g} s, and others wait, too."
        )
        return ProviderBusy(self.provider.name, message, REMEDY, retry_after=rate.seconds)

    def bad(self, message: str, remedy: str = REMEDY) -> BadAnswer:
        return BadAnswer(self.provider.name, f"{self.provider.label} answered with something else. {message}", remedy)

    def refuses(self, message: str, remedy: str, seconds: float) -> ProviderRefuses:
        """The provider wants no more requests for so long: nobody asks it until then."""
        Breaker(self.provider, self.timing).asked_to_wait(seconds, message)
        return ProviderRefuses(self.provider.name, message, remedy, retry_after=seconds)


@cached(
    ttl=KEPT_SECONDS,
    negative_ttl=KEPT_NOTHING_SECONDS,
    namespace="providers",
    key=lambda client, url, make: (client.provider.name, url),
    patience=Limits().whole,
)
def kept(client: Client, url: str, make: Callable[[Client, Answer], T]) -> T:
    return make(client, client.ask(url))


def refuse_switched_off() -> None:
    if not settings.ONLINE_PROVIDERS:
        raise SwitchedOff


def headers_for(provider: Provider) -> dict[str, str]:
    contact = contact_for(provider)
    agent = f"valor-ivx/{__version__}" + (f" {contact}" if contact else "")
    return {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "gzip", "Connection": "close"}


def contact_for(provider: Provider) -> str:
    """What a provider is told of who calls; raises NoContact where it wants to know and can't."""
    contact: str = settings.PROVIDER_CONTACT
    if provider.needs_contact and not contact:
        raise NoContact(provider.name, f"{provider.label} serves only those who say who they are.")
    if contact and not CONTACT(contact):
        raise NoContact(provider.name, "PROVIDER_CONTACT holds what no header can.")
    return contact


def usable(answer: Answer, now: float) -> Answer:
    """The answer where it is one to the question; else a Fault."""
    if answer.status in USABLE:
        return answer
    if answer.status in SLOW_DOWN:
        wait = seconds_asked(answer.headers.get("retry-after", ""), now)
        raise Fault(f"It asks for fewer requests, with {answer.status}.", again=True, wait=wait)
    if answer.status >= 500:
        raise Fault(f"It failed itself, with {answer.status}.", again=True)
    if answer.status in {401, 403}:
        raise Fault(f"It does not serve callers like this one, with {answer.status}.")
    raise Fault(f"It answered with {answer.status}.", counts=not 400 <= answer.status < 500)


def seconds_asked(header: str, now: float) -> float | None:
    """What Retry-After says, as seconds or as a date; None where it says nothing that can be read."""
    header = header.strip()
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        moment = parsedate_to_datetime(header)
        return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)
    except (TypeError, ValueError, OverflowError):
        return None
