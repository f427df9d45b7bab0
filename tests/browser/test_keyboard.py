"""The product without a mouse: every control is reached and seen, nothing traps, Escape closes what was opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.conftest import Visitor
from tests.browser.test_journeys import value_it

pytestmark = pytest.mark.browser

# The element in focus: whether its ring is seen, and whether it lies in the window and under nothing else.
FOCUS = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
  return {
    name: `${element.tagName} ${element.id || element.name || element.textContent.trim().slice(0, 40)}`,
    ringed: getComputedStyle(element).outlineStyle !== "none" || element.matches("[type=date], [role=slider]"),
    inside: box.top >= -1 && box.left >= -1 && box.bottom <= innerHeight + 1 && box.right <= innerWidth + 1,
    covered: Boolean(top && !element.contains(top) && !top.contains(element)),
  };
}"""
RIGHT = f"() => (({{ ringed, inside, covered }}) => ringed && inside && !covered)(({FOCUS})())"
# What can take the focus and is in sight; of a group of radio buttons only the chosen one.
STOPS = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter(element => element.checkVisibility({ visibilityProperty: true }) && element.tabIndex >= 0)
  .filter(element => element.type !== "hidden" && !element.disabled)
  .filter(element => element.type !== "radio" || element.checked).length"""


def walk(page: Page) -> list[dict]:
    """Every stop of the tabulator from the top of the page to its end."""
    seen: list[dict] = []
    while len(seen) < 400:
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop and wrong([stop]):
            with suppress(TimeoutError):  # the page may scroll a moment later
                page.wait_for_function(RIGHT, timeout=2_000)
            stop = page.evaluate(FOCUS)
        if stop is None or (seen and stop["name"] == seen[0]["name"]):
            return seen
        seen.append(stop)
    raise AssertionError(f"The focus never came to an end: {seen[-3:]}")


def wrong(stops: list[dict]) -> list[dict]:
    return [stop for stop in stops if not stop["ringed"] or not stop["inside"] or stop["covered"]]


@pytest.fixture(scope="module")
def shared(browser, product) -> Iterator[Visitor]:
    """An analyst with a valuation, for all of these tests: each leaves it possible."""
    visitor = Visitor(browser.new_context(viewport={"width": 1280, "height": 800}), product)
    value_it(visitor, "Alphabet")
    visitor.home = visitor.page.url
    yield visitor
    visitor.context.close()
    assert visitor.troubles == []


@pytest.fixture
def bench(shared) -> Page:
    shared.page.set_viewport_size({"width": 1280, "height": 800})
    shared.page.goto(shared.home)
    return shared.page


@pytest.mark.parametrize("width", [1280, 360])
def test_every_control_is_reached_with_its_focus_in_sight(bench, shared, width) -> None:
    bench.set_viewport_size({"width": width, "height": 800})
    for path in ("", "/companies/", "/jobs/", "/performance/"):
        page = shared.go(path) if path else bench
        expect(page.locator(".bar .status")).not_to_be_empty()
        expected = page.evaluate(STOPS)
        stops = walk(page)
        assert wrong(stops) == [], path
        assert len(stops) >= expected, path


def test_the_skip_link_leads_past_the_bar(bench, shared) -> None:
    shared.go("/companies/")
    bench.keyboard.press("Tab")
    expect(bench.locator(".skip")).to_be_focused()
    bench.keyboard.press("Enter")
    bench.keyboard.press("Tab")
    expect(bench.get_by_role("link", name="Import a company")).to_be_focused()


def test_escape_closes_the_menu_and_gives_the_focus_back(bench, shared) -> None:
    bench.set_viewport_size({"width": 360, "height": 740})
    shared.go("/companies/")
    menu, summary = bench.locator(".menu"), bench.locator(".menu > summary")
    summary.focus()
    bench.keyboard.press("Enter")
    bench.keyboard.press("Tab")
    expect(menu.get_by_role("link", name="Companies")).to_be_focused()
    bench.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    bench.keyboard.press("Space")
    expect(menu).to_have_attribute("open", "")
    bench.keyboard.press("Shift+Tab")
    expect(menu).not_to_have_attribute("open", "")


def test_a_group_opens_takes_a_figure_and_closes_by_keyboard(bench) -> None:
    group, summary = bench.locator("#group-claims"), bench.locator("#group-claims > summary")
    summary.focus()
    bench.keyboard.press("Enter")
    bench.keyboard.press("Tab")
    expect(bench.locator("#field-inputs-debt")).to_be_focused()
    bench.keyboard.press("ControlOrMeta+a")
    bench.keyboard.type("30bn")
    expect(bench.locator("#saved")).to_contain_text("Saved as version")
    bench.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(group).not_to_have_attribute("open", "")
    expect(group).to_contain_text("debt 30.0bn")


def test_a_formula_is_opened_and_its_figure_leads_to_the_input(bench) -> None:
    year = bench.locator(".yearly thead a").nth(6)
    year.focus()
    bench.keyboard.press("Enter")
    expect(bench.locator("#steps-title")).to_have_text("Year 7, step by step")
    expect(bench.locator("#step-growth")).to_be_visible()
    expect(year).to_have_attribute("aria-current", "true")
    expect(year).to_be_focused()
    bench.locator("[name='inputs.growth']").fill("11")
    expect(bench.locator("#step-growth")).to_contain_text("11.00 %")
    expect(bench.locator("#steps-title")).to_have_text("Year 7, step by step")
    bench.locator("#bridge-equity .how a[href='#field-inputs-debt']").focus()
    bench.keyboard.press("Enter")
    expect(bench.locator("#field-inputs-debt")).to_be_visible()
    expect(bench.locator("#field-inputs-debt")).to_be_focused()


def test_a_setting_of_the_simulation_is_refused_while_it_is_typed(bench) -> None:
    bench.locator("#group-simulation > summary").click()
    trials = bench.locator("#field-trials")
    trials.fill("many")
    expect(bench.locator("#error-trials")).to_contain_text("not a whole number")
    expect(trials).to_have_attribute("aria-invalid", "true")
    trials.fill("100000")
    expect(bench.locator("#error-trials")).to_be_empty()
    expect(trials).not_to_have_attribute("aria-invalid", "true")


def test_a_distribution_chosen_after_another_is_redrawn_within_the_policy(bench) -> None:
    bench.locator("#kind-tax_rate").select_option("uniform")
    expect(bench.locator("[name='correlations.tax_rate.growth']")).to_be_visible()
    bench.locator("#kind-tax_rate").select_option("normal")
    expect(bench.locator("[name='uncertainty.tax_rate.mean']")).to_be_visible()
    bench.locator("#kind-sales_to_capital").select_option("normal")
    expect(bench.locator("[name='correlations.tax_rate.sales_to_capital']")).to_be_visible()


def test_a_run_that_is_deleted_elsewhere_says_so_and_asks_no_more(bench, shared, stage) -> None:
    shared.expected = ("404",)
    bench.route("**/progress/", lambda route: route.fulfill(status=404, body="gone"))
    shared.go(stage("waiting_run", valuation=int(shared.home.split("/")[-2])))
    expect(bench.locator("#gone")).to_be_visible()
    bench.wait_for_timeout(700)  # what was under way when it was said
    asked: list[str] = []
    bench.on("request", lambda request: asked.append(request.url))
    bench.wait_for_timeout(700)
    assert [url for url in asked if "/progress/" in url] == []
    bench.unroute("**/progress/")
    bench.get_by_role("button", name="Cancel").click()
