"""One poll for all that moves on a page, in a real browser: nothing flickers, jumps or loses the focus."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, Route, expect

from performance.alerts.models import Alert, Silence, Threshold, ThresholdChange
from performance.alerts.selectors import thresholds
from performance.models import Recommendation, SamplerLease, SystemSample
from tests.performance.test_advice_api import make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Shifts that nobody caused by a click or a key, as the browser itself counts them.
SHIFTS = """
window.shifted = 0;
window.moved = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    window.shifted += entry.value;
    const name = ({ node }) => `${node?.nodeName} ${node?.id || node?.className}`;
    window.moved.push(`${entry.value}: ${entry.sources.map(name)}`);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
REFRESH = "document.dispatchEvent(new Event('live:refresh'))"


def refresh(page: Page) -> None:
    """A poll at once, which is answered: what it brought is waited for."""
    with page.expect_response(lambda answer: "/data/" in answer.url or "/status/" in answer.url):
        page.evaluate(REFRESH)


def store_next(**columns: Any) -> SystemSample:
    last = SystemSample.objects.latest("taken_at")
    last.pk, last.taken_at = None, timezone.now()
    for name, value in columns.items():
        setattr(last, name, value)
    last.save(force_insert=True)
    return last


@pytest.fixture
def operator(visit, worker, store_all, live_server) -> Page:
    """An operator's overview, with samples of every category."""
    store_all(timezone.now() - timedelta(seconds=50))
    store_all(timezone.now() - timedelta(seconds=20))
    page = visit("operator")
    page.add_init_script(SHIFTS)
    page.goto(f"{live_server.url}/performance/")
    expect(page.locator("#chart-cpu canvas")).to_be_visible()
    return page


PAGES = ("", "requests/", "database/", "cache/", "workers/", "processes/", "alerts/", "recommendations/")
SINGLE = ("trends/", "queries/", "settings/", "sampling/", "optimize/")


@pytest.mark.parametrize("path", PAGES + SINGLE)
def test_a_page_has_one_poll_and_the_bar_is_part_of_it(operator, live_server, path):
    asked: list[str] = []
    operator.on("request", lambda request: asked.append(request.url.split("?")[0]))
    address = f"{live_server.url}/performance/{'status/' if path in SINGLE else f'{path}data/'}"
    with operator.expect_response(lambda answer: answer.url.startswith(address)):
        operator.goto(f"{live_server.url}/performance/{path}")
    refresh(operator)
    expect(operator.locator(".bar-status")).to_be_visible()
    assert [url for url in asked if "/data/" in url or "/status/" in url] == [address] * 2
    expect(operator.locator("[hx-trigger]")).to_have_count(0)


def test_what_is_in_focus_selected_opened_or_typed_survives_a_poll(operator, judged):
    judged(store_next(disk_percent=93.0))
    refresh(operator)
    quick = operator.locator(".alert-quick")
    quick.locator("summary").click()
    quick.get_by_label("Reason").fill("deploying")
    quick.locator("select").select_option("4")
    operator.locator("#card-system-cpu_percent a").focus()
    operator.evaluate("getSelection().selectAllChildren(document.querySelector('#card-system-memory_percent .figure'))")
    judged(store_next(cpu_percent=77.7, disk_percent=94.0))
    refresh(operator)
    expect(operator.locator("#card-system-cpu_percent")).to_contain_text("77.7 %")
    expect(operator.locator("[data-fragment=open_alerts]")).to_contain_text("at worst 94 %")
    expect(operator.locator("#card-system-cpu_percent a")).to_be_focused()
    expect(quick.get_by_label("Reason")).to_have_value("deploying")
    expect(quick.locator("select")).to_have_value("4")
    assert operator.evaluate("String(getSelection())").startswith("41.0")


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_jumps_when_trouble_comes_and_goes(operator, judged, live_server, width):
    operator.set_viewport_size({"width": width, "height": 900})
    operator.goto(f"{live_server.url}/performance/")
    expect(operator.locator("#chart-cpu canvas")).to_be_visible()
    judged(store_next(cpu_percent=66.6, disk_percent=93.0))
    make()
    refresh(operator)
    expect(operator.locator("[data-fragment=open_alerts]")).to_contain_text("disk on web-1 at 93 %")
    expect(operator.locator("[data-fragment=cures]")).to_contain_text("The disk of web-1 is full")
    Alert.objects.all().delete()
    store_next(cpu_percent=55.5, disk_percent=63.0)
    refresh(operator)
    expect(operator.locator("#card-system-cpu_percent")).to_contain_text("55.5 %")
    expect(operator.locator("[data-fragment=open_alerts]")).to_contain_text("No alert is open")
    assert operator.evaluate("window.shifted") <= 0.02, operator.evaluate("window.moved")


