"""What a chart is given beside its lines: the same of an earlier time, aligned, and what is foreseen of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from performance.aligned import earlier, together
from performance.dashboard import earlier_of
from performance.forms import COMPARISONS, Look, asked
from performance.metrics import SYSTEM
from performance.models import SystemSample
from performance.panels import charted, drawing
from performance.panels.ahead import later
from performance.panels.system import CpuPanel, DiskSpacePanel, MemoryPanel
from performance.rollups.services import catch_up
from performance.series import Series, history
from performance.timerange import Window
from valor.lib.errors import InvalidInput

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
CPU = SYSTEM.pick(["cpu_percent"])
START = datetime.fromisoformat("2026-03-01T00:00:00+00:00")


def series(times: list[float], values: list[float | None], step: int = 0) -> Series:
    return Series("system", "web-1", Window(START, START + HOUR), CPU, times, {"cpu_percent": values}, step, 0)


def laid(one: Series, other: Series) -> list[tuple[float, float | None, float | None]]:
    axis = together(one, other)
    rows = [axis.row(place, line.values["cpu_percent"]) for place, line in enumerate((one, other))]
    return list(zip(axis.times, *rows, strict=True))


def brute(one: Series, other: Series, width: float) -> dict[float, float | None]:
    """For each time of one the other's value that lies nearest, if no further than half a width."""
    found: dict[float, float | None] = {}
    for at in one.times:
        near = min(other.times, key=lambda time: abs(time - at))
        found[at] = other.values["cpu_percent"][other.times.index(near)] if abs(near - at) <= width / 2 * 1.01 else None
    return found


def test_samples_at_other_seconds_stand_at_the_nearest_time():
    one, other = series([0, 30, 60, 90], [1, 2, 3, 4]), series([14, 44, 74, 104], [5, 6, 7, 8])
    assert laid(one, other) == [(0, 1, 5), (30, 2, 6), (60, 3, 7), (90, 4, 8)]
    assert {at: value for at, _, value in laid(one, other)} == brute(one, other, 30)


def test_merged_points_of_one_step_stand_at_their_own_times():
    one, other = series([0, 180, 360], [1, 2, 3], 180), series([0, 180, 360], [4, None, 6], 180)
    assert laid(one, other) == [(0, 1, 4), (180, 2, None), (360, 3, 6)]


def test_coarser_points_stand_at_every_time_that_they_are_the_mean_of():
    one, other = series([0, 30, 60, 90, 120], [1, 2, 3, 4, 5]), series([0, 60, 120], [7, 8, 9], 60)
    assert [value for _, _, value in laid(one, other)] == [7, 7, 8, 8, 9]


def test_where_the_present_has_a_gap_the_earlier_line_goes_on_and_breaks_nothing_else():
    one, other = series([0, 30, 60, 240], [1, 2, None, 3]), series([0, 30, 60, 90, 120, 150, 180, 210, 240], [9.0] * 9)
    rows = laid(one, other)
    assert [at for at, _, _ in rows] == [0, 30, 60, 120, 150, 180, 240]
    assert [value for _, value, _ in rows] == [1, 2, None, None, None, None, 3]
    assert all(value == 9.0 for _, _, value in rows)


def test_an_earlier_time_without_samples_is_a_row_of_nulls():
    assert laid(series([0, 30], [1, 2]), series([], [])) == [(0, 1, None), (30, 2, None)]


def test_a_present_without_samples_shows_the_earlier_time_alone():
    assert laid(series([], []), series([0, 30], [1, 2])) == [(0, None, 1), (30, None, 2)]


@pytest.mark.django_db
def test_the_day_before_is_read_from_its_own_window_as_far_apart(fill, now):
    fill(now - DAY, 2 * HOUR)
    fill(now, 6 * HOUR)
    SystemSample.objects.filter(taken_at__lt=now - DAY + MINUTE).update(cpu_percent=77.0)
    present = history(SYSTEM, "web-1", Window(now - 6 * HOUR, now), CPU)
    before = earlier(present, DAY)
    assert before.step == present.step == 60
    assert before.window == present.window
    assert set(before.values["cpu_percent"]) == {77.0}
    assert now.timestamp() - 2 * 3600 - 61 <= before.times[0] <= now.timestamp()


def drawn(panels, look) -> dict:
    found = charted(panels).items()
    lines = {source.key: history(source.category, look.host, look.window, metrics) for source, metrics in found}
    return drawing.drawn(panels, look, lines, earlier_of(lines, look))


def look(now, name="6h", **more) -> Look:
    return asked({"range": name, "host": "web-1", **more}, list(SystemSample.objects.all()[:1]), now)


