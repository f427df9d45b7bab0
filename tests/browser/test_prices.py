"""Importing prices in a real browser: sent, confirmed, followed ticker by ticker, and looked at."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def doubtful() -> bytes:
    """Forty tickers; whether the day or the month stands first can't be told, since no day is above twelve."""
    days = [date(2023, 1, 1) + timedelta(days=n) for n in range(500)]
    rows = [day for day in days if day.day <= 12]
    head = ",".join(["Date", *(f"T{n:02}" for n in range(40))])
    lines = [
        ",".join([f"{day:%d/%m/%Y}", *(f"{50 + n + at / 10:.2f}" for n in range(40))]) for at, day in enumerate(rows)
    ]
    return "\n".join([head, *lines]).encode()


def test_an_analyst_imports_prices_and_looks_at_them(visitor):
    page = visitor.sign_in("analyst")
    page.get_by_role("link", name="Prices").first.click()
    expect(page.get_by_role("link", name="US large companies, weekly")).to_be_visible()
    page.get_by_role("link", name="Import prices").click()
    page.get_by_label("File with prices").set_input_files(
        {"name": "doubtful.csv", "mimeType": "text/csv", "buffer": doubtful()}
    )
    page.get_by_label("Name", exact=True).fill("Forty tickers")
    page.get_by_role("button", name="Send the file").click()

    page.wait_for_url("**/prices/imports/*/")
    expect(page.get_by_text("It can be read in more than one way.")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    assert page.get_by_label("Dates are written").evaluate("field => field.validity.valueMissing")
    page.get_by_label("Dates are written").select_option("dmy")
    page.get_by_role("button", name="Read it again like this").click()
    expect(page.get_by_text("You stated it.").first).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.get_by_role("heading", name="40 tickers imported")).to_be_visible(timeout=60_000)
    expect(page.locator("#import tbody tr")).to_have_count(40)
    page.get_by_role("link", name="Open Forty tickers").click()
    expect(page.get_by_role("link", name="T00", exact=True)).to_be_visible()
    for view, words in (("Quality", " of 40 tickers"), ("Statistics", "Sharpe"), ("Correlation", "Most alike")):
        page.get_by_label("Views of the set").get_by_role("link", name=view).click()
        expect(page.locator("main")).to_contain_text(words)
    page.get_by_label("Views of the set").get_by_role("link", name="Tickers").click()
    page.get_by_role("link", name="T00", exact=True).click()
    expect(page.locator("#chart-price canvas")).to_be_visible()


@pytest.fixture
def ticker(visitor):
    """The page of a ticker of the demo's prices."""
    page = visitor.sign_in("analyst")
    page.get_by_role("link", name="Prices").first.click()
    page.get_by_role("link", name="US large companies, weekly").click()
    page.get_by_role("link", name="AAPL", exact=True).click()
    expect(page.locator("#chart-price canvas")).to_be_visible()
    return page


def card(page, slug):
    return page.locator(".chart-card", has=page.locator(f"#chart-{slug}"))


def test_arrow_keys_read_out_day_and_price(ticker):
    chart, said = ticker.locator("#chart-price"), card(ticker, "price").locator(".chart-cursor")
    chart.press("Home")
    expect(said).to_have_text("2015-05-08: AAPL 28.87")
    chart.press("ArrowRight")
    expect(said).to_have_text("2015-05-15: AAPL 29.13")
    expect(chart.locator(".u-legend")).to_contain_text("2015-05-15")


def test_a_pointer_reads_out_all_charts_of_the_page(ticker):
    box = ticker.locator("#chart-drawdown .u-over").bounding_box()
    ticker.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 40)
    days = [card(ticker, slug).locator(".u-legend .u-value").first for slug in ("price", "drawdown", "volatility")]
    expect(days[0]).to_have_text(re.compile(r"20\d\d-\d\d-\d\d"))
    assert len({day.inner_text() for day in days}) == 1


def test_a_finger_reads_out_a_chart(new_visitor):
    visitor = new_visitor(viewport={"width": 360, "height": 740}, has_touch=True)
    visitor.sign_in("analyst")
    page = visitor.go("/prices/")
    page.get_by_role("link", name="US large companies, weekly").click()
    page.get_by_role("link", name="AAPL", exact=True).click()
    over = page.locator("#chart-price .u-over")
    over.scroll_into_view_if_needed()
    years = page.locator("#chart-price").evaluate("chart => chart.plot.axes[0]._values")
    assert years == ["2017", "2019", "2021"]
    box = over.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 50)
    expect(page.locator("#chart-price .u-legend")).to_contain_text(re.compile(r"20\d\d-\d\d-\d\d"))


def test_a_log_scale_is_remembered_by_the_address(ticker):
    button = ticker.get_by_role("button", name="Log scale for Price, USD")
    ticks = "chart => chart.plot.axes[1]._values.map((text) => text.replace(',', '')).map(Number)"
    even = ticker.locator("#chart-price").evaluate(ticks)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(ticker).to_have_url(re.compile(r"\?log=price$"))
    ticker.reload()
    expect(button).to_have_attribute("aria-pressed", "true")
    uneven = ticker.locator("#chart-price").evaluate(ticks)
    steps = {round(high - low, 6) for low, high in pairwise(uneven)}
    assert len({round(high - low, 6) for low, high in pairwise(even)}) == 1
    assert len(uneven) >= 3
    assert len(steps) > 1
    button.click()
    expect(ticker).to_have_url(re.compile("/AAPL/$"))


def test_the_figures_stand_in_a_table_too(ticker):
    table = card(ticker, "price").locator(".chart-table")
    table.locator("summary").click()
    expect(table.get_by_role("columnheader").first).to_have_text("Day")
    expect(table.locator("tbody tr")).to_have_count(400)
    expect(table.locator("tbody tr").last).to_contain_text("28.87")


def test_without_scripts_a_chart_is_told_in_words(new_visitor):
    visitor = new_visitor(java_script_enabled=False)
    visitor.sign_in("analyst")
    page = visitor.go("/prices/")
    page.get_by_role("link", name="US large companies, weekly").click()
    page.get_by_role("link", name="AAPL", exact=True).click()
    expect(page.locator("#summary-price")).to_contain_text("From 28.87 to")
    expect(card(page, "price").locator("noscript p")).to_be_visible()
    expect(card(page, "price").locator("[data-act=log]")).to_be_hidden()
    assert page.locator("#chart-price").bounding_box()["height"] < 100
