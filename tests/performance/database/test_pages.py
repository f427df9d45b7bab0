"""The database page and its poll: for operators."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from performance.metrics import DATABASE
from performance.models import ProcessReading
from performance.panels import panels_of

pytestmark = pytest.mark.django_db
PAGE, POLL, OVERVIEW = (f"performance:{name}" for name in ("database", "database-data", "overview"))


@pytest.fixture
def web(client, operator, worker):
    client.force_login(operator)
    return client


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_page_leads_with_the_status_then_cards_charts_and_facts(web, store, store_database, now):
    store(now)
    store_database(now)
    html = web.get(reverse(PAGE)).content.decode()
    order = [
        html.index("Healthy: CPU 12 %"),
        html.index('aria-label="Current figures"'),
        *(html.index(f'id="chart-{panel.slug}"') for panel in panels_of(DATABASE)),
        html.index("PostgreSQL 18.4, 9.5 MB, reads in 0.40 ms, writes in 1.20 ms."),
        html.index("Largest tables"),
    ]
    assert order == sorted(order)


def test_tables_connections_processes_and_long_transactions_are_shown(web, store_database, now):
    store_database(now)
    text = text_of(web.get(reverse(PAGE)))
    assert "tasks_job 98.3 kB 90.1 kB 7 2" in text
    assert "12 of 97 allowed" in text
    assert "idle 11" in text
    assert "web 4711 0.8 3 16 0" in text
    assert "77 (psql) 72 active SELECT ?" in text


def test_a_reading_that_failed_is_named_with_its_reason(web, store_database, now):
    store_database(now, detail={"failed": {"locks": "InsufficientPrivilege: permission denied"}}, read_ms=None)
    text = text_of(web.get(reverse(PAGE)))
    assert "The reading “locks” failed: InsufficientPrivilege: permission denied" in text
    assert "reads in –" in text


def test_a_damaged_file_is_said_by_page_and_status(web, store, store_database, now):
    store(now)
    store_database(now, sound=False, checked_at=now)
    text = text_of(web.get(reverse(PAGE)))
    assert "Damaged" in text
    assert "Degraded for 0 s: the database file on web-1 is damaged, restore a backup." in text


def test_before_the_first_sample_it_names_the_next_step(web):
    response = web.get(reverse(PAGE))
    assert response.status_code == 200
    assert "manage.py sample_metrics" in response.content.decode()


def test_an_unknown_host_is_named_and_the_default_shown(web, store_database, now):
    store_database(now)
    response = web.get(reverse(PAGE) + "?host=nowhere")
    assert response.status_code == 400
    assert "nowhere" in text_of(response)
    assert "Largest tables" in text_of(response)


def test_the_poll_brings_the_same_fragments_and_the_charts(web, store_database, now):
    store_database(now - timedelta(seconds=30))
    store_database(now)
    answer = web.get(reverse(POLL)).json()
    assert set(answer["fragments"]) == {"bar", "status", "cards", "database", "marks"}
    assert "tasks_job" in answer["fragments"]["database"]
    assert set(answer["charts"]) == {panel.slug for panel in panels_of(DATABASE)}
    assert answer["charts"]["database-latency"]["data"][1:] == [[2.0, 2.0], [0.4, 0.4], [1.2, 1.2]]


def test_with_nothing_new_the_poll_answers_304(web, store_database, now):
    store_database(now)
    tag = web.get(reverse(POLL))["ETag"]
    assert web.get(reverse(POLL), headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("name", [PAGE, POLL])
def test_analysts_are_refused_and_nobody_writes(client, analyst, operator, name):
    client.force_login(analyst)
    assert client.get(reverse(name)).status_code == 403
    client.force_login(operator)
    assert client.post(reverse(name)).status_code == 405


def test_signed_out_the_page_leads_to_sign_in_and_the_poll_says_so(client):
    assert client.get(reverse(PAGE)).status_code == 302
    assert client.get(reverse(POLL)).status_code == 401


def test_the_overview_links_to_it_for_operators_only(client, web, analyst):
    link = f'href="{reverse(PAGE)}"'
    assert link in web.get(reverse(OVERVIEW)).content.decode()
    client.force_login(analyst)
    assert link not in client.get(reverse(OVERVIEW)).content.decode()


# Of the poll six for what happened, which every operator is told alike until the next sample.
@pytest.mark.parametrize("budget", [(PAGE, 10), (POLL, 16)])
def test_page_and_poll_stay_within_their_queries(web, store_database, now, budget, django_assert_num_queries):
    name, most = budget
    for age in range(0, 3600, 30):
        store_database(now - timedelta(seconds=age))
    with django_assert_num_queries(most):
        assert web.get(reverse(name)).status_code == 200


def test_operators_may_look_at_samples_and_processes_in_the_admin_and_change_nothing(web, store_database, now):
    sample = store_database(now)
    process = ProcessReading.objects.create(host="web-1", role="web", pid=1, started_at=now, updated_at=now)
    for name, row in (("databasesample", sample), ("processreading", process)):
        assert "web-1" in web.get(reverse(f"admin:performance_{name}_changelist")).content.decode()
        one = reverse(f"admin:performance_{name}_change", args=[row.pk])
        assert web.get(one).status_code == 200
        assert web.post(one, {"host": "web-2"}).status_code == 403