@pytest.mark.django_db
def test_a_compared_chart_has_a_row_more_for_each_line_and_says_so(fill, now):
    fill(now - 7 * DAY, HOUR)
    fill(now, HOUR)
    SystemSample.objects.filter(taken_at__lt=now - 6 * DAY).update(memory_percent=55.0)
    chart = drawn([MemoryPanel], look(now, "1h", compare="week"))["memory"]
    assert [(row["label"], row["kind"], row["of"]) for row in chart["more"]] == [
        ("Memory, the week before", "before", 0),
        ("Swap, the week before", "before", 1),
    ]
    assert len(chart["data"]) == 5
    assert len({len(row) for row in chart["data"]}) == 1
    assert set(chart["data"][3]) == {55.0}
    assert chart["summary"].endswith("The week before: Memory mean 55 %, up to 55 %; Swap mean 0 %, up to 0 %.")


@pytest.mark.django_db
def test_where_there_is_nothing_to_compare_with_the_chart_says_so(fill, now):
    fill(now, HOUR)
    chart = drawn([CpuPanel], look(now, "1h", compare="day"))["cpu"]
    assert set(chart["data"][2]) == {None}
    assert chart["summary"].endswith("No samples of the day before.")


@pytest.mark.django_db
def test_bands_of_means_stay_beside_their_lines_when_compared(fill, now):
    fill(now - DAY, 3 * HOUR)
    fill(now, 6 * HOUR, skip=set(range(200, 260)))
    chart = drawn([CpuPanel], look(now, compare="day"))["cpu"]
    ((low, high),) = chart["bands"]
    times, values, _ = chart["data"]
    assert len(low) == len(high) == len(times)
    assert [value is None for value in low] == [value is None for value in values]


@pytest.mark.django_db
def test_a_comparison_takes_two_queries_more_for_each_category(fill, now, django_assert_num_queries):
    fill(now - DAY, HOUR)
    fill(now, HOUR)
    panels = [CpuPanel, MemoryPanel, DiskSpacePanel]
    alone, compared = look(now, "1h"), look(now, "1h", compare="day")
    drawn(panels, alone)
    with django_assert_num_queries(2):
        drawn(panels, alone)
    with django_assert_num_queries(4):
        drawn(panels, compared)


@pytest.fixture
def filling(db, now):
    """Sixty hours of a disk and a memory that fill up."""
    count = 720
    SystemSample.objects.bulk_create(
        SystemSample(
            host="web-1",
            taken_at=now - timedelta(seconds=300 * (count - index) + 5),
            interval=300,
            cpu_percent=10.0,
            memory_percent=20.0 + 40.0 * index / count,
            memory_used=int(1e9 * (40 + 80 * index / count)),
            memory_total=200_000_000_000,
            swap_percent=0.0,
            disk_percent=40.0 + 50.0 * index / count,
            disk_used=int(1e9 * (40 + 50 * index / count)),
            disk_total=100_000_000_000,
        )
        for index in range(count + 1)
    )
    from performance.models import SamplerLease

    SamplerLease.objects.create(host="web-1", interval=300, renewed_at=now, expires_at=now)
    assert catch_up([], now, float("inf"))


def test_a_line_that_fills_up_goes_on_for_a_quarter_of_the_window_with_its_interval(filling, now):
    chart = drawn([DiskSpacePanel], look(now, "24h"))["disk-space"]
    (ahead,) = chart["more"]
    times, values, middle = chart["data"]
    low, high = ahead["band"]
    assert (ahead["label"], ahead["kind"], ahead["of"]) == ("Disk, forecast", "ahead", 0)
    assert chart["asked"] == [(now - DAY).timestamp(), now.timestamp()]
    assert chart["window"] == [chart["asked"][0], pytest.approx(now.timestamp() + 6 * 3600)]
    assert len({len(row) for row in (times, values, middle, low, high)}) == 1
    begin = next(at for at, value in enumerate(middle) if value is not None)
    assert middle[begin] == values[begin] and values[begin + 1 :] == [None] * 12
    foretold = middle[-12:]
    assert foretold == sorted(foretold)
    # 50 points in 60 hours: 5 in 6.
    assert foretold[-1] == pytest.approx(95.0, abs=0.5)
    assert all(lo <= mid <= hi for lo, mid, hi in zip(low[-12:], foretold, high[-12:], strict=True))
    assert "Disk on web-1 full in" in chart["summary"]


def test_what_another_figure_foretells_is_drawn_to_the_lines_own_scale(filling, now):
    chart = drawn([MemoryPanel], look(now, "24h"))["memory"]
    (ahead,) = chart["more"]
    assert (ahead["label"], ahead["of"]) == ("Memory, forecast", 0)
    assert chart["data"][3][-1] == pytest.approx(64.0, abs=0.5)


def test_no_share_is_foreseen_above_a_hundred(filling, now):
    chart = drawn([DiskSpacePanel], look(now, "7d"))["disk-space"]
    assert max(chart["more"][0]["band"][1][-12:]) == 100.0