# The next question is answered when the test says so, by an old answer that no abort keeps from coming.
HOLD = """
window.real = window.fetch;
window.fetch = () => {
  window.fetch = window.real;
  return new Promise((resolve) => {
    const fragments = { status: "An old answer." };
    const old = JSON.stringify({ word: "Down", sentence: "An old answer.", fragments, charts: {}, drawn: "" });
    window.late = () => resolve(new Response(old, { headers: { ETag: "old", "X-Ask-Again": "30" } }));
  });
};
"""


def test_a_late_answer_never_overwrites_a_newer_one(operator):
    operator.evaluate(HOLD + REFRESH)
    store_next(cpu_percent=31.4)
    refresh(operator)
    expect(operator.locator("#card-system-cpu_percent")).to_contain_text("31.4 %")
    operator.evaluate("window.late()")
    operator.wait_for_timeout(200)
    expect(operator.get_by_text("An old answer.")).to_have_count(0)
    expect(operator).to_have_title("Performance · Valor IVX")


# The next answer is shown slowly: its first fragment takes until the test says so.
LINGER = """
window.swap = window.htmx.swap;
window.htmx.swap = async (...how) => {
  window.htmx.swap = window.swap;
  await new Promise((resolve) => (window.goOn = resolve));
  return window.htmx.swap(...how);
};
"""


def test_an_answer_that_is_still_being_shown_never_overwrites_a_newer_one(operator):
    store_next(cpu_percent=27.1)
    operator.evaluate(LINGER + REFRESH)
    operator.wait_for_function("() => window.goOn")
    store_next(cpu_percent=31.4)
    refresh(operator)
    operator.evaluate("window.goOn()")
    expect(operator.locator("#card-system-cpu_percent")).to_contain_text("31.4 %")
    operator.wait_for_timeout(200)
    expect(operator.locator("#card-system-cpu_percent")).to_contain_text("31.4 %")
    assert operator.evaluate("document.getElementById('chart-cpu').data[1].at(-1)") == pytest.approx(31.4)
    assert operator.evaluate("document.getElementById('chart-cpu').data[0].length") == 4


# The cards of the next answer break off, and nobody else is told.
BREAK_OFF = """
window.swap = window.htmx.swap;
window.htmx.swap = async (how) => {
  if (how.target.dataset.fragment !== "cards") return window.swap.call(window.htmx, how);
  window.htmx.swap = window.swap;
  throw new Error("broken off");
};
addEventListener("error", (event) => event.preventDefault(), { once: true });
"""


def test_what_broke_off_while_it_was_shown_is_shown_by_the_next_answer(operator):
    store_next(cpu_percent=31.4)
    operator.evaluate(BREAK_OFF)
    refresh(operator)
    operator.wait_for_function("() => window.htmx.swap === window.swap")
    expect(operator.locator("#card-system-cpu_percent")).to_contain_text("12.0 %")
    refresh(operator)
    expect(operator.locator("#card-system-cpu_percent")).to_contain_text("31.4 %")


def test_a_page_whose_script_for_charts_never_came_goes_on_without_them(operator):
    operator.route("**/chart-page.js", lambda route: route.abort())
    operator.reload()
    for percent in (27.1, 31.4):
        store_next(cpu_percent=percent)
        refresh(operator)
        expect(operator.locator("#card-system-cpu_percent")).to_contain_text(f"{percent} %")


def test_hidden_it_asks_nothing_and_at_once_when_it_is_shown_again(operator):
    asked: list[str] = []
    operator.on("request", lambda request: asked.append(request.url))
    hide = "Object.defineProperty(document, 'hidden', {{get: () => {0}, configurable: true}});"
    turn = "document.dispatchEvent(new Event('visibilitychange'))"
    operator.evaluate(hide.format("true") + turn)
    operator.evaluate("Date.now = ((now) => () => now() + 60_000)(Date.now)")
    operator.evaluate(turn)
    operator.wait_for_timeout(300)
    assert asked == []
    with operator.expect_response("**/performance/data/**"):
        operator.evaluate(hide.format("false") + turn)


