"""The charts in a real browser: one cursor and one zoom for all, comparison, marks, forecast, menu, touch, keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from performance.alerts.models import Alert, Threshold
from performance.models import PlatformEvent, SamplerLease, SystemSample
from tests.browser.measures import PAINTED
from tests.performance.conftest import CALM

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SPACING = 300
PLOTS = ".u-over"
SPAN = "(([from, to]) => to - from)(document.getElementById('chart-cpu').asked ?? [0, NaN])"
# All of a day is asked for, or a part of it.
WHOLE, PART = f"() => {SPAN} > 86000", f"() => {SPAN} < 30000"


@pytest.fixture
def history():
    """Two and a half days of a host whose disk fills up, a sample every five minutes."""
    now = timezone.now() - timedelta(seconds=10)
    count = int(timedelta(hours=60).total_seconds() // SPACING)
    rows = [
        SystemSample(
            host="web-1",
            taken_at=now - timedelta(seconds=SPACING * (count - index)),
            interval=SPACING,
            **CALM
            | {
                "cpu_percent": 10.0 + index % 7,
                "disk_percent": 40.0 + 50.0 * index / count,
                "disk_used": int(1e9 * (40 + 50 * index / count)),
            },
        )
        for index in range(count + 1)
    ]
    SystemSample.objects.bulk_create(rows)
    expires = {"renewed_at": now, "expires_at": now, "interval": SPACING}
    SamplerLease.objects.update_or_create(host="web-1", defaults=expires)


@pytest.fixture
def alert(db) -> Alert:
    """One that fired twenty minutes ago, for five minutes."""
    now = timezone.now()
    began, ended = now - timedelta(minutes=20), now - timedelta(minutes=15)
    return Alert.objects.create(
        threshold=Threshold.objects.get(category="system", metric="cpu_percent"),
        category="system",
        metric="cpu_percent",
        host="web-1",
        state="resolved",
        severity="critical",
        value=95.0,
        worst=97.0,
        limit=80.0,
        began_at=began,
        since=ended,
        fired_at=began,
        resolved_at=ended,
        judged_at=ended,
    )


@pytest.fixture
def visit(visit, worker) -> Callable[..., Page]:
    """Opens the overview as somebody of a role, and waits for its charts."""

    def one(query: str = "", role: str = "operator", **options: object) -> Page:
        page = visit(role, f"/performance/{query}", **options)
        page.set_default_timeout(10_000)
        expect(page.locator("#chart-cpu canvas")).to_be_visible()
        return page

    return one


def asked(page: Page) -> dict[str, str]:
    """What the address says now; what the browser has told of it may be older."""
    return {name: values[0] for name, values in parse_qs(page.evaluate("location.search.slice(1)")).items()}


def window(page: Page, slug: str = "cpu") -> list[float]:
    return page.evaluate(f"document.getElementById('chart-{slug}').asked")


def drag(page: Page, start: float, end: float, slug: str = "cpu") -> None:
    """From one share of the plot's width to another."""
    plot = page.locator(f"#chart-{slug} {PLOTS}")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, middle)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(box["x"] + box["width"] * (start + (end - start) * step / 5), middle)
    page.mouse.up()


def zoomed(page: Page, start: float = 0.25, end: float = 0.5, slug: str = "cpu") -> dict[str, list[str]]:
    """Drags, and what the poll was then asked; its answer is not shown yet."""
    with page.expect_response(lambda answer: "/performance/data/" in answer.url and "within" in answer.url) as told:
        drag(page, start, end, slug)
    assert told.value.ok
    return parse_qs(urlsplit(told.value.url).query)


