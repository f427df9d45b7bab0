"""A dashboard in a real browser: composed by the keyboard alone, and as live as the other pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from performance.dashboards import services
from performance.dashboards.models import Dashboard
from tests.performance.test_live import SHIFTS, refresh, store_next

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EDIT = "/performance/dashboards/by-hand/edit/"
PANELS = [
    {"kind": "stat", "metric": "system.cpu_percent"},
    {"kind": "chart", "panel": "cpu", "width": 2},
    {"kind": "chart", "panel": "memory"},
    {"kind": "top", "list": "routes"},
    {"kind": "alerts"},
]


@pytest.fixture
def page(visit, worker, store_all, live_server) -> Page:
    store_all(timezone.now() - timedelta(seconds=50))
    store_all(timezone.now() - timedelta(seconds=20))
    opened = visit("operator")
    opened.add_init_script(SHIFTS)
    return opened


@pytest.fixture
def shown(page, live_server) -> Page:
    """A dashboard with a figure, two charts and two lists."""
    services.create(owner=User.objects.get(username="otto"), title="Live", layout=PANELS)
    page.goto(f"{live_server.url}/performance/dashboards/live/")
    expect(page.locator("#chart-own-w2 canvas")).to_be_visible()
    return page


def to(page: Page, name: str, role: str = "button") -> None:
    """Goes there by Tab, as somebody without a mouse does."""
    wanted = page.get_by_role(role, name=name, exact=True).first
    for _ in range(200):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {name}.")


def press(page: Page, name: str, role: str = "button") -> None:
    to(page, name, role)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def lands_on(page: Page, name: str) -> None:
    """The browser takes the focus there once the page is drawn."""
    page.wait_for_function("(name) => document.activeElement.textContent === name", arg=name)


def test_a_dashboard_is_composed_by_the_keyboard_alone(page, live_server):
    page.goto(f"{live_server.url}/performance/dashboards/")
    to(page, "Title", "textbox")
    page.keyboard.type("By hand")
    to(page, "Start with", "combobox")
    page.keyboard.press("End")
    press(page, "Make it")
    for metric in ("CPU (percent)", "Memory (percent)"):
        press(page, "One figure", "link")
        to(page, "Figure", "combobox")
        page.keyboard.type(metric)
        press(page, "Add it")
    press(page, "Status", "link")
    press(page, "Add it")
    assert [entry["kind"] for entry in Dashboard.objects.get().layout] == ["stat", "stat", "status"]

    press(page, "Earlier Status")
    # The focus stays on the button, so that it is pressed again; at the top it goes to the way back.
    lands_on(page, "Earlier Status")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    lands_on(page, "Later Status")
    press(page, "Narrower Status")
    lands_on(page, "Narrower Status")
    layout = Dashboard.objects.get().layout
    assert [(entry["key"], entry["width"]) for entry in layout] == [("w3", 2), ("w1", 1), ("w2", 1)]

    press(page, "Remove CPU")
    lands_on(page, "Undo")
    expect(page.get_by_text("CPU was removed.")).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("Undone.")).to_be_visible()
    assert [entry["key"] for entry in Dashboard.objects.get().layout] == ["w3", "w1", "w2"]
    press(page, "Show it", "link")
    expect(page.locator(".own-part")).to_have_count(3)
    expect(page.locator("#own-w1")).to_contain_text("12.0 %")


def test_without_scripts_a_panel_moves_as_well(visit, live_server):
    page = visit("operator", java_script_enabled=False)
    services.create(owner=User.objects.get(username="otto"), title="By hand", layout=PANELS)
    page.goto(live_server.url + EDIT)
    page.get_by_role("button", name="To the end CPU").first.click()
    expect(page.locator("ol.own-list > li").last).to_contain_text("CPU")


def test_a_poll_brings_new_figures_and_keeps_the_focus_and_the_place(shown):
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.locator("#own-w4 .own-scroll").focus()
    store_next(cpu_percent=77.7)
    refresh(shown)
    expect(shown.locator("#own-w1")).to_contain_text("77.7 %")
    expect(shown.locator("#summary-own-w2")).to_contain_text("CPU 78 %")
    expect(shown.locator("#own-w4 .own-scroll")).to_be_focused()
    assert len([url for url in asked if "/data/" in url]) == 1
    assert shown.evaluate("window.shifted") <= 0.02, shown.evaluate("window.moved")


def test_all_charts_zoom_together_and_go_back(shown):
    shown.locator("#chart-own-w2").focus()
    with shown.expect_response(lambda answer: "within=" in answer.url):
        shown.keyboard.press("+")
    expect(shown.locator("#zoom [data-ask=reset]")).to_be_visible()
    windows = shown.evaluate("[...document.querySelectorAll('time-chart')].map(({ window }) => window.join())")
    assert len(set(windows)) == 1
    with shown.expect_response(lambda answer: "/data/" in answer.url):
        shown.keyboard.press("Escape")
    expect(shown).not_to_have_url(re.compile("within="))


def test_a_change_in_another_window_is_told(shown):
    services.reset(dashboard=Dashboard.objects.get(), version=1)
    refresh(shown)
    expect(shown.get_by_text("This dashboard was changed meanwhile")).to_be_visible()
    shown.get_by_role("link", name="load it again").click()
    expect(shown.locator(".own-part")).to_have_count(12)


def test_one_that_is_removed_meanwhile_is_told(shown):
    services.remove(dashboard=Dashboard.objects.get())
    refresh(shown)
    expect(shown.locator("#gone")).to_be_visible()


@pytest.mark.parametrize("path", ["", "edit/", "edit/add/series/"])
def test_nothing_is_wider_than_a_small_phone(shown, live_server, path):
    shown.set_viewport_size({"width": 360, "height": 740})
    shown.goto(f"{live_server.url}/performance/dashboards/live/{path}")
    expect(shown.locator("h1")).to_be_visible()
    assert shown.evaluate("document.documentElement.scrollWidth") <= 360
