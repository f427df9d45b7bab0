"""The declared providers, pointed at a server on this machine; and a clock that need not be waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from modeling.providers import registry
from modeling.providers.registry import Rate
from modeling.providers.timing import Timing
from modeling.providers.transport import Limits
from tests.modeling.providers.server import Server

LIMITS = Limits(connect=2.0, request=0.3, whole=5.0, size=200_000)


class Clock:
    """Sleeping takes no time, and is noted."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.ahead = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ahead += seconds

    def timing(self) -> Timing:
        return Timing(
            now=lambda: time.time() + self.ahead,
            elapsed=lambda: time.monotonic() + self.ahead,
            sleep=self.sleep,
            chance=lambda: 1.0,
        )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def providers(server, settings) -> Iterator[Server]:
    """Every declared provider at this server, at a pace that tests don't feel."""
    settings.PROVIDER_CONTACT = "Acme Research ana@example.com"
    real = registry.declared()
    for provider in real:
        registry.forget(provider.name)
        lookup = server.url if provider.lookup_url else ""
        registry.declare(replace(provider, base_url=server.url, lookup_url=lookup, rate=Rate(1000, 1.0)))
    yield server
    for provider in real:
        registry.forget(provider.name)
        registry.declare(provider)
