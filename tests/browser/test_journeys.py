"""The main job in a real browser, from sign-in to the histogram, and the platform watching it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.late import LateAnswer

pytestmark = pytest.mark.browser


def open_company(visitor: Visitor, name: str) -> Page:
    page = visitor.sign_in("analyst")
    page.get_by_role("link", name="Companies").first.click()
    page.get_by_role("link", name=re.compile(name)).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return page


def value_it(visitor: Visitor, name: str) -> Page:
    page = open_company(visitor, name)
    page.get_by_role("button", name="Value it").first.click()
    page.wait_for_url("**/valuations/*/")
    return page


def answer(page: Page) -> str:
    return page.locator("#headline .answer").inner_text()


def test_an_analyst_values_alphabet_and_simulates_it(visitor):
    page = value_it(visitor, "Alphabet")
    before = answer(page)
    assert re.search(r"\d", before)

    growth = page.get_by_label(re.compile("growth", re.IGNORECASE)).first
    growth.fill("9.5")
    expect(page.locator("#headline .answer")).not_to_have_text(before)
    expect(page.locator("#saved")).to_contain_text(re.compile("saved", re.IGNORECASE))
    expect(page.locator("#headline .preview")).to_contain_text("preview")
    changed = answer(page)

    page.reload()
    assert answer(page) == changed, "the edit was not saved"

    page.get_by_role("button", name="Simulate", exact=True).click()
    page.wait_for_url("**/runs/1/")
    expect(page.locator(".histogram [data-bar]")).to_have_count(40, timeout=60_000)
    expect(page.locator(".histogram [data-bar]").nth(15)).to_be_visible()
    expect(page.locator(".verdict")).to_contain_text(re.compile(r"Worth .+ to .+, most likely"))
    expect(page.get_by_role("table").first).to_be_visible()
    expect(page.locator("#run")).to_contain_text("1,000,000")


def test_the_price_line_of_the_histogram_moves_with_the_arrow_keys(visitor):
    page = value_it(visitor, "Snowflake")
    page.get_by_role("button", name="Simulate", exact=True).click()
    page.wait_for_url("**/runs/*/")
    line = page.get_by_role("slider")
    expect(line).to_be_visible(timeout=60_000)
    before = page.locator("[data-histogram-words]").inner_text()
    line.focus()
    line.press("ArrowRight")
    expect(page.locator("[data-histogram-words]")).not_to_have_text(before)


def test_an_impossible_input_is_named_beside_its_field_and_nothing_is_lost(visitor):
    page = value_it(visitor, "Tesla")
    before = answer(page)
    visitor.expected = ("422",)
    terminal = page.locator("#field-terminal_growth, [name='inputs.terminal_growth']").first
    terminal.fill("50")
    field = page.locator(".input-row", has=terminal)
    expect(field.locator(".error").first).to_be_visible()
    expect(page.locator("#stale-result")).to_contain_text("last saved inputs")
    assert answer(page) == before
    terminal.fill("2.5")
    expect(field.locator(".error")).to_have_count(0)
    expect(page.locator("#stale-result")).not_to_contain_text("last saved inputs")


def test_a_late_answer_never_overwrites_a_newer_one(visitor):
    page = value_it(visitor, "Alphabet")
    late = LateAnswer(page, "**/edit/")
    growth, saved = page.locator("[name='inputs.growth']"), page.locator("#saved")
    growth.fill("5")
    late.is_given()
    growth.fill("20")
    expect(saved).to_contain_text("version 3")
    newest = answer(page)
    late.comes()
    page.wait_for_timeout(300)
    assert (answer(page), growth.input_value()) == (newest, "20")
    expect(saved).to_contain_text("version 3")
    page.unroute("**/edit/")
    page.reload()
    assert (answer(page), growth.input_value()) == (newest, "20")


# The head of the next answer comes, and the rest of it when the test says so.
HALF = """
window.real = window.fetch;
window.fetch = async (...question) => {
  window.fetch = window.real;
  const answer = await window.real(...question);
  const whole = new Uint8Array(await answer.arrayBuffer());
  const start = (stream) => (window.goOn = () => (stream.enqueue(whole), stream.close()));
  return new Response(new ReadableStream({ start }), answer);
};
document.addEventListener("htmx:finally:request", () => (window.over = true), { once: true });
"""


def test_an_answer_overtaken_while_it_still_comes_in_is_dropped_as_well(visitor):
    page = value_it(visitor, "Alphabet")
    before, growth = answer(page), page.locator("[name='inputs.growth']")
    page.evaluate(HALF)
    growth.fill("5")
    page.wait_for_function("() => window.goOn")
    page.route("**/edit/", lambda route: None)
    growth.fill("20")
    page.evaluate("window.goOn()")
    page.wait_for_function("() => window.over")
    assert answer(page) == before
    expect(page.locator("#saved")).to_have_text("Version 1")


def test_an_edit_before_the_formulas_of_a_year_have_come_brings_that_year(visitor):
    page = value_it(visitor, "Alphabet")
    page.route("**/?year=7", lambda route: None)
    page.locator(".yearly thead a").nth(6).click()
    page.locator("[name='inputs.growth']").fill("11")
    expect(page.locator("#steps-title")).to_have_text("Year 7, step by step")
    expect(page.locator("#step-growth")).to_contain_text("11.00 %")


def test_a_stale_tab_is_told_and_overwrites_nothing(visitor):
    first = value_it(visitor, "Alphabet")
    visitor.expected = ("409",)
    second = visitor.context.new_page()
    second.goto(first.url)
    first.locator("[name='inputs.growth']").fill("8")
    expect(first.locator("#saved")).to_contain_text(re.compile("saved", re.IGNORECASE))
    second.locator("[name='inputs.growth']").fill("3")
    expect(second.locator("#conflict")).to_contain_text("saved in another tab")
    first.reload()
    assert first.locator("[name='inputs.growth']").input_value() == "8"
    second.get_by_role("button", name="Keep mine").click()
    expect(second.locator("#conflict")).not_to_contain_text("saved in another tab")
    first.reload()
    assert first.locator("[name='inputs.growth']").input_value() == "3"


@pytest.fixture
def in_haste(stage):
    stage("hasten")
    yield
    stage("slow_down")


def test_the_performance_page_draws_and_refreshes_without_a_reload(visitor, in_haste):
    page = visitor.sign_in("operator")
    page.goto(visitor.product.url + "/performance/")
    expect(page.locator("time-chart canvas").first).to_be_visible(timeout=45_000)
    for label in ("CPU", "Memory", "Disk", "Network"):
        expect(page.locator("main")).to_contain_text(label)
    page.evaluate("window.notReloaded = true")
    taken = page.locator(".perf-taken").inner_text()
    expect(page.locator(".perf-taken")).not_to_have_text(taken, timeout=75_000)
    assert page.evaluate("window.notReloaded") is True


def test_a_signed_out_visitor_is_led_to_sign_in_and_back(visitor):
    page = visitor.go("/companies/")
    assert "/sign-in/" in page.url
    page.get_by_label("Password").fill(visitor.product.passwords()["analyst"])
    page.locator("[name=username]").fill("analyst")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/companies/")


def test_the_theme_is_right_at_the_first_paint(new_visitor):
    dark = new_visitor(color_scheme="dark").go("/sign-in/")
    light = new_visitor(color_scheme="light").go("/sign-in/")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    assert dark.evaluate(background) == "rgb(15, 19, 24)"
    assert light.evaluate(background) == "rgb(255, 255, 255)"
