"""Two hundred people at once: nobody meets an error or a limit, and everybody sees the newest sample.

How fast that goes is no test's concern: see ``python -m benchmarks dashboard``.
"""

from __future__ import annotations

import threading
import time
from http.client import HTTPConnection

import pytest
from playwright.sync_api import Page, expect

from tests.product import Product, eventually

pytestmark = pytest.mark.browser

SIZE, EVERY = 200, 3.0
POLLS = ("/performance/data/?range=1h", "/api/performance/dashboard")
MEMORY = 37.3  # no host of ours is just there


class Client(threading.Thread):
    """A page or a script that asks every three seconds, and tells what it has already."""

    def __init__(self, product: Product, number: int, session: str) -> None:
        super().__init__(daemon=True)
        self.port, self.number, self.session = product.port, number, session
        self.path, self.tag = POLLS[number % len(POLLS)], ""
        self.answers: list[tuple[float, int, bool]] = []  # asked at, status, whether the newest sample is known
        self.broken = ""
        self.knows = False
        self.over = threading.Event()

    def run(self) -> None:
        self.over.wait(EVERY * self.number / SIZE)
        while not self.over.is_set():
            try:
                self.ask()
            except OSError as error:
                self.broken = repr(error)
                return
            self.over.wait(EVERY)

    def ask(self) -> None:
        asked = time.monotonic()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", self.path, headers={"Cookie": f"sessionid={self.session}", "If-None-Match": self.tag})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        if answer.status == 200:
            self.tag, self.knows = answer.headers["ETag"], str(MEMORY) in body
        self.answers.append((asked, answer.status, self.knows))

    def since(self, moment: float) -> list[bool]:
        """Whether it knew the newest sample, poll by poll since then."""
        return [knew for asked, _, knew in list(self.answers) if asked > moment]


@pytest.fixture
def page(visitor) -> Page:
    """Somebody's, who came before the crowd."""
    visitor.sign_in("operator")
    return visitor.go("/performance/")


@pytest.fixture
def crowd(page, product, stage):
    stage("pause")
    clients = [Client(product, number, key) for number, key in enumerate(stage("crowd", size=SIZE))]
    for client in clients:
        client.start()
    yield clients
    for client in clients:
        client.over.set()
    for client in clients:
        client.join()
    stage("resume")


def test_two_hundred_clients_see_the_newest_sample_and_a_page_among_them_stays_live(page, crowd, stage):
    page.evaluate("window.sameDocument = true")
    eventually(lambda: all(len(client.answers) >= 2 or client.broken for client in crowd))
    stage("sample", memory_percent=MEMORY)
    stored = time.monotonic()
    eventually(lambda: all(len(client.since(stored)) >= 2 or client.broken for client in crowd))
    assert [client.broken for client in crowd if client.broken] == []
    told = [status for client in crowd for _, status, _ in client.answers]
    assert set(told) <= {200, 304}, told
    late = [client.path for client in crowd if not any(client.since(stored)[:2])]
    assert late == [], f"{len(late)} saw it later than in their second poll"
    expect(page.locator("#card-system-memory_percent .figure")).to_contain_text(str(MEMORY), timeout=60_000)
    assert page.evaluate("window.sameDocument") is True
    expect(page.locator("#stale")).to_be_hidden()
