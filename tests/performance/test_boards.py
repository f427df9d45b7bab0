"""The boards of requests, processes, cache and workers, the cards of the overview, and the charts in the admin."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from performance.boards import CACHE_BOARD, OVERVIEW, PROCESSES, REQUESTS, WORKERS
from performance.lease import this_host
from performance.metrics import CATEGORIES
from performance.models import ApplicationSample, CacheSample, TaskSample
from performance.words import OF_COUNT

pytestmark = pytest.mark.django_db
BOARDS = [REQUESTS, PROCESSES, CACHE_BOARD, WORKERS]
NAMES = [board.name for board in BOARDS]
KINDS = ["systemsample", "applicationsample", "databasesample", "cachesample", "tasksample"]


@pytest.fixture
def web(client, operator, worker):
    client.force_login(operator)
    return client


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.mark.parametrize("board", BOARDS, ids=NAMES)
def test_a_board_shows_cards_then_charts_and_its_poll_brings_both(web, store_all, now, board):
    store_all(now)
    html = web.get(reverse(f"performance:{board.name}")).content.decode()
    order = [html.index('aria-label="Current figures"'), *(html.index(f'"chart-{p.slug}"') for p in board.panels)]
    assert order == sorted(order)
    answer = web.get(reverse(f"performance:{board.name}-data"), {"host": "web-1"}).json()
    assert set(answer["charts"]) == {panel.slug for panel in board.panels}
    assert answer["fragments"]["cards"].count("<article") == len(board.cards)
    assert set(answer["fragments"]) == {"bar", *board.fragments, "marks"}


@pytest.mark.parametrize("board", BOARDS, ids=NAMES)
def test_before_the_first_sample_a_board_is_empty_and_its_poll_waits_for_one(web, board):
    page = web.get(reverse(f"performance:{board.name}"))
    assert page.status_code == 200
    source = re.search(r'data-source="([^"]+)"', page.content.decode())[1].replace("&amp;", "&")
    assert f"host={this_host()}" in source
    answer = web.get(source)
    assert answer.status_code == 200
    assert all("samples in this time range" in chart["summary"] for chart in answer.json()["charts"].values())


@pytest.mark.parametrize("name", NAMES)
def test_boards_are_for_operators_only(client, analyst, name):
    page, data = reverse(f"performance:{name}"), reverse(f"performance:{name}-data")
    assert client.get(page).status_code == 302
    assert client.get(data).status_code == 401
    client.force_login(analyst)
    assert client.get(page).status_code == 403
    assert client.get(data).status_code == 403
    assert f'href="{page}"' not in client.get(reverse("performance:overview")).content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_operators_get_there_from_the_overview(web, name):
    assert f'href="{reverse(f"performance:{name}")}"' in web.get(reverse("performance:overview")).content.decode()


@pytest.mark.parametrize("name", ["requests", "processes"])
def test_they_only_answer_questions(web, name):
    assert web.post(reverse(f"performance:{name}")).status_code == 405
    assert web.post(reverse(f"performance:{name}-data")).status_code == 405


@pytest.mark.parametrize("name", NAMES)
def test_a_range_that_does_not_exist_is_refused_by_name(web, store_all, now, name):
    store_all(now)
    page = web.get(reverse(f"performance:{name}"), {"range": "3h"})
    assert page.status_code == 400
    assert "Choose one of 1h, 6h, 24h, 7d, 30d, 1y" in text_of(page)
    assert web.get(reverse(f"performance:{name}-data"), {"host": "nowhere"}).status_code == 400


@pytest.mark.parametrize("name", NAMES)
def test_nothing_on_a_board_is_inline(web, store_all, now, name):
    store_all(now)
    html = web.get(reverse(f"performance:{name}")).content.decode()
    assert not re.search(r'\sstyle="|\son\w+=', html)
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []


def test_routes_are_told_with_where_their_time_went(web, store_all, now):
    store_all(now)
    text = text_of(web.get(reverse("performance:requests")))
    assert "/companies/ GET 100" in text
    assert re.search(r"2 12\.0 ms 45\.0 ms 2\.00 50 % 5 % – 25 %", text)
    assert "/portfolios/&lt;int:pk&gt;/ POST 20" in text


def test_processes_are_told_the_busiest_first(web, store_all, now):
    store_all(now)
    text = text_of(web.get(reverse("performance:processes")))
    assert text.index("worker 12 110.0 90.0 MB 4 12") < text.index("web 11 20.0 150.0 MB 9 30")


def test_a_sample_without_routes_and_processes_says_so(web, store_all, now):
    store_all(now)
    ApplicationSample.objects.update(detail={})
    assert "No request was finished since the sample before" in text_of(web.get(reverse("performance:requests")))
    assert "No process of the product was measured yet" in text_of(web.get(reverse("performance:processes")))


def test_the_overview_has_cards_of_every_category_in_their_places(web, store_all, now):
    store_all(now)
    html = web.get(reverse("performance:overview")).content.decode()
    labels = re.findall(r'<h2 class="label"><a href="/performance/\w+/">([^<]+)</a></h2>', html)
    assert labels == [lead.metric.label for lead in OVERVIEW.cards]
    text = text_of(web.get(reverse("performance:overview")))
    for figure in ("4.0 /s", "45.0 ms", "91.0 %", "0.5 %", "12.4 %", "4.0 s"):
        assert figure in text


def test_a_category_without_samples_keeps_its_place_and_is_unknown(web, store, now):
    store(now)
    html = web.get(reverse("performance:overview")).content.decode()
    cards = re.findall(r"<article.*?</article>", html, re.DOTALL)
    assert len(cards) == len(OVERVIEW.cards)
    hits = next(card for card in cards if "Cache hits" in card)
    assert "Unknown" in hits and "–" in hits


def test_where_nothing_was_asked_the_cards_say_so(web, store_all, now, analyst_api):
    store_all(now)
    none = dict.fromkeys(("latency_p50", "latency_p95", "latency_p99", "error_percent", "client_error_percent"))
    ApplicationSample.objects.update(request_count=0, request_rate=0.0, **none)
    CacheSample.objects.update(lookup_count=0, hit_percent=None, local_hit_percent=None)
    TaskSample.objects.update(finished_count=0, failed_percent=None)
    html = web.get(reverse("performance:overview")).content.decode()
    cards = {
        re.search(r"<h2[^>]*>(?:<a[^>]*>)?([^<]+)", card)[1]: card
        for card in re.findall(r"<article.*?</article>", html, re.DOTALL)
    }
    for label, word in (
        ("Latency, p95", "No requests"),
        ("Server errors", "No requests"),
        ("Cache hits", "No lookups"),
    ):
        assert f"{word}</span>" in cards[label]
        assert '<p class="figure">–' in cards[label]
        assert 'class="card perf-card"' in cards[label]
    assert "Healthy</span>" in cards["Requests"]
    told = analyst_api.get("/api/performance/summary/").json()["data"]["figures"]
    states = {(figure["category"], figure["name"]): figure["state"] for figure in told}
    assert states["application", "latency_p99"] == states["application", "error_percent"] == "No requests"
    assert states["cache", "hit_percent"] == states["cache", "local_hit_percent"] == "No lookups"
    assert states["tasks", "failed_percent"] == "No jobs"
    ApplicationSample.objects.update(request_count=None)
    assert web.get(reverse("performance:overview")).content.decode().count("No requests</span>") == 0


def test_whatever_a_figure_tells_of_there_is_a_word_for_none_of_it():
    supports = {metric.support for category in CATEGORIES.values() for metric in category.metrics if metric.support}
    assert supports == set(OF_COUNT)


def test_a_silent_categorys_last_figures_are_unknown(web, store, store_all, now):
    store_all(now - timedelta(hours=1))
    store(now)
    cards = re.findall(r"<article.*?</article>", web.get(reverse("performance:overview")).content.decode(), re.DOTALL)
    states = {re.search(r"<h2[^>]*>(?:<a[^>]*>)?([^<]+)", card)[1]: "Unknown" in card for card in cards}
    assert states["CPU"] is False
    assert states["Requests"] is True


def test_the_cache_page_says_whose_figures_it_sums(web, store_all, now):
    store_all(now)
    assert "Counted by the process that answers since it started" in text_of(web.get(reverse("performance:cache")))


@pytest.mark.parametrize("kind", KINDS)
def test_the_admin_draws_the_main_figures_above_the_list(web, operator, store_all, now, kind):
    operator.is_staff = True
    operator.save()
    store_all(now)
    store_all(now, host="web-2")
    listing = reverse(f"admin:performance_{kind}_changelist")
    html = web.get(listing, {"host": "web-2"}).content.decode()
    assert html.count("<time-chart") >= 2
    assert "admin-charts.js" in html
    source = re.search(r'data-source="([^"]+)"', html)[1].replace("&amp;", "&")
    charts = web.get(source).json()["charts"]
    assert "host=web-2" in source
    assert set(re.findall(r'id="chart-([\w-]+)"', html)) <= set(charts)
    assert web.get(listing, {"host": "nowhere"}).status_code == 200
    assert re.findall(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", html) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_admins_list_is_empty_without_samples_and_closed_to_analysts(web, operator, analyst, client, kind):
    operator.is_staff = True
    operator.save()
    listing = reverse(f"admin:performance_{kind}_changelist")
    assert web.get(listing).status_code == 200
    client.force_login(analyst)
    assert client.get(listing).status_code in (302, 403)


@pytest.mark.parametrize("name", NAMES)
def test_what_belongs_to_the_overview_is_not_on_a_board(web, store_all, now, name):
    store_all(now)
    text = text_of(web.get(reverse(f"performance:{name}")))
    assert "Open alerts" not in text and "What would help" not in text
    assert "Open alerts" in text_of(web.get(reverse("performance:overview")))


def test_analysts_are_told_of_alerts_and_given_no_advice(client, analyst, store_all, now):
    store_all(now)
    client.force_login(analyst)
    text = text_of(client.get(reverse("performance:overview")))
    assert "No alert is open." in text
    assert "What would help" not in text
