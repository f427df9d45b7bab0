"""Colours that the system forces, and a checklist before and after it is closed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.measures import ASK, PAINTED, WATCH_SHIFTS, misfits, settled, shifts, violations
from tests.browser.test_keyboard import walk, wrong

pytestmark = pytest.mark.browser

# Of each colour that charts are drawn with, its contrast to the background that the system brings.
CONTRASTS = """() => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const luminance = (colour) => {
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(document.querySelector("time-chart"));
  const ground = luminance(getComputedStyle(document.documentElement).backgroundColor);
  return Object.fromEntries(["--muted", "--warning", "--series-1", "--series-2", "--series-3"].map((name) => {
    const [high, low] = [luminance(style.getPropertyValue(name).trim()), ground].sort((a, b) => b - a);
    return [name, (high + 0.05) / (low + 0.05)];
  }));
}"""
DRAWN = """() => [...document.querySelectorAll("time-chart canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((part, at) => at % 4 === 3 && part > 200).length;
})"""
# States whose icon or word can't be seen.
UNTOLD = """() => [...document.querySelectorAll("main .state")].filter((state) => {
  const icon = state.querySelector("svg")?.getBoundingClientRect();
  return state.checkVisibility() && (!icon?.width || !state.textContent.trim());
}).map((state) => state.outerHTML)"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("system", ["light", "dark"])
def test_in_colours_of_the_system_states_are_told_and_charts_drawn(new_visitor, theme, system):
    visitor = new_visitor(forced_colors="active", color_scheme=system, viewport={"width": 1280, "height": 900})
    visitor.context.add_cookies([{"name": "theme", "value": theme, "url": visitor.product.url}])
    visitor.sign_in("operator")
    page = visitor.go("/performance/")
    settled(page)
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    assert {name: told for name, told in page.evaluate(CONTRASTS).items() if told < 3} == {}
    drawn = page.evaluate(DRAWN)
    assert len(drawn) >= 5
    assert min(drawn) > 200
    assert page.locator("main .state").count() > 5
    assert page.evaluate(UNTOLD) == []


def test_in_colours_of_the_system_every_stop_of_the_focus_is_ringed(new_visitor):
    visitor = new_visitor(forced_colors="active", viewport={"width": 1280, "height": 900})
    visitor.sign_in("operator")
    page = visitor.go("/performance/alerts/")
    settled(page)
    stops = walk(page)
    assert len(stops) > 15
    assert wrong(stops) == []


@pytest.mark.parametrize("width", [1280, 360])
def test_an_alert_that_arrives_on_the_overview_moves_nothing_but_itself(new_visitor, stage, width):
    visitor = new_visitor(viewport={"width": width, "height": 740})
    visitor.context.add_init_script(WATCH_SHIFTS)
    visitor.sign_in("operator")
    page = visitor.go("/performance/")
    settled(page)
    told = page.locator("[data-fragment=open_alerts]")
    made = [stage("alert", metric=metric) for metric in ("disk_percent", "memory_percent")]
    try:
        page.evaluate(ASK)
        expect(told).to_contain_text("web-1")
        page.evaluate(PAINTED)
        moved, what = shifts(page)
    finally:
        for pk in made:
            stage("calm", pk=pk)
    assert moved <= 0.02, what
    page.evaluate(ASK)
    expect(told).not_to_contain_text("web-1")


@pytest.mark.parametrize("width", [1280, 360])
def test_the_first_steps_are_shown_until_they_are_closed_for_good(new_visitor, stage, width):
    visitor = new_visitor(viewport={"width": width, "height": 740})
    visitor.hold(stage("newcomer", name=f"newcomer-{width}"))
    page = visitor.go("/performance/")
    settled(page)
    steps = page.get_by_role("region", name="First steps")
    expect(steps).to_be_visible()
    assert violations(page) + misfits(page) == []
    steps.get_by_role("button").click()
    expect(steps).to_have_count(0)
    settled(page)
    assert violations(page) + misfits(page) == []
    page.reload()
    expect(page.locator("#performance")).to_be_visible()
    expect(steps).to_have_count(0)