def test_it_asks_sooner_while_an_alert_is_about_to_change(operator, judged):
    judged(store_next(disk_percent=93.0))
    Alert.objects.update(state="pending")
    with operator.expect_response("**/performance/data/**") as first:
        operator.evaluate(REFRESH)
    assert first.value.headers["x-ask-again"] == "3"
    with operator.expect_response("**/performance/data/**") as second:
        pass
    assert second.value.status == 304


def test_an_alert_is_acknowledged_and_silenced_without_leaving_the_page(operator, judged):
    judged(store_next(disk_percent=93.0))
    refresh(operator)
    operator.evaluate("window.sameDocument = true")
    alerts = operator.locator("[data-fragment=open_alerts]")
    alerts.get_by_role("button", name="Acknowledge").focus()
    operator.keyboard.press("Enter")
    expect(operator.locator("#said")).to_contain_text("Acknowledged: nobody is told of it again")
    expect(alerts).to_contain_text("acknowledged by otto")
    alerts.get_by_role("button", name="Undo acknowledgement of Disk").click()
    expect(operator.locator("#said")).to_contain_text("Withdrawn")
    expect(alerts).not_to_contain_text("acknowledged by otto")
    expect(alerts.get_by_role("button", name="Acknowledge disk")).to_be_visible()
    alerts.locator(".alert-quick summary").click()
    alerts.get_by_label("Reason").fill("deploying")
    alerts.get_by_role("button", name="Tell nobody").click()
    expect(operator.locator("#said")).to_contain_text("Silenced: nobody is told of it")
    expect(alerts).to_contain_text("silenced until")
    expect(alerts.locator(".alert-quick")).to_have_count(0)
    alerts.get_by_role("button", name="Lift the silence").click()
    expect(alerts.locator(".alert-quick")).to_have_count(1)
    assert operator.evaluate("window.sameDocument") is True
    assert Silence.objects.get().reason == "deploying"


def test_advice_is_dismissed_and_taken_back_in_its_place(operator):
    row = make()
    refresh(operator)
    cures = operator.locator("[data-fragment=cures]")
    cures.get_by_role("button", name="Dismiss").click()
    expect(cures).to_contain_text(f"Dismissed: {row.title}")
    cures.get_by_role("button", name="Undo").click()
    expect(cures.get_by_role("button", name="Dismiss")).to_be_visible()
    row.refresh_from_db()
    assert row.state == Recommendation.State.OPEN


def test_a_form_whose_answer_does_not_come_says_that_nothing_is_known(operator, judged):
    judged(store_next(disk_percent=93.0))
    refresh(operator)
    operator.route("**/acknowledge/", lambda route: route.abort())
    operator.get_by_role("button", name="Acknowledge").click()
    expect(operator.locator("#said")).to_contain_text("No answer came, so it is not known whether this was done")