@pytest.mark.parametrize("name", ["1h", "6h"])
def test_a_short_window_has_no_forecast(filling, now, name):
    chart = drawn([DiskSpacePanel], look(now, name))["disk-space"]
    assert chart["more"] == [] and chart["window"] == chart["asked"]


def test_a_window_of_the_past_has_no_forecast(filling, now):
    past = {"range": "", "from": "now-50h", "to": "now-20h"}
    chart = drawn([DiskSpacePanel], asked(past | {"host": "web-1"}, list(SystemSample.objects.all()[:1]), now))
    assert chart["disk-space"]["more"] == []


def test_forecast_and_comparison_go_together(filling, now):
    chart = drawn([DiskSpacePanel], look(now, "24h", compare="day"))["disk-space"]
    assert [row["kind"] for row in chart["more"]] == ["before", "ahead"]
    assert len({len(row) for row in chart["data"]}) == 1
    assert chart["data"][2][-12:] == [None] * 12


def test_the_times_ahead_end_a_quarter_of_the_window_later():
    window = Window(START, START + 2 * DAY)
    times = later(window)
    assert times[-1] == (START + 2.5 * DAY).timestamp()
    assert times[0] > window.end.timestamp() and times == sorted(times)


@pytest.mark.django_db
def test_each_chart_says_where_the_api_gives_the_same(client, analyst, fill, now):
    fill(now, HOUR)
    client.force_login(analyst)
    start, end = ((now - age).isoformat() for age in (50 * MINUTE, 10 * MINUTE))
    past = asked({"from": start, "to": end, "within": "1h", "host": "web-1"}, list(SystemSample.objects.all()[:1]), now)
    for chart in drawn([CpuPanel, MemoryPanel, DiskSpacePanel], past).values():
        query = parse_qs(urlsplit(chart["source"]).query)
        assert (query["from"], query["to"], query["host"]) == ([start], [end], ["web-1"])
        answer = client.get(chart["source"]).json()["data"]
        assert len(answer["times"]) == len(chart["data"][0])
    table = client.get(drawn([MemoryPanel], look(now, "1h"))["memory"]["source"] + "&format=csv")
    assert table.content.decode().splitlines()[0].endswith("memory_percent,swap_percent")


@pytest.mark.django_db
def test_a_zoomed_view_keeps_what_it_is_zoomed_in_from(fill, now):
    fill(now, HOUR)
    samples = list(SystemSample.objects.all()[:1])
    within = asked({"from": "now-30m", "to": "now-10m", "within": "24h", "compare": "day"}, samples, now)
    assert (within.range, within.whole, within.home) == ("24h", "24h", "range=24h")
    assert within.query == "from=now-30m&to=now-10m&within=24h&compare=day"
    custom = asked({"from": "now-30m", "to": "now-10m", "within": "now-3d,now-1d"}, samples, now)
    assert (custom.range, custom.home) == ("", "from=now-3d&to=now-1d")
    own = asked({"from": "now-30m"}, samples, now)
    assert (own.whole, own.home) == ("now-30m,now", "from=now-30m")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"compare": "month"}, "compare"),
        ({"from": "now-1h", "within": "3h"}, "within"),
        ({"from": "now-1h", "within": "yesterday,now"}, "within"),
        ({"within": "now-3d,now"}, "within"),
        ({"from": "now-1h", "within": ",now"}, "within"),
    ],
)
def test_what_can_not_be_shown_is_refused_by_name_with_the_remedy(client, analyst, fill, now, *, query, field):
    fill(now, HOUR)
    with pytest.raises(InvalidInput) as refused:
        asked(query, list(SystemSample.objects.all()[:1]), now)
    (problem,) = refused.value.problems
    assert problem.field == field and problem.message and problem.remedy
    client.force_login(analyst)
    assert client.get(reverse("performance:data"), query).status_code == 400
    assert client.get(reverse("performance:overview"), query).status_code == 400


@pytest.mark.django_db
def test_the_choice_of_a_comparison_is_a_link_that_keeps_range_and_host(client, analyst, worker, fill, now):
    fill(now, HOUR)
    fill(now, HOUR, host="web-2")
    client.force_login(analyst)
    html = client.get(reverse("performance:overview"), {"range": "6h", "host": "web-2"}).content.decode()
    for name, comparison in COMPARISONS.items():
        link = f'<a href="?range=6h&amp;compare={name}&amp;host=web-2" data-view>{comparison.label}</a>'
        assert link in html
    html = client.get(reverse("performance:overview"), {"compare": "day", "host": "web-2"}).content.decode()
    assert '<a href="?range=24h&amp;compare=day&amp;host=web-2">24 h</a>' in html
    assert 'data-view aria-current="true">Day before</a>' in html
