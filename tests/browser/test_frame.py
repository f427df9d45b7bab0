"""The frame of every page: keys, theme, and what it says when answers don't come."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

POLL = "document.dispatchEvent(new Event('live:refresh'))"
DUE = """
Date.now = ((now) => () => now() + 60_000)(Date.now);
document.dispatchEvent(new Event("visibilitychange"));
"""


@pytest.fixture
def page(visitor) -> Page:
    page = visitor.sign_in("analyst")
    page.goto(visitor.product.url + "/help/")
    expect(page.locator(".bar .status")).not_to_be_empty()
    return page


def theme(page: Page) -> str | None:
    return page.locator("html").get_attribute("data-theme")


def test_single_keys_work_save_in_a_field(page, visitor):
    for chosen in ("dark", "light"):
        with page.expect_navigation():
            page.keyboard.press("t")
        assert theme(page) == chosen
        assert page.url.endswith("/help/")

    visitor.go("/account/password/")
    old = page.locator("#id_old_password")
    old.press_sequentially("t?")
    expect(old).to_have_value("t?")
    assert page.url.endswith("/account/password/")
    page.locator("h1").click()
    page.locator("#id_old_password").blur()
    page.keyboard.press("?")
    page.wait_for_url("**/help/")


def test_single_keys_can_be_switched_off(page, visitor):
    visitor.go("/account/")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved for this browser.")).to_be_visible()
    page.keyboard.press("t")
    visitor.go("/help/")
    assert theme(page) is None


def test_a_server_out_of_reach_leaves_the_old_figures_with_their_age(page, visitor):
    visitor.expected = ("ERR_INTERNET_DISCONNECTED",)  # the browser's own line
    shown = page.locator(".bar .status").inner_text()
    visitor.context.set_offline(True)
    page.evaluate(POLL)
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#stale")).to_contain_text(re.compile(r"\d+ s old"))
    assert page.locator(".bar .status").inner_text() == shown
    visitor.context.set_offline(False)
    page.evaluate(POLL)
    expect(page.locator("#stale")).to_be_hidden()


def test_somebody_signed_out_gets_a_bar_and_no_form_inside_a_panel(page, visitor):
    visitor.expected = ("401",)
    visitor.context.clear_cookies(name="sessionid")
    page.evaluate(POLL)
    expect(page.locator("#signed-out")).to_be_visible()
    expect(page.locator(".bar .status form")).to_have_count(0)
    page.get_by_role("link", name="Sign in again").click()
    page.wait_for_url("**/sign-in/?next=/help/")


def test_a_hidden_tab_asks_for_nothing(page):
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(f"Object.defineProperty(document, 'hidden', {{get: () => true, configurable: true}}); {DUE}")
    page.wait_for_timeout(300)
    assert asked == []
    with page.expect_response("**/performance/status/"):
        page.evaluate(f"delete document.hidden; {DUE}")
    assert len(asked) == 1


def test_the_bar_folds_into_a_menu_on_a_phone_without_script(new_visitor):
    visitor = new_visitor(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = visitor.sign_in("analyst")
    jobs = page.get_by_role("link", name="Jobs")
    expect(jobs).to_be_hidden()
    page.locator(".menu summary").click()
    expect(jobs).to_be_visible()
    assert jobs.bounding_box()["height"] >= 44
    jobs.click()
    page.wait_for_url("**/jobs/")


def test_colours_of_the_system_keep_what_is_chosen_apart(new_visitor):
    visitor = new_visitor(forced_colors="active")
    page = visitor.sign_in("analyst")
    visitor.go("/performance/")
    background = "element => getComputedStyle(element).backgroundColor"
    chosen = page.locator(".perf-choice a[aria-current]").first.evaluate(background)
    assert chosen != page.locator("html").evaluate(background)