def test_dragging_zooms_all_charts_and_asks_for_finer_figures(visit, history):
    page = visit("?range=24h")
    expect(page.locator("#summary-cpu")).to_contain_text("CPU")
    before, points = window(page), page.evaluate("document.getElementById('chart-cpu').data[0].length")
    query = zoomed(page)
    assert query["within"] == ["24h"] and query["host"] == ["web-1"]
    assert set(asked(page)) >= {"from", "to", "within"} and "range" not in asked(page)
    page.wait_for_function(f"() => document.getElementById('chart-cpu').data[0].length < {points}")
    for slug in ("cpu", "memory", "network"):
        start, end = window(page, slug)
        assert end - start == pytest.approx((before[1] - before[0]) / 4, rel=0.05)
        assert start == pytest.approx(before[0] + (before[1] - before[0]) / 4, rel=1e-6)
    expect(page.locator("#zoom output")).to_contain_text("UTC")
    expect(page.get_by_role("navigation", name="Time range").locator("[aria-current]")).to_have_text("24 h")


@pytest.mark.parametrize("how", ["double click", "Escape", "button"])
def test_a_zoom_is_reset_to_the_range(visit, history, how):
    page = visit("?range=24h")
    reset = page.get_by_role("button", name="Reset zoom")
    expect(reset).to_have_count(0)
    zoomed(page)
    expect(reset).to_be_visible()
    with page.expect_response(lambda answer: "range=24h" in answer.url):
        if how == "double click":
            page.locator(f"#chart-memory {PLOTS}").dblclick()
        elif how == "Escape":
            page.keyboard.press("Escape")
        else:
            reset.click()
    assert asked(page) == {"range": "24h", "host": "web-1"} or asked(page) == {"range": "24h"}
    expect(page.locator("#zoom output")).to_be_empty()
    page.wait_for_function(WHOLE)


def test_a_zoom_whose_figures_never_came_is_reset_as_well(visit, history):
    """What the charts show in advance is taken back, though the server has nothing newer than what was drawn before."""
    page = visit("?range=24h")
    expect(page.locator("#summary-cpu")).to_contain_text("CPU")
    page.route("**/performance/data/**within**", lambda route: None)
    drag(page, 0.25, 0.5)
    page.wait_for_function(PART)
    page.keyboard.press("Escape")
    page.wait_for_function(WHOLE)


def test_a_zoom_is_reset_before_its_first_figures_have_come(visit, history):
    page = visit("?range=24h")
    zoomed(page)
    page.route("**/performance/data/**within**", lambda route: None)
    page.reload()
    page.get_by_role("button", name="Reset zoom").click()
    expect(page).to_have_url(re.compile("range=24h"))
    page.wait_for_function(WHOLE)


def test_a_drag_goes_on_while_new_figures_are_drawn(visit, history):
    """Those of the disk, which lose their forecast meanwhile, so that their lines are drawn from the start."""
    page = visit("?range=24h")
    expect(page.locator("#chart-disk-space .u-legend")).to_contain_text("Disk, forecast")
    plot = page.locator(f"#chart-disk-space {PLOTS}")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 60)
    page.evaluate(
        """() => {
          const chart = document.getElementById("chart-disk-space");
          const { data, window, asked, bands } = chart;
          chart.figures = { data: data.slice(0, 2), window, asked, bands };
        }"""
    )
    page.mouse.move(box["x"] + 120, box["y"] + 60)
    with page.expect_response(lambda answer: "within" in answer.url):
        page.mouse.up()
    page.keyboard.up("Shift")
    start, end = window(page, "disk-space")
    assert end < page.evaluate("Date.now() / 1000") - 1800
    assert window(page) == [start, end]


def test_back_and_forward_go_through_the_views_and_a_reload_keeps_one(visit, history):
    page = visit("?range=24h")
    zoomed(page)
    first = page.url
    zoomed(page, 0.4, 0.6)
    assert page.url != first
    page.go_back()
    assert page.url == first
    with page.expect_response(lambda answer: "range=24h" in answer.url):
        page.go_back()
    page.wait_for_function(WHOLE)
    page.go_forward()
    page.wait_for_function(PART)
    page.reload()
    expect(page.get_by_role("button", name="Reset zoom")).to_be_visible()
    page.get_by_role("button", name="Reset zoom").click()
    page.wait_for_url(re.compile("range=24h"), timeout=10_000)


