"""A page that stays open while the server goes away and comes back."""

from __future__ import annotations

import re
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.product import Product, eventually

pytestmark = pytest.mark.browser
LOST = ("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_SOCKET")  # the browser's own lines


@pytest.fixture(scope="module")
def running(browser, tmp_path_factory):
    """A product of its own, since this one is stopped and killed, and goes on each time."""
    with Product(tmp_path_factory.mktemp("restart") / "home") as started:
        yield started.ready()


@pytest.fixture
def visitor(browser, running):
    visitor = Visitor(browser.new_context(viewport={"width": 1280, "height": 900}), running)
    visitor.expected = LOST
    yield visitor
    visitor.context.close()
    assert visitor.troubles == []


def watch(visitor: Visitor) -> Page:
    page = visitor.sign_in("operator")
    page.goto(f"{visitor.product.url}/performance/")
    expect(page.locator("#chart-cpu canvas")).to_be_visible()
    page.evaluate("window.sameDocument = true")
    return page


def test_the_page_keeps_its_figures_while_the_server_is_away_and_goes_on_when_it_is_back(visitor, running):
    page = watch(visitor)
    figure = page.locator("#card-system-memory_percent .figure").inner_text()
    running.stop()
    page.keyboard.press("r")
    expect(page.locator("#stale")).to_contain_text(re.compile(r"what you see is \d+ s old"))
    expect(page).to_have_title(re.compile("^Unknown: "))
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("favicon-unknown"))
    assert page.locator("#card-system-memory_percent .figure").inner_text() == figure
    running.start().ready()
    expect(page.locator("#stale")).to_be_hidden(timeout=60_000)
    expect(page.locator(".bar-status")).to_be_visible()
    assert page.evaluate("window.sameDocument") is True
    expect(page.locator("#signed-out")).to_be_hidden()


def test_a_web_process_that_is_killed_costs_at_most_one_answer(visitor, running):
    page = watch(visitor)
    web = running.child("gunicorn")
    assert web is not None
    web.send_signal(signal.SIGKILL)
    eventually(lambda: running.child("gunicorn") not in (None, web), running)
    with page.expect_response(
        lambda answer: "/performance/data/" in answer.url and answer.status in (200, 304), timeout=60_000
    ):
        page.keyboard.press("r")
    expect(page.locator("#stale")).to_be_hidden(timeout=60_000)
    assert page.evaluate("window.sameDocument") is True
