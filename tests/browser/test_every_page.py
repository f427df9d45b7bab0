"""Every page of ours: no violation that axe can find, and nothing wider than a small phone, light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import violations

pytestmark = pytest.mark.browser

PAGES = {
    "analyst": [
        "/",
        "/companies/",
        "/companies/1/",
        "/companies/import/",
        "/valuations/{valuation}/",
        "/valuations/{valuation}/runs/1/",
        "/valuations/{valuation}/delete/",
        "/jobs/",
        "/jobs/{job}/",
        "/performance/",
        "/performance/dashboards/",
        "/performance/dashboards/{dashboard}/",
        "/performance/dashboards/{dashboard}/edit/",
        "/performance/dashboards/{dashboard}/edit/add/series/",
        "/performance/dashboards/{dashboard}/edit/w2/",
        "/account/",
        "/help/",
        "/nothing/here/",
    ],
    "operator": [
        "/",
        "/jobs/",
        "/jobs/?state=failed",
        "/jobs/?state=asleep",
        "/jobs/{job}/",
        "/performance/",
        "/performance/?range=24h&compare=day",
        "/performance/workers/",
        "/performance/database/",
        "/performance/queries/",
        "/performance/cache/",
        "/performance/requests/",
        "/performance/processes/",
        "/performance/hosts/",
        "/performance/dashboards/",
        "/performance/dashboards/{dashboard}/",
        "/performance/sampling/",
        "/performance/alerts/",
        "/performance/alerts/?severity=awful",
        "/performance/recommendations/",
        "/performance/recommendations/?state=dismissed",
        "/performance/trends/",
        "/performance/settings/",
        "/performance/settings/thresholds/1/",
    ],
}
LOOKS = {
    "light, wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark, phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
}
WIDER = """[...document.querySelectorAll("body *")].filter(e => {
  const box = e.getBoundingClientRect();
  return box.right > innerWidth + 1 && box.width > 0 && !e.closest(".scroll, .sr-only, svg, [hidden]");
}).map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def subjects(browser, product):
    """A valuation with a finished run and its job, made once, as a user makes them."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(product.url + "/sign-in/")
    page.locator("[name=username]").fill("analyst")
    page.locator("[name=password]").fill(product.passwords()["analyst"])
    page.get_by_role("button", name="Sign in").click()
    page.goto(product.url + "/companies/1/")
    page.get_by_role("button", name="Value it").first.click()
    page.wait_for_url("**/valuations/*/")
    valuation = page.url.rstrip("/").rsplit("/", 1)[1]
    page.get_by_role("button", name="Simulate", exact=True).click()
    page.locator(".histogram").wait_for(timeout=60_000)
    job = page.get_by_role("link", name="See the job").get_attribute("href")
    dashboard = compose(page, product.url)
    context.close()
    return {"valuation": valuation, "job": job.rstrip("/").rsplit("/", 1)[1], "dashboard": dashboard}


def compose(page: Page, url: str) -> str:
    """A dashboard with a panel of every kind, shared with everybody."""
    page.goto(f"{url}/performance/dashboards/")
    page.get_by_label("Title").fill("Every kind")
    page.get_by_role("button", name="Make it").click()
    panels = {"advice": {}, "top": {"list": "routes"}, "series": {"metrics_1": "system.load_1"}}
    for kind, chosen in panels.items():
        page.goto(f"{url}/performance/dashboards/every-kind/edit/add/{kind}/")
        for name, value in chosen.items():
            page.locator(f"[name={name}]").select_option(value)
        page.get_by_role("button", name="Add it").click()
    page.get_by_label("Shared with").select_option("everybody")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    return "every-kind"


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("person", PAGES)
def test_pages_are_accessible_and_fit(new_visitor, subjects, person, look):
    visitor = new_visitor(**LOOKS[look])
    visitor.expected = ("404", "400")
    page = visitor.sign_in(person)
    found = []
    for path in PAGES[person]:
        page = visitor.go(path.format(**subjects))
        page.locator("h1").first.wait_for()
        page.evaluate("document.querySelectorAll('main details').forEach(details => { details.open = true; })")
        found += violations(page)
        found += [f"{page.url} is wider than the window: {html}" for html in page.evaluate(WIDER)[:3]]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("look", LOOKS)
def test_the_sign_in_page_is_accessible_and_fits(new_visitor, look):
    page = new_visitor(**LOOKS[look]).go("/sign-in/")
    assert violations(page) == []
    assert page.evaluate(WIDER) == []


@pytest.mark.parametrize(
    "path", ["/api/docs/", "/admin/", "/admin/performance/alert/", "/admin/performance/tasksample/"]
)
def test_pages_of_libraries_obey_the_content_security_policy(visitor, path):
    page = visitor.sign_in("operator")
    visitor.go(path)
    page.wait_for_load_state("networkidle")
    expected = ".swagger-ui .opblock" if "docs" in path else "#content"
    page.locator(expected).first.wait_for(timeout=20_000)
    assert visitor.page.title()