def test_a_zoomed_view_of_the_past_stays_where_it_is(visit, history):
    page = visit("?range=24h")
    points = page.evaluate("document.getElementById('chart-cpu').data[0].length")
    zoomed(page)
    page.wait_for_function("(points) => document.getElementById('chart-cpu').data[0].length < points", arg=points)
    before = window(page)
    assert before[1] < page.evaluate("Date.now() / 1000") - 3600
    page.locator("#pause").click()
    with page.expect_response(lambda answer: "/performance/data/" in answer.url):
        page.evaluate("Date.now = ((now) => () => now() + 600_000)(Date.now)")
        page.locator("#pause").click()
    assert window(page) == before


def test_while_updates_are_paused_a_zoom_still_asks(visit, history):
    page = visit("?range=24h")
    page.locator("#pause").click()
    assert zoomed(page)["within"] == ["24h"]


def test_shift_and_drag_moves_through_time(visit, history):
    page = visit("?range=6h")
    zoomed(page)
    before = window(page)
    page.keyboard.down("Shift")
    with page.expect_response(lambda answer: "within" in answer.url):
        drag(page, 0.2, 0.7)
    page.keyboard.up("Shift")
    start, end = window(page)
    assert end - start == pytest.approx(before[1] - before[0], abs=3)
    assert start == pytest.approx(before[0] - (before[1] - before[0]) / 2, abs=120)


def test_keys_zoom_move_and_reset(visit, history):
    page = visit("?range=6h")
    page.focus("#chart-cpu")
    whole = window(page)
    page.keyboard.press("+")
    first = window(page)
    assert first[1] - first[0] == pytest.approx((whole[1] - whole[0]) / 2, rel=0.01)
    page.keyboard.press("Shift+ArrowLeft")
    moved = window(page)
    assert moved[0] - first[0] == pytest.approx(-(first[1] - first[0]) / 4, abs=2)
    assert page.evaluate("document.activeElement.id") == "chart-cpu"
    page.keyboard.press("-")
    expect(page.get_by_role("button", name="Reset zoom")).to_have_count(0)
    assert asked(page)["range"] == "6h"


def test_the_bars_buttons_do_the_same(visit, history):
    page = visit("?range=6h")
    whole = window(page)
    page.get_by_role("button", name="Zoom in").click()
    first = window(page)
    page.get_by_role("button", name="Earlier").click()
    assert window(page)[0] < first[0]
    page.get_by_role("button", name="Later").click()
    assert window(page)[0] == pytest.approx(first[0], abs=3)
    assert whole[0] < first[0]


def test_one_cursor_shows_the_values_of_all_charts_by_pointer_and_by_key(visit, history):
    page = visit("?range=6h")
    legend = page.locator("#chart-memory .u-legend")
    page.locator(f"#chart-cpu {PLOTS}").hover(position={"x": 200, "y": 60})
    expect(legend).to_contain_text("41.0 %")
    page.mouse.move(5, 5)
    expect(legend).not_to_contain_text("41.0 %")
    page.focus("#chart-network")
    page.keyboard.press("End")
    expect(legend).to_contain_text("41.0 %")
    times = page.locator(".u-legend .u-series:first-child .u-value").all_inner_texts()
    assert len({time for time in times[:5] if re.search(r"\d", time)}) == 1


def test_the_day_before_is_in_legend_table_and_words(visit, history):
    page = visit("?range=6h")
    page.get_by_role("link", name="Day before").click()
    expect(page.locator("#chart-cpu .u-legend")).to_contain_text("CPU, the day before")
    expect(page.locator("#summary-cpu")).to_contain_text("The day before: CPU mean 13 %, up to 16 %.")
    assert asked(page)["compare"] == "day"
    page.locator("figure:has(#chart-cpu) .chart-table summary").click()
    heads = page.locator("figure:has(#chart-cpu) .chart-table thead th")
    expect(heads).to_have_text(["Time (UTC)", "CPU", "CPU, the day before"])
    assert "–" not in page.locator("figure:has(#chart-cpu) .chart-table tbody tr").nth(5).inner_text()
    zoomed(page)
    assert asked(page)["compare"] == "day"
    expect(page.locator("#chart-cpu .u-legend")).to_contain_text("CPU, the day before")


