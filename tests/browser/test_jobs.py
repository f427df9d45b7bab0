"""One background job from its submission by API to its log, followed live by an operator."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.late import LateAnswer
from tests.browser.measures import ASK

pytestmark = pytest.mark.browser


def submit(visitor: Visitor, **body: object) -> str:
    """Submits by the API, with a token, and gives the job's page."""
    ask = visitor.page.request
    url, password = visitor.product.url, visitor.product.passwords()["operator"]
    token = ask.post(f"{url}/api/token", data={"username": "operator", "password": password}).json()["data"]["access"]
    answer = ask.post(f"{url}/api/jobs", data=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 202, answer.text()
    assert answer.headers["location"].startswith("/api/jobs/")
    return answer.headers["location"].removeprefix("/api")


def test_a_job_is_followed_live_cancelled_tried_again_and_told_in_its_log(visitor):
    page = visitor.sign_in("operator")
    address = submit(
        visitor,
        kind="tasks.selftest",
        parameters={"seconds": 300, "mark": "journey"},
        priority="normal",
        label="Before the release",
    )
    page = visitor.go(address)
    page.evaluate("window.notReloaded = true")
    state, log = page.locator("#live [role=status]").first, page.locator(".job-log li")
    expect(page.get_by_role("main")).to_contain_text("Before the release")
    expect(state).to_have_text("Running", timeout=60_000)
    expect(page.locator(".job-line")).to_contain_text(re.compile(r"Counting: \d+ of 6,000, .+ a second, .+ left"))
    expect(log.first).to_contain_text("Queued by request")
    expect(log.nth(1)).to_contain_text("Begun by")
    expect(page.get_by_role("progressbar")).not_to_have_attribute("value", "0.0000")
    begun = page.locator(".job-line").inner_text()
    expect(page.locator(".job-line")).not_to_have_text(begun)
    assert page.evaluate("window.notReloaded") is True

    page.goto(visitor.product.url + "/performance/workers/")
    expect(page.get_by_role("status").filter(has_text="busy")).to_contain_text("Workers healthy")
    page.get_by_role("link", name="Self-test").first.click()
    page.wait_for_url(f"**{address}")

    page.evaluate("window.notReloaded = true")
    page.get_by_role("button", name="Cancel").focus()
    page.keyboard.press("Enter")
    expect(state).to_have_text("Cancelled")
    expect(log).to_have_count(3)
    page.get_by_role("button", name="Try again").focus()
    page.keyboard.press("Enter")
    expect(state).to_have_text("Running", timeout=60_000)
    expect(log.nth(3)).to_contain_text("Queued again")
    expect(log).to_have_count(5)
    expect(log.nth(4).locator("time")).to_have_attribute("title", re.compile(r"^\d{4}-\d\d-\d\d .+ UTC$"))
    page.get_by_role("button", name="Cancel").click()
    expect(state).to_have_text("Cancelled")
    assert page.evaluate("window.notReloaded") is True


# What the page says of the job's state, all along.
STATES = """
window.states = [];
new MutationObserver(() => {
  const state = document.querySelector("#live [role=status]").textContent.trim();
  if (state !== window.states.at(-1)) window.states.push(state);
}).observe(document.querySelector("#live"), { subtree: true, childList: true, characterData: true, attributes: true });
"""


def test_a_poll_that_was_asked_before_a_job_was_cancelled_shows_nothing_older(visitor):
    visitor.sign_in("operator")
    address = submit(visitor, kind="tasks.selftest", parameters={"seconds": 300, "mark": "late"})
    page = visitor.go(address)
    state = page.locator("#live [role=status]").first
    expect(state).to_have_text("Running", timeout=60_000)
    late = LateAnswer(page, f"**{address}")
    late.is_given()
    page.evaluate(STATES)
    page.get_by_role("button", name="Cancel").click()
    expect(state).to_have_text("Cancelled")
    late.comes()
    with page.expect_response(f"**{address}"):  # the next
        pass
    states = page.evaluate("window.states")
    assert "Running" not in states[states.index("Cancelled") :]


def test_a_failed_poll_keeps_what_is_seen_and_says_how_old_it_is(visitor):
    page = visitor.sign_in("operator")
    visitor.expected = ("net::ERR",)
    page = visitor.go("/performance/workers/")
    page.route("**/performance/workers/data/**", lambda route: route.abort())
    page.evaluate(ASK)
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#stale")).to_contain_text("old")
    expect(page.locator("[data-fragment=workers] .perf-status")).to_contain_text("Workers healthy")
