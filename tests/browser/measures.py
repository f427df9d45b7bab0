"""What is measured of a page in the browser, by the browser: what axe finds, what moves, and what is cut off."""

from __future__ import annotations

from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
# What moved without anybody's doing, since the page began.
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) {
      const moved = entry.sources.map(({ node }) => (node?.outerHTML ?? node?.textContent ?? "").slice(0, 100));
      window.shifts.push([entry.value, moved]);
    }
  }
}).observe({ type: "layout-shift", buffered: true });
"""
SHIFTED = "window.shifts.map(([value, moved]) => ({ value, moved }))"
# How often the page's poll was answered.
POLLS = """() => {
  const page = document.querySelector("[data-source], [data-status]");
  const source = document.querySelector("[data-source]")?.dataset.source ?? page?.dataset.status;
  if (!source) return -1;
  const path = new URL(source, location).pathname;
  const answered = (one) => new URL(one.name).pathname === path && one.responseEnd > 0;
  return performance.getEntriesByType("resource").filter(answered).length;
}"""
POLLED = f"(count) => {{ const polls = ({POLLS})(); return polls < 0 || polls >= count; }}"
DRAWN = "() => [...document.querySelectorAll('time-chart')].every((chart) => chart.querySelector('canvas, p'))"
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30))))"
AT_REST = "() => document.getAnimations().length === 0"
ASK = "document.dispatchEvent(new Event('live:refresh'))"
OPEN = "document.querySelectorAll('main details').forEach((details) => { details.open = true; })"
# What reaches out of the window, save what scrolls on its own.
WIDER = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.right > innerWidth + 1 && box.width > 0 && !element.closest(".scroll, .sr-only, svg, [hidden]");
}).map((element) => `wider: ${element.outerHTML.slice(0, 120)}`)"""
# What does not fit into its own box and is neither scrolled nor said to be cut.
CUT = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const style = getComputedStyle(element);
  const hides = ["hidden", "clip"].includes(style.overflowX) && style.textOverflow !== "ellipsis";
  const seen = element.clientWidth > 1 && element.checkVisibility() && !element.closest("svg, .sr-only, time-chart");
  return hides && seen && element.scrollWidth > element.clientWidth + 1;
}).map((element) => `cut off: ${element.outerHTML.slice(0, 120)}`)"""
# What a table says of itself is read without scrolling the table.
CAPTIONS = """() => [...document.querySelectorAll(".scroll caption:not(.sr-only)")].filter((caption) =>
  caption.checkVisibility() && caption.offsetWidth > caption.closest(".scroll").clientWidth + 1
).map((caption) => `wider than what shows it: ${caption.outerHTML.slice(0, 120)}`)"""
SIDEWAYS = """() => document.scrollingElement.scrollWidth > innerWidth
  ? [`scrolls sideways: ${document.scrollingElement.scrollWidth} px in a window of ${innerWidth}`] : []"""
# What would move for longer than a hundredth of a second, or moves.
MOTION = """() => [
  ...[...document.querySelectorAll("*")].filter((element) => {
    const { transitionDuration, animationName, animationDuration } = getComputedStyle(element);
    const lasts = (times) => times.split(",").some((time) => parseFloat(time) > 0.01);
    return lasts(transitionDuration) || (animationName !== "none" && lasts(animationDuration));
  }).map((element) => `moves: ${element.outerHTML.slice(0, 120)}`),
  ...document.getAnimations().map((one) => `runs: ${one.effect?.target?.outerHTML.slice(0, 120)}`),
]"""


@cache
def axe_source() -> str:
    return str(Axe().axe_script)


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA. It runs by evaluation: the CSP lets no script tag in."""
    return [f"{one['id']}: {node['html'][:160]}" for one in found(page, rules) for node in one["nodes"]]


def found(page: Page, rules: list[str] | None = None) -> list[dict[str, Any]]:
    """Rule by rule, with the elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_source())
    # What it would load by itself, the CSP refuses.
    options = {"runOnly": rules or RULES, "resultTypes": ["violations"], "preload": False}
    return list(page.evaluate("(options) => axe.run(document, options)", options)["violations"])


def settled(page: Page, polls: int = 1) -> None:
    """Waits until the poll was answered so often, and what it brought is drawn."""
    page.wait_for_function(POLLED, arg=polls)
    page.wait_for_function(DRAWN)
    page.evaluate(PAINTED)


def shifts(page: Page) -> tuple[float, list[str]]:
    """How much of the window moved, over all, and what did."""
    told = page.evaluate(SHIFTED)
    return sum(one["value"] for one in told), [f"{one['value']:.4f}: {one['moved'][:3]}" for one in told]


def misfits(page: Page) -> list[str]:
    return [line for look in (SIDEWAYS, WIDER, CUT, CAPTIONS) for line in page.evaluate(look)[:3]]