def acknowledging(page: Page) -> tuple[Locator, list[Route]]:
    """The button of an alert, and what was asked by it: it is answered when the test says so."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/acknowledge/", hold)
    button = page.get_by_role("button", name="Acknowledge")
    button.click()
    while not held:
        page.wait_for_timeout(50)
    return button, held


def test_an_answer_that_takes_its_time_marks_the_button_as_busy_and_a_quick_one_does_not(operator, judged):
    judged(store_next(disk_percent=93.0))
    refresh(operator)
    button, held = acknowledging(operator)
    expect(button).to_have_attribute("aria-busy", "true")
    held[0].fulfill(json={"said": "Done."})
    expect(button).not_to_have_attribute("aria-busy", "true")
    expect(operator.locator("#said")).to_have_text("Done.")


def test_a_poll_meanwhile_leaves_a_form_under_way_busy_and_unsent(operator, judged):
    judged(store_next(disk_percent=93.0))
    refresh(operator)
    button, held = acknowledging(operator)
    expect(button).to_have_attribute("aria-busy", "true")
    judged(store_next(disk_percent=94.0))
    refresh(operator)
    expect(operator.locator("[data-fragment=open_alerts]")).to_contain_text("at worst 94 %")
    expect(button).to_have_attribute("aria-busy", "true")
    button.click()
    held[0].fulfill(json={"said": "Done."})
    expect(operator.locator("#said")).to_have_text("Done.")
    expect(button).not_to_have_attribute("aria-busy", "true")
    assert len(held) == 1


def test_signed_out_a_form_leads_to_the_bar_and_not_to_a_form_in_the_page(operator, judged):
    judged(store_next(disk_percent=93.0))
    refresh(operator)
    operator.context.clear_cookies()
    operator.get_by_role("button", name="Acknowledge").click()
    expect(operator.locator("#signed-out a")).to_be_visible()
    expect(operator.locator("[name=password]")).to_have_count(0)


def test_with_the_sampler_silent_the_figures_keep_their_time_and_turn_unknown_without_a_reload(operator):
    expect(operator.locator("#card-system-cpu_percent .state")).to_have_text("Healthy")
    operator.evaluate("window.sameDocument = true")
    SystemSample.objects.update(taken_at=timezone.now() - timedelta(hours=1))
    refresh(operator)
    expect(operator.locator("[data-fragment=status]")).to_contain_text("Unknown: sampler silent since")
    card = operator.locator("#card-system-cpu_percent")
    expect(card.locator(".state")).to_have_text("Unknown")
    expect(card).to_contain_text("12.0 %")
    expect(operator).to_have_title("Unknown: Performance · Valor IVX")
    expect(operator.locator("link[rel=icon]")).to_have_attribute("href", "/static/valor/favicon-unknown.svg")
    expect(operator.locator(".bar-status")).to_have_text("Unknown")
    assert operator.evaluate("window.sameDocument") is True


def test_the_icon_tells_of_trouble_on_every_page_and_the_title_on_those_of_performance(operator, judged, live_server):
    judged(store_next(disk_percent=93.0))
    for path, title in (("/jobs/", "Jobs · Valor IVX"), ("/performance/trends/", "Degraded: Trends")):
        operator.goto(live_server.url + path)
        expect(operator.locator("link[rel=icon]")).to_have_attribute("href", "/static/valor/favicon-degraded.svg")
        expect(operator.locator(".bar-status")).to_have_text("Degraded")
        assert operator.title().startswith(title)


def test_without_javascript_the_same_forms_work_and_lead_to_the_alert(visit, store_all, worker, judged, live_server):
    store_all(timezone.now() - timedelta(seconds=20))
    judged(store_next(disk_percent=93.0))
    page = visit("operator", "/performance/", java_script_enabled=False)
    expect(page.locator(".bar-status")).to_have_text("Degraded")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("Acknowledged: nobody is told of it again")).to_be_visible()
    assert page.url == f"{live_server.url}/performance/alerts/{Alert.objects.get().pk}/"


def test_single_keys_refresh_and_lead_to_the_filter_and_rest_in_fields(operator, live_server):
    with operator.expect_response("**/performance/data/**"):
        operator.keyboard.press("r")
    operator.keyboard.press("/")
    start = operator.locator("input[name=from]")
    expect(start).to_be_focused()
    start.press_sequentially("/r")
    expect(start).to_have_value("/r")
    operator.goto(f"{live_server.url}/performance/queries/")
    operator.keyboard.press("Control+/")
    expect(operator.locator("#search")).not_to_be_focused()
    operator.keyboard.press("/")
    expect(operator.locator("#search")).to_be_focused()


def test_first_steps_tick_themselves_and_are_closed_for_good(operator):
    steps = operator.locator(".checklist li")
    expect(steps.nth(1)).to_contain_text("Change a threshold")
    row = Threshold.objects.get(pk=next(iter(thresholds().values())).pk)
    ThresholdChange.objects.create(threshold=row, at=timezone.now(), fields={})
    refresh(operator)
    expect(operator.locator(".checklist h2")).to_contain_text("2 of 3")
    operator.get_by_role("button", name="Close for good").click()
    expect(operator.get_by_text("The first steps are closed.")).to_be_visible()
    expect(operator.locator(".checklist")).to_have_count(0)


@pytest.mark.usefixtures("redis_away")
def test_without_redis_the_page_works_and_its_sentence_says_so(operator):
    refresh(operator)
    expect(operator.locator("[data-fragment=status]")).to_contain_text(
        "Redis does not answer, everything works without"
    )
    expect(operator.locator("#card-system-cpu_percent")).to_contain_text("12.0 %")
    expect(operator).to_have_title("Degraded: Performance · Valor IVX")


LOOKS = {
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
    "zoomed": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
    "forced colours": {"forced_colors": "active"},
    "still": {"reduced_motion": "reduce"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_the_overview_fits_every_look(visit, worker, store_all, judged, look):
    store_all(timezone.now() - timedelta(seconds=20))
    judged(store_next(disk_percent=93.0))
    page = visit("operator", "/performance/", **LOOKS[look])
    expect(page.locator("#chart-cpu canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card = page.locator("#card-system-disk_percent")
    expect(card.locator(".state")).to_have_text("Degraded")
    edge = "element => getComputedStyle(element).borderTopStyle + getComputedStyle(element).borderTopWidth"
    assert card.evaluate(edge) not in ("none0px", "solid0px")
    moving = "document.getAnimations().filter((each) => each.playState === 'running').length"
    assert page.evaluate(moving) == 0
    columns = "getComputedStyle(document.querySelector('[data-fragment=cards]')).gridTemplateColumns.split(' ').length"
    if look == "phone":
        assert page.evaluate(columns) == 2


def test_an_alerts_page_is_used_with_one_thumb(visit, worker, store_all, judged, live_server):
    store_all(timezone.now() - timedelta(seconds=20))
    judged(store_next(disk_percent=93.0))
    make()
    path = f"/performance/alerts/{Alert.objects.get().pk}/"
    page = visit("operator", path, **LOOKS["phone"])
    expect(page.locator("#chart-alert canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = """() => [...document.querySelectorAll("main :is(button, input, select, summary)")]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.type !== "hidden")
      .filter((element) => element.getBoundingClientRect().height < 44)
      .map((element) => element.outerHTML.slice(0, 80))"""
    assert page.evaluate(small) == []
    for words in ("What would help", "Acknowledge", "Silence", "History"):
        expect(page.get_by_role("heading", name=words)).to_be_visible()
    with page.expect_response("**/apply/"):
        page.get_by_role("button", name="Apply").click()
    expect(page.locator("#said")).to_contain_text("begun; its effect is measured")
    assert page.url == live_server.url + path


def test_signing_in_returns_to_the_alert(visit, worker, store_all, judged, live_server):
    store_all(timezone.now() - timedelta(seconds=20))
    judged(store_next(disk_percent=93.0))
    path = f"/performance/alerts/{Alert.objects.get().pk}/"
    page = visit("operator")
    page.context.clear_cookies()
    page.goto(live_server.url + path)
    page.locator("[name=username]").fill("otto")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Disk on web-1")
    assert page.url == live_server.url + path


def aged(page: Page) -> int:
    """The figures' age, once it is two seconds or more."""
    told = "document.getElementById('age').textContent"
    page.wait_for_function(f"() => Number.parseInt({told}.replace('Checked ', ''), 10) >= 2")
    return int(page.evaluate(told).split()[1])


