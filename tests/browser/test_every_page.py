"""Every page of ours, light and dark, wide, zoomed and on a phone: reachable by all, whole, calm and small."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visitor
from tests.browser.measures import (
    ASK,
    COLOURS,
    MOTION,
    OPEN,
    PAINTED,
    WATCH_SHIFTS,
    misfits,
    settled,
    shifts,
    violations,
)
from tests.browser.sitemap import PLACES, Place
from tests.product import Product, eventually

pytestmark = pytest.mark.browser

LOOKS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
}
OTHER = {"light": "dark", "dark": "light"}
# 1280 px at 200 %, and what WCAG 1.4.10 asks for: 1280 px at 400 %.
ZOOMED = [{"width": 640, "height": 450}, {"width": 320, "height": 256}]
BYTES, SHIFT = 150_000, 0.02
# Arrives in several parts, which the browser could show one by one. Styles and scripts are at hand already.
SLOWLY = {"offline": False, "latency": 50, "downloadThroughput": 12_000, "uploadThroughput": 100_000}
# Whose later parts give the earlier ones their place: figures above inputs, columns of figures, a wide table.
LONG = [
    "/valuations/{valuation}/",
    "/portfolios/{portfolio}/",
    "/valuations/{valuation}/runs/{run}/",
    "/companies/{company}/",
]


@pytest.fixture(scope="module")
def subjects(stage) -> dict[str, Any]:
    """One of everything that has a page of its own; and no sample meanwhile, whose news would lengthen the lists."""
    stage("hasten")
    made = stage("furnish")
    for job in (made["job"], made["walk"]):
        eventually(partial(stage, "ran", job=job))
    eventually(partial(stage, "sampled"))
    stage("pause")
    stage("slow_down")
    yield made
    stage("resume")
    stage("calm", pk=made["alert"])


class Watched(Visitor):
    """Counts what its pages cost, headers included, with nothing cached, and sees what moves on them.

    Of all answers only the place's own may be a refusal, and then it has to be.
    """

    def __init__(self, browser, product: Product, person: str, look: str) -> None:
        super().__init__(browser.new_context(**LOOKS[look]), product)
        self.look, self.bytes = look, 0
        self.refused: list[str] = []
        self.context.add_init_script(WATCH_SHIFTS)
        if person != "nobody":
            self.sign_in(person)
        session = self.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.loadingFinished", self.count)

    def count(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def note(self, kind: str, text: str) -> None:
        """The browser's own line of an answer is told by its status."""
        if not text.startswith("Failed to load resource: the server responded with"):
            super().note(kind, text)

    def note_status(self, status: int, url: str) -> None:
        if status >= 400:
            self.refused.append(f"{status} from {url}")

    def visit(self, place: Place, subjects: dict[str, Any]) -> Page:
        self.page.set_viewport_size(LOOKS[self.look]["viewport"])
        self.page.emulate_media(color_scheme=LOOKS[self.look]["color_scheme"], forced_colors=None, reduced_motion=None)
        page = self.go(place.address.format(**subjects))
        if place.click:
            page.get_by_role("button", name=place.click).first.click()
            page.wait_for_url("**/apply/")
        self.bytes = 0 if place.click else self.bytes
        page.locator("h1").first.wait_for()
        settled(page)
        return page

    def surprises(self, place: Place, subjects: dict[str, Any]) -> list[str]:
        """What was refused that was not to be, or was not that was."""
        own = f"{place.status} from {self.product.url}{place.address.format(**subjects)}"
        expected = [own] if place.status >= 400 else []
        return [] if self.refused == expected else [f"expected {expected}, refused {self.refused}"]


@pytest.fixture(scope="module")
def visitors(browser, product, subjects) -> Iterator[dict[tuple[str, str], Watched]]:
    made: dict[tuple[str, str], Watched] = {}
    yield made
    for visitor in made.values():
        visitor.context.close()


@pytest.fixture
def visitor_of(browser, product, visitors):
    """The same visitor for all pages of a person in a look: signing in takes longer than looking."""
    used: list[Watched] = []

    def visitor(person: str, look: str) -> Watched:
        if (person, look) not in visitors:
            visitors[person, look] = Watched(browser, product, person, look)
        used.append(visitors[person, look])
        used[-1].troubles.clear()
        used[-1].refused.clear()
        used[-1].bytes = 0
        return used[-1]

    yield visitor
    assert [trouble for one in used for trouble in one.troubles] == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_page_is_accessible_whole_calm_and_small(visitor_of, subjects, place, look):
    visitor = visitor_of(place.person, look)
    page = visitor.visit(place, subjects)
    wrong = [f"{visitor.bytes:,} bytes"] if visitor.bytes >= BYTES else []
    page.evaluate(ASK)
    settled(page, polls=2)
    moved, what = shifts(page)
    wrong += [f"{moved:.3f} of the window moved", *what] if moved > SHIFT else []
    page.evaluate(OPEN)
    wrong += misfits(page) + violations(page)
    page.emulate_media(color_scheme=OTHER[LOOKS[look]["color_scheme"]])
    wrong += violations(page, COLOURS)  # nothing else differs: a theme overrides tokens alone
    if look == "wide":
        for size in ZOOMED:
            page.set_viewport_size(size)
            page.evaluate(PAINTED)
            wrong += [f"{size['width']} px: {line}" for line in misfits(page)]
        page.emulate_media(reduced_motion="reduce")
        wrong += page.evaluate(MOTION)
    wrong += visitor.surprises(place, subjects)
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_moves_while_a_long_page_comes_slowly(new_visitor, subjects, look):
    visitor = new_visitor(**LOOKS[look])
    visitor.context.add_init_script(WATCH_SHIFTS)
    page = visitor.sign_in("analyst")
    network = visitor.context.new_cdp_session(page)
    network.send("Network.enable")
    wrong = []
    for address in LONG:
        visitor.go(address.format(**subjects))
        network.send("Network.emulateNetworkConditions", SLOWLY)
        page.reload()
        settled(page)
        moved, what = shifts(page)
        wrong += [f"{address}: {moved:.3f} of the window moved", *what] if moved > SHIFT else []
        network.send("Network.emulateNetworkConditions", SLOWLY | {"latency": 0, "downloadThroughput": -1})
    assert wrong == [], "\n".join(wrong)
