"""A portfolio in a real browser: its frontier under the slider, an error repaired, kept, walked through the past."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.measures import violations

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visitor: Visitor, stage) -> Page:
    """A new portfolio of five names, made as a person makes it."""
    stage("prices")
    page = visitor.sign_in("analyst")
    page.goto(f"{visitor.product.url}/portfolios/new/")
    page.get_by_label("Price set").select_option(label="Browsed names")
    page.get_by_role("button", name="Create it").click()
    page.wait_for_url(re.compile(r"/portfolios/\d+/$"))
    expect(page.locator("#headline .answer").first).to_be_visible()
    return page


def test_the_slider_moves_weights_figures_and_the_mark(page):
    slider, weights = page.get_by_label("Along the frontier"), page.locator("#point .holdings")
    before, mark = weights.inner_text(), page.locator("#moved").get_attribute("x")
    figure = page.locator("#figure-1").inner_text()
    slider.focus()
    slider.press("Home")
    expect(weights).not_to_have_text(before, use_inner_text=True)
    expect(page.locator("#point-title")).to_have_text("On the frontier")
    expect(page.locator("#figure-1")).not_to_have_text(figure)
    assert page.locator("#moved").get_attribute("x") != mark
    lowest = page.locator("#point-words").inner_text()
    for _ in range(30):
        slider.press("ArrowRight")
    expect(page.locator("#point-words")).not_to_have_text(lowest)
    expect(slider).to_have_attribute("aria-valuetext", re.compile("a year at a risk of"))
    page.get_by_role("button", name="Use this return").click()
    expect(page.locator("#saved")).to_contain_text("Saved as version 2")
    assert page.get_by_label("Objective").input_value() == "target_return"
    expect(page.get_by_label("Return to reach")).to_be_visible()


def test_an_answer_of_an_older_version_never_overwrites_a_newer_one(page):
    held = []

    def hold(route):
        held.append((route, route.fetch()))

    page.route("**/point/**", hold)
    page.get_by_label("Along the frontier").press("Home")
    while not held:
        page.wait_for_timeout(50)
    page.get_by_label("Risk-free rate").fill("1")
    expect(page.locator("#saved")).to_contain_text("Saved as version 2")
    shown = page.locator("#point").inner_text()
    route, late = held[0]
    with suppress(Error):  # the browser may have given the request up
        route.fulfill(response=late)
    page.wait_for_timeout(300)
    assert page.locator("#point").inner_text() == shown


def test_an_error_is_told_beside_its_input_and_repaired(page, visitor):
    visitor.expected = ("422",)
    bound = page.get_by_label("Greatest weight")
    bound.fill("2000")
    error = page.locator("#error-bounds-upper")
    expect(error).to_contain_text("must be")
    expect(bound).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#stale-result")).to_contain_text("last saved inputs")
    error.get_by_role("button", name="Use 20 %").click()
    expect(error.locator(".error")).to_have_count(0)
    assert bound.input_value() == "20"


def test_a_conflict_is_explained_and_relaxed_by_its_button(page):
    page.get_by_label("Greatest weight").fill("15")
    refusal = page.locator("#result [role=alert]")
    expect(refusal).to_contain_text("No portfolio can have")
    refusal.get_by_role("button", name="Relax it").first.click()
    expect(refusal).to_have_count(0)
    assert float(page.get_by_label("Greatest weight").input_value()) == pytest.approx(100 / 6, abs=1e-3)


def test_a_method_shows_the_inputs_it_needs(page, visitor):
    visitor.expected = ("422",)  # the risk is not typed yet
    expect(page.get_by_label("Risk to keep to")).to_be_hidden()
    page.get_by_label("Objective").select_option("target_risk")
    expect(page.get_by_label("Risk to keep to")).to_be_visible()


def test_shares_of_the_risk_are_typed_where_the_objective_needs_them(page, visitor):
    visitor.expected = ("422",)
    table, said = page.locator("#budgets"), page.locator("#saved")
    expect(table).to_be_hidden()
    page.get_by_label("Greatest weight").fill("100")
    page.get_by_label("Objective").select_option("risk_parity")
    expect(table).to_be_visible()
    first, second = table.get_by_role("textbox").nth(0), table.get_by_role("textbox").nth(1)
    first.fill("40")
    expect(table).to_contain_text("share what is left: 12 % each")
    expect(first).to_be_focused()
    expect(second).to_have_attribute("placeholder", "12")
    second.press_sequentially("x")
    expect(table.locator(".error")).to_contain_text("can't be read")
    expect(second).to_have_attribute("aria-invalid", "true")
    expect(said).to_contain_text("Not saved")
    assert violations(page) == []
    second.fill("20")
    expect(table.locator(".error")).to_have_count(0)
    expect(second).not_to_have_attribute("aria-invalid", "true")
    page.reload()
    assert [table.get_by_role("textbox").nth(n).input_value() for n in range(3)] == ["40", "20", ""]


def test_a_factor_is_typed_column_by_column(page, visitor):
    visitor.expected = ("422",)
    page.locator("#group-limits > summary").click()
    table = page.locator("#factors")
    table.get_by_label("Factor, factor 1").fill("Beta")
    table.get_by_label("At most, ").first.fill("0.9")
    for asset in ("AAA", "BBB"):
        table.get_by_label(f"Loading of {asset} on").first.fill("1.2")
    expect(page.locator("#summary-limits")).to_have_text("1 factor")
    expect(table.get_by_label("Loading of BBB on Beta")).to_be_focused()
    table.get_by_label("Factor, factor 2").fill("Value")
    expect(table.locator(".error").first).to_contain_text("Value: It limits nothing.")
    table.get_by_label("Factor, Value").fill("")
    expect(table.locator(".error")).to_have_count(0)
    for name in ("Factor, Beta", "At most, ", "Loading of AAA on", "Loading of BBB on"):
        table.get_by_label(name).first.fill("")
    expect(page.locator("#summary-limits")).to_have_text("none")
    expect(page.locator("#saved")).to_contain_text("Saved")


def test_a_factor_is_relaxed_where_it_stands_after_an_earlier_one_was_emptied(page, visitor):
    visitor.expected = ("422",)
    page.get_by_label("Greatest weight").fill("100")
    page.get_by_label("Objective").select_option("min_variance")
    page.locator("#group-limits > summary").click()
    table, summary = page.locator("#factors"), page.locator("#summary-limits")
    for place, name in enumerate(("Beta", "Value")):
        table.get_by_label(f"Factor, factor {place + 1}").fill(name)
        table.get_by_label(f"At most, {name}").fill("2")
        for asset in ("AAA", "BBB", "CCC", "DDD", "EEE", "MKT"):
            table.get_by_label(f"Loading of {asset} on {name}").fill("1")
        expect(summary).to_have_text(f"{place + 1} factor{'s' if place else ''}")
    for cell in table.locator("[name^='factor.0']").all():
        cell.fill("")
    expect(summary).to_have_text("1 factor")
    limit, relax = page.locator("[name='factor.1.upper']"), page.get_by_role("button", name="Relax it").first
    limit.fill("0.5")
    expect(relax).to_be_visible()
    page.get_by_label("Risk-free rate").fill("much")
    expect(page.locator("#stale-result")).to_contain_text("last saved inputs")
    expect(relax).to_be_hidden()
    page.get_by_label("Risk-free rate").fill("1")
    relax.click()
    expect(page.locator("#result [role=alert]")).to_have_count(0)
    assert limit.input_value() == "1"
    assert page.locator("[name='factor.0.upper']").input_value() == ""


def test_weights_are_kept_and_a_backtest_runs_to_its_end(page):
    address = page.url
    page.get_by_label("Name of the result").first.fill("As it was")
    page.get_by_label("Name of the result").first.press("Enter")
    page.wait_for_url("**/results/1/")
    expect(page.get_by_role("heading", level=1)).to_have_text("As it was")
    page.goto(address)
    page.locator("#group-backtest > summary").click()
    page.get_by_label("Window", exact=True).fill("52")
    page.get_by_role("button", name="Run the backtest").click()
    page.wait_for_url("**/results/2/")
    expect(page.locator("#chart-growth canvas")).to_be_visible(timeout=60_000)
    expect(page.locator(".verdict")).to_contain_text("a year after costs")
    weights = page.locator("#chart-weights")
    expect(weights.locator("canvas")).to_be_visible()
    weights.press("End")
    said = page.locator(".chart-card", has=weights).locator(".chart-cursor")
    expect(said).to_contain_text(re.compile(r"^20\d\d-\d\d-\d\d: \w+ [\d.]+ %, "))
    shares = [float(share) for share in re.findall(r"([\d.]+) %", said.inner_text())]
    assert sum(shares) == pytest.approx(100, abs=0.5)
    page.get_by_role("button", name="Log scale for What became of 100").click()
    expect(page).to_have_url(re.compile(r"\?log=growth$"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    assert download.value.suggested_filename.endswith("-result-2.xlsx")


def test_what_follows_is_worked_out_when_it_is_opened(page):
    section = page.locator("#after-allocation")
    section.locator("summary").first.click()
    expect(section.get_by_role("table")).to_be_visible()
    section.get_by_label("Money to lay out").fill("7,000")
    section.get_by_role("button", name="Work it out").click()
    expect(section).to_contain_text("of 7,000")


def test_the_page_works_without_scripts(new_visitor, stage):
    stage("prices")
    visitor = new_visitor(java_script_enabled=False)
    page = visitor.sign_in("analyst")
    page.goto(f"{visitor.product.url}/portfolios/new/")
    page.get_by_label("Price set").select_option(label="Browsed names")
    page.get_by_role("button", name="Create it").click()
    page.get_by_label("Greatest weight").fill("30 %")
    page.get_by_role("button", name="Save and work out").click()
    assert page.get_by_label("Greatest weight").input_value() == "30"
    page.goto(f"{page.url}?at=0.5")
    expect(page.locator("#point-title")).to_have_text("On the frontier")
    page.get_by_role("button", name="Use this return").click()
    assert page.get_by_label("Objective").input_value() == "target_return"
    page.get_by_label("Objective").select_option("risk_parity")
    page.get_by_role("button", name="Save and work out").click()
    page.get_by_label("Share of the risk of AAA, %").fill("40")
    page.get_by_role("button", name="Save and work out").click()
    assert page.get_by_label("Share of the risk of AAA, %").input_value() == "40"
    expect(page.locator("#budgets")).to_contain_text("share what is left: 12 % each")