def test_a_poll_that_is_refused_brings_no_fresh_figures_and_says_why(operator, live_server, django_user_model):
    operator.goto(f"{live_server.url}/performance/requests/")
    refresh(operator)
    age = aged(operator)
    django_user_model.objects.get(username="otto").groups.clear()
    refresh(operator)
    expect(operator.locator("#refused")).to_contain_text("Only operators see this page: ask one of them for the role.")
    expect(operator.locator("#stale")).to_be_hidden()
    assert aged(operator) >= age
    asked: list[str] = []
    operator.on("request", lambda request: asked.append(request.url))
    operator.evaluate(REFRESH)
    operator.wait_for_timeout(300)
    assert asked == []


def rename(host: str) -> None:
    """The only host's samples are another's from now on."""
    SystemSample.objects.update(host=host)
    SamplerLease.objects.update(host=host)


def test_what_can_no_longer_be_shown_is_named_until_it_can_be_again(operator):
    refresh(operator)
    age = aged(operator)
    rename("web-9")
    refresh(operator)
    expect(operator.locator("#refused")).to_contain_text("No samples of such a host are stored. Sampled hosts: web-9.")
    assert aged(operator) >= age
    rename("web-1")
    refresh(operator)
    expect(operator.locator("#refused")).to_be_hidden()