def test_what_is_foreseen_goes_on_beyond_now_with_its_interval(visit, history):
    page = visit("?range=24h")
    expect(page.locator("#chart-disk-space .u-legend")).to_contain_text("Disk, forecast")
    expect(page.locator("#summary-disk-space")).to_contain_text(
        re.compile(r"Disk on web-1 full in \d+ h, \d+ to \d+\.")
    )
    start, end = page.evaluate("document.getElementById('chart-disk-space').window")
    assert (end - start) / 86_400 == pytest.approx(1.25, abs=0.01)
    page.locator("figure:has(#chart-disk-space) .chart-table summary").click()
    row = page.locator("figure:has(#chart-disk-space) .chart-table tbody tr").first
    assert re.search(r"–\s+9\d\.\d %\s+9\d\.\d %\s+\d+\.\d %", row.inner_text())
    page.focus("#chart-disk-space")
    page.keyboard.press("End")
    expect(page.locator("figure:has(#chart-disk-space) .chart-cursor")).to_contain_text("Disk, forecast")
    expect(page.locator("#chart-cpu .u-legend")).not_to_contain_text("forecast")


def test_what_happened_is_listed_with_links_and_read_out_at_the_cursor(visit, history, alert):
    at = timezone.now() - timedelta(minutes=40)
    common = {"at": at, "host": "web-1", "part": "web", "version": "0.2.0", "key": "start"}
    PlatformEvent.objects.create(kind="started", **common)
    page = visit("?range=1h")
    expect(page.locator(".perf-what li")).to_have_count(2)
    page.locator(".perf-what summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".perf-what")).to_contain_text("Started on web-1: web, version 0.2.0")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip().startswith("Critical for 5 min: CPU on web-1")
    page.focus("#chart-cpu")
    words = []
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
        words.append(page.locator("figure:has(#chart-cpu) .chart-cursor").inner_text())
    assert [word for word in words if word.endswith(", CPU")] and [word for word in words if word.endswith(", Start")]
    page.locator(".perf-what li a").first.click()
    expect(page).to_have_url(re.compile(rf"/performance/alerts/{alert.pk}/"))
    expect(page.locator("#chart-alert canvas")).to_be_visible()


def test_analysts_are_told_of_alerts_without_a_link(visit, history, alert):
    page = visit("?range=1h", role="analyst")
    page.locator(".perf-what summary").click()
    expect(page.locator(".perf-what li")).to_contain_text("Critical for 5 min: CPU on web-1")
    expect(page.locator(".perf-what a")).to_have_count(0)


def test_a_panels_menu_works_by_keyboard_and_gives_table_csv_link_and_curl(visit, history):
    page = visit("?range=6h", permissions=["clipboard-read", "clipboard-write"])
    card = page.locator("figure:has(#chart-memory)")
    summary, status = card.locator(".chart-menu > summary"), card.locator(".chart-cursor")
    summary.focus()
    page.keyboard.press("Enter")
    expect(card.get_by_role("button", name="Copy link")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(card.get_by_role("button", name="Copy link")).not_to_be_visible()
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    card.get_by_role("button", name="Copy link").click()
    expect(status).to_have_text("The link is copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert urlsplit(link).fragment == "chart-memory"
    assert parse_qs(urlsplit(link).query) == {"range": ["6h"], "host": ["web-1"]}
    summary.click()
    card.get_by_role("button", name="Copy as curl").click()
    expect(status).to_contain_text("put an access token into TOKEN first")
    curl = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r'curl -H "Authorization: Bearer \$TOKEN" "http://[^"]+/metrics/system/\?range=6h[^"]+"', curl)
    summary.click()
    csv = card.get_by_role("link", name="CSV")
    expect(csv).to_have_attribute("href", re.compile("format=csv"))
    answer = page.request.get(csv.get_attribute("href"))
    assert answer.headers["content-type"].startswith("text/csv")
    assert "memory_percent" in answer.text() and "cpu_percent" not in answer.text()
    card.get_by_role("button", name="Table", exact=True).click()
    expect(card.locator(".chart-table tbody tr").first).to_contain_text("41.0 %")


def test_without_a_clipboard_the_link_is_copied_all_the_same(visit, history):
    page = visit("?range=6h")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    card = page.locator("figure:has(#chart-cpu)")
    card.locator(".chart-menu > summary").click()
    card.get_by_role("button", name="Copy link").click()
    expect(card.locator(".chart-cursor")).to_contain_text("The link is copied.")


def finger(page: Page, *points: tuple[float, float]) -> None:
    """One finger along these points of the screen, which rests on the last: what is hurled glides on."""
    told = page.context.new_cdp_session(page)
    for kind, (x, y) in zip(["touchStart", *["touchMove"] * (len(points) - 1)], points, strict=True):
        told.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    page.wait_for_timeout(100)
    told.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_moves_the_cursor_and_a_zoomed_view_and_scrolls_the_page(visit, history):
    page = visit("?range=6h", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    plot = page.locator(f"#chart-cpu {PLOTS}")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    x, y = box["x"] + 60, box["y"] + 60
    finger(page, (x, y), (x + 20, y), (x + 60, y), (x + 90, y))
    expect(page.locator("#chart-memory .u-legend")).to_contain_text("41.0 %")
    assert "within" not in asked(page)
    # By the finger: a mouse would stay, and point at whatever is scrolled under it.
    page.get_by_role("button", name="Zoom in").tap()
    reset = page.get_by_role("button", name="Reset zoom")
    box = reset.bounding_box()
    assert box is not None and box["height"] >= 44 and box["width"] >= 44
    before = window(page)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    x, y = box["x"] + 60, box["y"] + 60
    finger(page, (x, y), (x + 20, y), (x + 60, y), (x + 90, y))
    page.wait_for_function("(start) => document.getElementById('chart-cpu').asked[0] < start - 60", arg=before[0])
    scrolled = page.evaluate("addEventListener('scrollend', () => (window.atRest = true), { once: true }), scrollY")
    finger(page, (x, y), (x, y - 30), (x, y - 80), (x, y - 140))
    page.wait_for_function("() => window.atRest")
    assert page.evaluate("scrollY") > scrolled
    held = window(page)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    legend = page.locator("#chart-memory .u-legend")
    shown = legend.inner_text()
    page.touchscreen.tap(box["x"] + 200, box["y"] + 60)
    expect(legend).not_to_have_text(shown, use_inner_text=True)
    expect(legend).to_contain_text("41.0 %")
    assert window(page) == held


@pytest.mark.parametrize(
    "options", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}, {"color_scheme": "dark"}]
)
def test_charts_are_drawn_however_the_viewer_wants_colours_and_motion(visit, history, alert, options):
    page = visit("?range=24h&compare=day", **options)
    zoomed(page)
    expect(page.locator("#chart-cpu .u-legend")).to_contain_text("CPU, the day before")
    expect(page.get_by_role("button", name="Reset zoom")).to_be_visible()


@pytest.mark.parametrize("query", ["?range=24h", "?range=24h&compare=day"])
@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_moves_while_the_charts_are_drawn_and_zoomed(visit, history, alert, query, width):
    page = visit(query, viewport={"width": width, "height": 900})
    page.evaluate(
        "window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach(({ value, hadRecentInput }) => {"
        " if (!hadRecentInput) window.shift += value; })).observe({ type: 'layout-shift', buffered: true })"
    )
    page.locator("#zoom").scroll_into_view_if_needed()
    points = page.evaluate("document.getElementById('chart-cpu').data[0].length")
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function("(points) => document.getElementById('chart-cpu').data[0].length !== points", arg=points)
    page.evaluate(PAINTED)
    assert page.evaluate("window.shift") <= 0.02
    assert page.evaluate("document.documentElement.scrollWidth") <= width
