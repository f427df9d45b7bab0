"""Takes the README's pictures from the running product: `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.__main__ import ROOT
from tests.browser import chromium
from tests.product import Product

SIZE = {"width": 1280, "height": 860}
TALL = {"width": 1280, "height": 1340}
SAMPLES_MS = 100_000


def sign_in(page: Page, product: Product, name: str) -> None:
    page.goto(product.url + "/sign-in/")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(product.passwords()[name])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)


def settle(page: Page, product: Product) -> None:
    """Waits for the workers, so that the pictures show the platform at work and not at its start."""
    for _ in range(60):
        if "Healthy:" in page.request.get(product.url + "/api/performance/system-status").text():
            return
        page.wait_for_timeout(1000)
    sys.exit("The platform did not become healthy within a minute.")


def take(page: Page, product: Product, folder: Path) -> None:
    sign_in(page, product, "analyst")
    settle(page, product)
    page.get_by_role("link", name="Alphabet").first.click()
    page.get_by_role("button", name="Value it").first.click()
    # A made-up price, so that the run compares with one.
    page.locator("#group-price > summary").click()
    page.locator("[name='price.value']").fill("150")
    page.locator("[name='price.date']").fill("2025-01-31")
    page.locator("[name='price.source']").fill("illustration")
    expect(page.locator("#saved")).to_contain_text("Saved as version")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=folder / "screenshot-workbench.png")
    page.get_by_role("button", name="Simulate", exact=True).click()
    page.locator(".histogram").wait_for(timeout=60_000)
    page.screenshot(path=folder / "screenshot-run.png")
    page.goto(product.url + "/portfolios/")
    page.locator("main table a").first.click()
    page.get_by_role("slider").wait_for()
    page.screenshot(path=folder / "screenshot-portfolio.png")
    page.context.clear_cookies()
    sign_in(page, product, "operator")
    page.set_viewport_size(TALL)
    page.goto(product.url + "/performance/")
    page.locator("time-chart canvas").first.wait_for()
    page.wait_for_timeout(SAMPLES_MS)  # long enough for a line to show
    page.screenshot(path=folder / "screenshot-performance.png")


def main() -> None:
    path = chromium.find()
    if path is None:
        sys.exit("No Chromium was found: install one, or name it in CHROMIUM.")
    folder = ROOT / "docs"
    folder.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="valor-") as home,
        Product(Path(home)) as product,
        sync_playwright() as play,
    ):
        product.ready()
        browser = play.chromium.launch(executable_path=path, args=chromium.arguments())
        take(browser.new_page(viewport=SIZE), product, folder)
        browser.close()
    print(f"Written to {folder.relative_to(ROOT)}/.")


if __name__ == "__main__":
    main()
