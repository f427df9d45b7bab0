"""One running product and one browser for all journeys; every page is watched for errors."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.__main__ import ROOT
from tests.customer import ask
from tests.product import Product


@pytest.fixture(scope="session")
def product(browser, tmp_path_factory) -> Iterator[Product]:
    """Asked for after the browser, so that a skip does not start it in vain."""
    with Product(tmp_path_factory.mktemp("browser") / "home") as started:
        yield started.ready()


class Stagehand:
    """Arranges things in the product's own database: a function of ``tests.browser.stage`` by its name."""

    def __init__(self, product: Product) -> None:
        environment = product.environment | {"DJANGO_SETTINGS_MODULE": "valor.settings"}
        command = [sys.executable, "-m", "tests.customer", "tests.browser.stage"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, **pipes)

    def __call__(self, function: str, **arguments: object) -> Any:
        return ask(self.process, function, arguments)


@pytest.fixture(scope="session")
def stage(product) -> Iterator[Stagehand]:
    hand = Stagehand(product)
    yield hand
    hand.process.terminate()
    hand.process.wait()


class Visitor:
    """A browser profile that notes what goes wrong on its pages."""

    def __init__(self, context: BrowserContext, product: Product) -> None:
        self.context = context
        self.product = product
        self.troubles: list[str] = []
        self.expected: tuple[str, ...] = ()
        self.page = context.new_page()
        self.page.on("console", lambda message: self.note(message.type, f"{message.text} {message.location}"))
        self.page.on("pageerror", lambda error: self.note("error", str(error)))
        self.page.on("response", lambda answer: self.note_status(answer.status, answer.url))

    def note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(part in text for part in self.expected):
            self.troubles.append(f"{kind} on {self.page.url}: {text}")

    def note_status(self, status: int, url: str) -> None:
        if status >= 500:
            self.troubles.append(f"{status} from {url}")

    def go(self, path: str) -> Page:
        self.page.goto(self.product.url + path)
        return self.page

    def hold(self, session: str) -> None:
        """Is signed in by the key of a session."""
        self.context.add_cookies([{"name": "sessionid", "value": session, "url": self.product.url}])

    def sign_in(self, name: str) -> Page:
        page = self.go("/sign-in/")
        page.locator("[name=username]").fill(name)
        page.get_by_label("Password").fill(self.product.passwords()[name])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        return page


@pytest.fixture
def new_visitor(browser, product) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; at the end none of them may have met an error, those of the CSP included."""
    visitors: list[Visitor] = []

    def make(**options: object) -> Visitor:
        visitors.append(Visitor(browser.new_context(**options), product))
        return visitors[-1]

    yield make
    troubles = [trouble for visitor in visitors for trouble in visitor.troubles]
    for visitor in visitors:
        visitor.context.close()
    assert troubles == []


@pytest.fixture
def visitor(new_visitor) -> Visitor:
    return new_visitor(viewport={"width": 1280, "height": 900})
