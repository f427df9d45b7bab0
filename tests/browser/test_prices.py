"""Importing prices in a real browser: sent, confirmed, followed ticker by ticker, and looked at."""

from __future__ import annotations

import re
from datetime import date, timedelta

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
    expect(page.get_by_role("img", name=re.compile("^Price, USD"))).to_be_visible()
