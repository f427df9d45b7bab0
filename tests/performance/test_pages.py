"""The performance page, its poll, and the status in the bar."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from performance import panels
from performance.alerts.models import Alert
from performance.alerts.selectors import thresholds
from performance.boards import OVERVIEW
from performance.foresight import forecasts
from performance.models import PlatformEvent, SystemSample
from performance.panels import PANELS, Panel, register

pytestmark = pytest.mark.django_db
SLUGS = [panel.slug for panel in OVERVIEW.panels]


@pytest.fixture
def web(client, analyst, worker):
    client.force_login(analyst)
    return client


def page(client, query: str = ""):
    return client.get(reverse("performance:overview") + query)


def poll(client, query: str = "", **headers):
    return client.get(reverse("performance:data") + query, headers=headers)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_page_leads_with_the_status_then_cards_then_charts(web, fill, now):
    fill(now, timedelta(minutes=10))
    html = page(web).content.decode()
    order = [
        html.index("Healthy: CPU 12 %"),
        html.index('aria-label="Current figures"'),
        *(html.index(f'id="chart-{slug}"') for slug in SLUGS),
    ]
    assert order == sorted(order)
    assert "<title>Performance · Valor IVX" in html


def test_the_cards_show_value_unit_and_change(web, fill, now, store):
    fill(now - timedelta(seconds=30), timedelta(hours=2))
    store(now, cpu_percent=15.1)
    text = text_of(page(web))
    assert "15.1 %" in text
    assert "up 3.1 points on the hour before" in text
    assert "7.0 kB/s" in text
    assert "as the hour before" in text


def test_analysts_and_operators_and_nobody_else_in_particular_may_look(web, client, operator):
    assert page(web).status_code == 200
    client.force_login(operator)
    assert page(client).status_code == 200


def test_signed_out_the_page_leads_to_sign_in(client):
    response = page(client)
    assert response.status_code == 302
    assert response.url.startswith(reverse("accounts:sign-in"))


def test_without_samples_the_page_names_the_exact_next_step(web):
    text = text_of(page(web))
    assert "No samples yet: ask an operator to start the sampler, the first arrives within 30 s." in text
    assert "Healthy" not in text


def test_a_silent_sampler_keeps_the_figures_and_turns_every_state_unknown(web, store, now):
    store(now - timedelta(hours=3), cpu_percent=33.3)
    text = text_of(page(web))
    assert "33.3 %" in text
    assert "Unknown: sampler silent since" in text
    assert "Healthy" not in text


def test_nothing_on_the_page_is_inline(web, fill, now):
    fill(now, timedelta(minutes=5))
    html = page(web).content.decode()
    assert not re.search(r'\sstyle="', html)
    assert not re.search(r"\son\w+=", html)
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []


@pytest.mark.parametrize("view", [page, poll])
def test_a_range_that_does_not_exist_is_refused_by_name_with_the_remedy(web, fill, now, view):
    fill(now, timedelta(minutes=5))
    response = view(web, "?range=3h")
    assert response.status_code == 400
    text = text_of(response)
    assert "range" in text
    assert "3h" in text
    assert "Choose one of 1h, 6h, 24h, 7d, 30d, 1y, or say from and to." in text


def test_a_custom_range_is_kept_by_the_poll_and_the_choice_of_a_host(web, fill, now):
    fill(now, timedelta(hours=3))
    fill(now, timedelta(minutes=5), host="web-2")
    html = page(web, "?from=now-3h&to=now-1h&host=web-1").content.decode()
    assert 'data-source="/performance/data/?from=now-3h&amp;to=now-1h&amp;host=web-1"' in html
    assert '<a href="?from=now-3h&amp;to=now-1h&amp;host=web-2" data-view>web-2</a>' in html
    assert 'aria-current="true">1 h' not in html
    assert '<input name="from" value="now-3h"' in html
    assert '<details class="perf-custom" open>' in html
    start, end = poll(web, "?from=now-3h&to=now-1h&host=web-1").json()["charts"]["cpu"]["window"]
    assert end - start == pytest.approx(7200)
    whole = poll(web, "?from=now-3h&to=now&host=web-1").json()["charts"]["cpu"]["window"]
    assert whole[1] - whole[0] == pytest.approx(10_800)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?from=yesterday", "from"),
        ("?from=now-1h&to=never", "to"),
        ("?to=now", "from"),
        ("?range=6h&from=now-1h", "range"),
        ("?from=now&to=now-1h", "from"),
        ("?from=now-20y", "from"),
    ],
)
def test_a_custom_range_that_makes_no_sense_is_refused_by_name(web, fill, now, query, field):
    fill(now, timedelta(minutes=5))
    response = poll(web, query)
    assert response.status_code == 400
    (detail,) = response.json()["error"]["details"]
    assert detail["field"] == field
    assert detail["message"]
    assert detail["remedy"]
    assert page(web, query).status_code == 400


@pytest.mark.parametrize(("name", "words"), [("7d", "The last 7 d"), ("30d", "The last 30 d"), ("1y", "The last 1 y")])
def test_the_page_reaches_back_as_far_as_a_year(web, fill, now, name, words):
    fill(now, timedelta(hours=3))
    assert f'aria-label="{words}"' in page(web, f"?range={name}").content.decode()
    chart = poll(web, f"?range={name}").json()["charts"]["cpu"]
    assert 0 < len(chart["data"][0]) <= 500
    assert "CPU 12 %" in chart["summary"]
    assert "Each point is the mean of" in chart["summary"]


def test_the_polls_refusal_is_the_usual_envelope(web):
    (detail,) = poll(web, "?range=3h").json()["error"]["details"]
    assert (detail["field"], detail["value"]) == ("range", "3h")


@pytest.mark.parametrize("view", [page, poll])
def test_a_host_that_was_never_sampled_is_refused_with_those_that_were(web, fill, now, view):
    fill(now, timedelta(minutes=5))
    response = view(web, "?host=<script>")
    assert response.status_code == 400
    assert "Sampled hosts: web-1." in text_of(response)
    assert b"<script>alert" not in response.content


def test_several_hosts_can_be_chosen_between_and_the_choice_keeps_the_range(web, fill, now):
    fill(now, timedelta(minutes=5))
    fill(now, timedelta(minutes=5), host="web-2")
    html = page(web, "?host=web-2&range=6h").content.decode()
    assert '<a href="?range=6h&amp;host=web-2" data-view aria-current="true">web-2</a>' in html
    assert '<a href="?range=24h&amp;host=web-2">24 h</a>' in html


def test_one_host_is_not_a_choice(web, fill, now):
    fill(now, timedelta(minutes=5))
    assert 'aria-label="Host"' not in page(web).content.decode()


def test_the_poll_brings_fragments_and_arrays_for_every_chart(web, fill, now):
    fill(now, timedelta(minutes=10), skip={3})
    answer = poll(web).json()
    assert answer["word"] == "Healthy"
    assert answer["fragments"]["cards"].count("<article") == len(OVERVIEW.cards)
    assert "Healthy: CPU 12 %" in answer["fragments"]["status"]
    assert set(answer["charts"]) == set(SLUGS)
    memory = answer["charts"]["memory"]
    times, used, swap = memory["data"]
    assert len(times) == len(used) == len(swap) == 21
    assert used[3] is None
    assert memory["window"][1] - memory["window"][0] == 3600
    assert memory["summary"] == (
        "Memory 41 %, between 41 % and 41 % (at {}), mean 41 %; Swap 0 %, between 0 % and 0 % (at {}), mean 0 %."
        " 1 gap without samples. Degraded above 85 %."
    ).format(*re.findall(r"at (\d\d:\d\d UTC)", memory["summary"]))


def test_an_empty_chart_says_so_in_words(web):
    assert poll(web).json()["charts"]["network"]["summary"] == "No Network samples in this time range."


def test_with_nothing_new_the_poll_answers_304_and_still_says_when_to_ask_again(web, fill, now):
    fill(now, timedelta(minutes=10))
    first = poll(web)
    again = poll(web, **{"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == first["ETag"]
    assert 1 <= int(again["X-Ask-Again"]) <= 32


def test_a_new_sample_another_range_or_another_status_is_new(web, fill, now, store, worker):
    fill(now - timedelta(seconds=30), timedelta(minutes=10))
    tag = poll(web)["ETag"]
    assert poll(web, "?range=6h", **{"If-None-Match": tag}).status_code == 200
    worker.delete()
    assert poll(web, **{"If-None-Match": tag}).status_code == 200
    tag = poll(web)["ETag"]
    store(now)
    assert poll(web, **{"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(("age", "wait"), [(10, 21), (29, 2), (33, 5), (7200, 30), (None, 5)])
def test_the_poll_is_told_to_ask_when_the_next_sample_is_due(web, store, now, age, wait):
    if age is not None:
        store(now - timedelta(seconds=age))
    assert abs(int(poll(web)["X-Ask-Again"]) - wait) <= 1


def test_a_signed_out_poll_gets_401_and_no_form(client):
    response = poll(client)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize("name", ["overview", "data", "status"])
def test_the_pages_only_answer_questions(web, name):
    assert web.post(reverse(f"performance:{name}")).status_code == 405


def test_the_bar_shows_the_word_and_links_to_the_page(web, store, judged, now):
    judged(store(now - timedelta(seconds=30), memory_percent=95.0))
    judged(store(now, memory_percent=95.0))
    Alert.objects.update(began_at=now - timedelta(days=2))  # told in days, not in seconds
    answer = web.get(reverse("performance:status"))
    html = answer.json()["fragments"]["bar"]
    assert f'href="{reverse("performance:overview")}"' in html
    assert "Degraded" in html
    assert "memory at 95 % (limit 85 %)" in html
    assert "<svg" in html
    assert answer.json()["word"] == "Degraded"
    assert answer["X-Ask-Again"] == "30"
    assert web.get(reverse("performance:status"), headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_a_signed_out_bar_gets_401_and_no_form(client):
    answer = client.get(reverse("performance:status"))
    assert answer.status_code == 401
    assert "<form" not in answer.content.decode()


def test_trouble_leads_the_title_and_changes_the_icon(web, store, judged, now):
    store(now)
    assert 'href="/static/valor/favicon.svg" type' in page(web).content.decode()
    judged(store(now, disk_percent=93.0))
    html = page(web).content.decode()
    assert "<title>Degraded: Performance · Valor IVX</title>" in html
    assert 'href="/static/valor/favicon-degraded.svg" type' in html


def test_the_poll_brings_the_bar_and_leaves_out_charts_that_are_drawn(web, fill, now, store):
    fill(now - timedelta(seconds=30), timedelta(minutes=10))
    first = poll(web).json()
    assert "bar-status" in first["fragments"]["bar"]
    again = poll(web, **{"X-Drawn": first["drawn"]}).json()
    assert "charts" not in again
    assert again["fragments"].keys() == first["fragments"].keys()
    store(now)
    assert set(poll(web, **{"X-Drawn": first["drawn"]}).json()["charts"]) == set(SLUGS)


def test_what_happened_between_two_samples_is_news(web, fill, now):
    fill(now, timedelta(minutes=10))
    again = {"If-None-Match": poll(web)["ETag"]}
    PlatformEvent.objects.create(at=timezone.now(), host="web-1", part="web", kind="started", version="2.0 later")
    answer = poll(web, **again)
    assert answer.status_code == 200
    assert [mark["kind"] for mark in answer.json()["marks"]] == ["start"]
    assert "2.0 later" in answer.json()["fragments"]["marks"]


def test_a_tag_that_a_proxy_made_weak_is_still_the_same(web, fill, now):
    fill(now, timedelta(minutes=10))
    assert poll(web, **{"If-None-Match": f"W/{poll(web)['ETag']}"}).status_code == 304


# The first look after a sample, and every other until the next: of session and user three, of the status five, and
# for each category of the cards or charts the last sample and what is not kept of its series; of a poll what happened.
BUDGETS = {"overview": (9, 8), "data": (10, 9)}


@pytest.fixture
def busy(fill, store_all, worker, now):
    """Two hours of the system, then a sample of everything, and a worker."""
    fill(now - timedelta(seconds=30), timedelta(hours=2))
    store_all(now)
    thresholds()


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("name", BUDGETS)
def test_page_and_poll_read_nothing_twice(web, name, django_assert_num_queries):
    for queries in BUDGETS[name]:
        with django_assert_num_queries(queries):
            assert web.get(reverse(f"performance:{name}")).status_code == 200


@pytest.mark.usefixtures("busy")
def test_an_operators_poll_asks_a_few_more_and_no_more_with_alerts(client, operator, judged, store, now):
    client.force_login(operator)
    judged(store(now, disk_percent=93.0))
    Alert.objects.update(began_at=now - timedelta(days=2))  # told in days, not in seconds
    poll(client)
    with CaptureQueriesContext(connection) as asked:
        answer = poll(client)
    # Besides those of an analyst: the silences, the advice, the last actions, and two of the first steps.
    assert len(asked) <= BUDGETS["data"][1] + 5
    tag = {"If-None-Match": answer["ETag"]}
    with CaptureQueriesContext(connection) as again:
        assert poll(client, **tag).status_code == 304
    assert len(again) <= len(asked)


def test_a_poll_over_a_day_stays_within_its_queries(web, fill, now, django_assert_num_queries):
    fill(now, timedelta(hours=24))
    thresholds()
    forecasts(timezone.now())  # kept for as long as they are
    with django_assert_num_queries(10):
        answer = poll(web, "?range=24h")
    assert len(answer.json()["charts"]["cpu"]["data"][0]) <= 500


def test_a_304_costs_no_series(web, fill, now, django_assert_num_queries):
    fill(now, timedelta(hours=24))
    tag = poll(web, "?range=24h")["ETag"]
    with django_assert_num_queries(9):  # one of them for what happened
        poll(web, "?range=24h", **{"If-None-Match": tag})


def test_the_answer_is_strict_json_even_where_a_reading_was_not_a_number(web, store, now):
    store(now, load_1=None)
    json.loads(poll(web).content, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_a_panel_declared_twice_or_with_mixed_units_is_refused(monkeypatch):
    monkeypatch.setattr(panels, "PANELS", dict(PANELS))

    class Twin(Panel):
        slug, title, card, lines = "cpu", "CPU again", "cpu_percent", ("cpu_percent",)

    class Mixed(Panel):
        slug, title, card, lines = "mixed", "Mixed", "cpu_percent", ("cpu_percent", "load_1")

    for panel, why in ((Twin, "declared twice"), (Mixed, "one unit")):
        with pytest.raises(ValueError, match=why):
            register(panel)


def test_operators_may_look_at_samples_in_the_admin_and_change_nothing(client, operator, store, now):
    sample = store(now)
    client.force_login(operator)
    listing = reverse("admin:performance_systemsample_changelist")
    assert "web-1" in client.get(listing).content.decode()
    one = reverse("admin:performance_systemsample_change", args=[sample.pk])
    assert client.get(one).status_code == 200
    assert client.post(one, {"cpu_percent": "1"}).status_code == 403
    assert client.get(reverse("admin:performance_systemsample_add")).status_code == 403
    client.post(listing, {"action": "delete_selected", "_selected_action": [sample.pk], "post": "yes"})
    assert SystemSample.objects.filter(pk=sample.pk, cpu_percent=12.0).exists()
