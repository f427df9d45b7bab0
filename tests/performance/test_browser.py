"""The performance page in a real browser: charts, keyboard, pause, live updates, failures."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from performance.alerts.models import Alert
from performance.models import SystemSample
from tests.browser.measures import PAINTED
from tests.performance.test_live import refresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(visit, worker, fill):
    """A signed-in analyst before an hour of samples with a gap."""
    fill(timezone.now() - timedelta(seconds=20), timedelta(minutes=50), skip={40, 41, 42})
    opened = visit("analyst", "/performance/")
    expect(opened.locator("#chart-cpu canvas")).to_be_visible()
    return opened


def store_next() -> SystemSample:
    last = SystemSample.objects.latest("taken_at")
    last.pk, last.taken_at, last.cpu_percent, last.disk_percent = None, timezone.now(), 88.8, 93.0
    last.save(force_insert=True)
    return last


def poll_now(page: Page) -> None:
    """The next poll at once instead of when the next sample is due."""
    page.locator("#pause").click()
    with page.expect_response(lambda answer: "/performance/data/" in answer.url):
        page.evaluate("Date.now = ((now) => () => now() + 60_000)(Date.now)")
        page.locator("#pause").click()


def test_every_chart_is_drawn_and_told_in_words(page):
    for slug in ("cpu", "memory", "disk-space", "disk", "network"):
        expect(page.locator(f"#chart-{slug} canvas")).to_be_visible()
        expect(page.locator(f"#summary-{slug}")).to_contain_text("1 gap without samples")
    expect(page.locator("#summary-cpu")).to_contain_text("Degraded above 80 %.")


def test_the_arrow_keys_read_out_the_samples_gaps_included(page):
    line = page.locator("figure:has(#chart-memory) .chart-cursor")
    page.focus("#chart-memory")
    page.keyboard.press("End")
    expect(line).to_contain_text("UTC: Memory 41.0 %, Swap 0.0 %")
    page.keyboard.press("Home")
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    expect(line).to_contain_text("Memory not known, Swap not known")


def test_the_table_holds_every_sample_the_newest_first(page):
    page.locator("figure:has(#chart-cpu) .chart-table summary").click()
    rows = page.locator("figure:has(#chart-cpu) .chart-table tbody tr")
    expect(rows).to_have_count(99)
    expect(rows.nth(0)).to_contain_text("12.0 %")


def test_a_new_sample_arrives_without_reload_and_leaves_focus_and_open_table_alone(page, judged):
    page.locator("figure:has(#chart-cpu) .chart-table summary").click()
    page.evaluate("window.sameDocument = true")
    judged(store_next())
    poll_now(page)
    page.focus("#chart-cpu")
    expect(page.locator("[data-fragment=cards]")).to_contain_text("88.8 %")
    expect(page.locator("[data-fragment=status]")).to_contain_text("disk at 93 % (limit 90 %)")
    expect(page.locator("figure:has(#chart-cpu) .chart-table tbody tr").nth(0)).to_contain_text("88.8 %")
    expect(page).to_have_title("Degraded: Performance · Valor IVX")
    expect(page.locator("#news")).to_contain_text("Degraded")
    assert page.evaluate("window.sameDocument") is True
    assert page.evaluate("document.activeElement.id") == "chart-cpu"


def test_paused_nothing_is_asked_and_the_button_says_how_to_go_on(page):
    page.locator("#pause").click()
    expect(page.locator("#pause")).to_have_text("Resume updates")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/data/" in request.url else None)
    page.evaluate("Date.now = ((now) => () => now() + 60_000)(Date.now)")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(500)
    assert asked == []


def test_a_failed_poll_keeps_the_figures_says_how_old_they_are_and_the_next_one_clears_it(page):
    page.route("**/performance/data/**", lambda route: route.fulfill(status=503, body="<h1>An error page</h1>"))
    poll_now(page)
    expect(page.locator("#stale")).to_contain_text(re.compile(r"what you see is \d+ s old"))
    expect(page.locator("#age")).to_contain_text("ago")
    expect(page.locator("[data-fragment=cards]")).to_contain_text("12.0 %")
    expect(page.get_by_text("An error page")).to_have_count(0)
    expect(page).to_have_title("Down: Performance · Valor IVX")
    page.unroute("**/performance/data/**")
    poll_now(page)
    expect(page.locator("#stale")).to_be_hidden()
    expect(page).to_have_title("Performance · Valor IVX")


def test_signed_out_there_is_a_bar_with_a_link_and_no_form_in_the_page(page):
    page.context.clear_cookies()
    poll_now(page)
    expect(page.locator("#signed-out a")).to_be_visible()
    expect(page.locator("[data-fragment=cards]")).to_contain_text("12.0 %")
    expect(page.locator("main form[method=post]")).to_have_count(0)


def test_the_theme_repaints_the_charts_in_its_colours(page):
    colour = "getComputedStyle(document.querySelector('#chart-cpu .u-marker')).borderTopColor"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => {colour} !== light", arg=light)


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(page, width):
    page.set_viewport_size({"width": width, "height": 740})
    page.wait_for_function("() => document.querySelector('#chart-cpu canvas').clientWidth <= innerWidth")
    page.evaluate(PAINTED)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture
def operators_page(visit, worker, store_all):
    """A signed-in operator before samples of every category."""
    store_all(timezone.now() - timedelta(seconds=50))
    store_all(timezone.now() - timedelta(seconds=20))
    return visit("operator")


@pytest.mark.parametrize("width", [1280, 360])
def test_every_board_draws_its_charts_and_fits_the_window(operators_page, live_server, width):
    operators_page.set_viewport_size({"width": width, "height": 900})
    firsts = {"": "cpu", "requests/": "latency", "processes/": "product-memory", "cache/": "cache-hits"}
    for address, slug in (firsts | {"workers/": "queue-wait"}).items():
        operators_page.goto(f"{live_server.url}/performance/{address}")
        expect(operators_page.locator(f"#chart-{slug} canvas")).to_be_visible()
        expect(operators_page.locator(f"#summary-{slug}")).not_to_be_empty()
        assert operators_page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_one_button_pauses_both_the_charts_and_the_workers(operators_page, live_server):
    operators_page.goto(f"{live_server.url}/performance/workers/")
    expect(operators_page.locator("#chart-workers canvas")).to_be_visible()
    operators_page.locator("#pause").click()
    expect(operators_page.locator("#pause")).to_have_text("Resume updates")
    operators_page.locator("#pause").click()
    expect(operators_page.locator("#pause")).to_have_text("Pause updates")


def test_an_operator_stops_and_starts_the_sampling_by_its_own_button(operators_page, live_server):
    operators_page.goto(f"{live_server.url}/performance/")
    operators_page.get_by_role("button", name="Stop sampling").click()
    expect(operators_page.locator(".perf-status")).to_contain_text("sampling stopped by otto since")
    operators_page.get_by_role("button", name="Start sampling").click()
    expect(operators_page.get_by_role("button", name="Stop sampling")).to_be_visible()
    expect(operators_page.get_by_role("button", name="Pause updates")).to_be_visible()


def test_the_admin_draws_its_charts_without_a_complaint(operators_page, live_server):
    for kind, slug in (("systemsample", "cpu"), ("tasksample", "queue"), ("applicationsample", "latency")):
        operators_page.goto(f"{live_server.url}/admin/performance/{kind}/")
        expect(operators_page.locator(f"#chart-{slug} canvas")).to_be_visible()
        expect(operators_page.locator(f"#summary-{slug}")).not_to_be_empty()


def test_an_alert_stands_alone_on_a_phone_and_its_poll_keeps_the_chart(operators_page, live_server, judged):
    judged(store_next())
    alert = Alert.objects.get(metric="disk_percent")
    operators_page.set_viewport_size({"width": 360, "height": 740})
    operators_page.goto(f"{live_server.url}/performance/alerts/{alert.pk}/")
    expect(operators_page.locator("#chart-alert canvas")).to_be_visible()
    assert operators_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    entry = {"kind": "table", "name": "big", "figures": {}, "sentence": "the table big takes 9 GB", "share": 0.5}
    Alert.objects.filter(pk=alert.pk).update(culprits=[entry | {"url": ""}], value=97.0)
    refresh(operators_page)
    expect(operators_page.locator("#behind")).to_contain_text("the table big takes 9 GB")
    expect(operators_page.locator("[data-fragment=alert]")).to_contain_text("disk on web-1 at 97 % (limit 90 %)")
    expect(operators_page.locator("#chart-alert canvas")).to_be_visible()
    operators_page.get_by_label("Note").fill("cleaning up")
    operators_page.get_by_role("button", name="I look after it").click()
    expect(operators_page.locator("[data-fragment=alert]")).to_contain_text("Acknowledged by otto")


def test_what_can_be_done_about_an_alert_follows_it_without_a_reload(operators_page, live_server, judged):
    judged(store_next())
    alert = Alert.objects.get(metric="disk_percent")
    operators_page.goto(f"{live_server.url}/performance/alerts/{alert.pk}/")
    expect(operators_page.locator("#chart-alert canvas")).to_be_visible()
    operators_page.evaluate("window.sameDocument = true")
    operators_page.get_by_label("Reason").fill("half a wor")
    Alert.objects.filter(pk=alert.pk).update(value=97.0)
    refresh(operators_page)
    expect(operators_page.locator("[data-fragment=alert]")).to_contain_text("disk on web-1 at 97 % (limit 90 %)")
    expect(operators_page.get_by_label("Reason")).to_have_value("half a wor")
    operators_page.get_by_role("button", name="I look after it").click()
    undo = operators_page.get_by_role("button", name="Undo the acknowledgement")
    expect(operators_page.get_by_role("button", name="I look after it")).to_have_count(0)
    undo.click()
    expect(operators_page.get_by_role("button", name="I look after it")).to_be_visible()
    expect(undo).to_have_count(0)
    expect(operators_page.locator("[data-fragment=alert_events]")).to_contain_text("Acknowledgement withdrawn by otto")
    Alert.objects.filter(pk=alert.pk).update(state="resolved", resolved_at=timezone.now())
    refresh(operators_page)
    expect(operators_page.get_by_role("button", name="Tell nobody")).to_have_count(0)
    assert operators_page.evaluate("window.sameDocument") is True


def test_on_a_phone_the_drill_downs_fold_and_open_by_keyboard(operators_page, live_server):
    operators_page.set_viewport_size({"width": 360, "height": 740})
    operators_page.goto(f"{live_server.url}/performance/requests/")
    explore = operators_page.get_by_role("navigation", name="Explore")
    queries = explore.get_by_role("link", name="Queries")
    expect(queries).not_to_be_visible()
    explore.locator("summary").focus()
    operators_page.keyboard.press("Enter")
    queries.click()
    expect(operators_page.get_by_role("heading", level=1)).to_have_text("Queries")
    operators_page.set_viewport_size({"width": 1280, "height": 900})
    expect(explore.get_by_role("link", name="Processes")).to_be_visible()
