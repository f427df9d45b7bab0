"""The workers page: for operators, led by one sentence, live."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from performance.status import current_status
from performance.words import Word
from performance.workers import sentence, word
from tasks.models import Job, Schedule, Worker
from tasks.readings import reading

PAGE = "/performance/workers/"
HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def watching(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def make(now):
    """A job of any state, as others leave it behind."""

    def one(state: str, **fields) -> Job:
        defaults = {"kind": "tasks.selftest", "fingerprint": uuid4().hex, "queued_at": now}
        return Job.objects.create(state=state, **defaults | fields)

    return one


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_it_leads_with_one_sentence_then_workers_queue_schedules_and_kinds(watching, worker):
    html = watching.get(PAGE).content.decode()
    order = [
        html.index(words)
        for words in ("Workers healthy: 1 there", "Worker processes", "Queue<", "Schedules<", "By kind")
    ]
    assert order == sorted(order)


def test_a_busy_worker_shows_its_job_memory_and_heartbeat(watching, worker, make, now):
    Worker.objects.filter(pk=worker.pk).update(memory=142_000_000, jobs_done=1234)
    begun = {"worker_id": worker.pk, "claimed_at": now - timedelta(seconds=65), "started_at": now}
    job = make("running", label="A secret deal", **begun)
    answer = watching.get(PAGE)
    text = text_of(answer)
    assert re.search(r"web-1 4242 Busy Self-test 1 min \d s 1,234 142\.0 MB", text)
    assert f'href="/jobs/{job.pk}/"' in answer.content.decode()
    assert "A secret deal" not in text


def test_a_worker_on_a_part_links_to_the_whole_job(watching, worker, make, now):
    whole = make("running", parts_total=2, parts_left=2)
    make("running", parent=whole, worker_id=worker.pk, claimed_at=now)
    assert f'part of <a href="/jobs/{whole.pk}/">' in watching.get(PAGE).content.decode()


def test_queue_kinds_and_schedules_are_shown(watching, worker, make, now):
    make("queued", priority=300, queued_at=now - timedelta(seconds=90))
    started = now - timedelta(seconds=3)
    make("failed", queued_at=started - timedelta(seconds=1), started_at=started, finished_at=now, attempt=3)
    Schedule.objects.create(kind="tasks.prune", due_at=now, queued_at=now)
    answer = watching.get(PAGE)
    text = text_of(answer)
    assert re.search(r"Bulk 1 1 min 3\d s", text)
    assert "Normal 0 –" in text
    assert "Self-test 1 0 1 0 2 0.00 1.0 s 1.0 s 1.0 s 3.0 s 3.0 s 3.0 s" in text
    assert re.search(r"Prune old jobs 1 h \d{4}-", text)
    assert '/jobs/?state=failed&amp;kind=tasks.selftest"' in answer.content.decode()


def test_the_sentence_says_who_works_what_waits_and_what_finished(make, worker, now):
    assert (
        sentence(reading(now)) == "Workers healthy: 1 there, none busy; nothing waits; none finished in the last 5 min."
    )
    make("running", worker_id=worker.pk, claimed_at=now)
    Worker.objects.create(host="web-2", pid=1, started_at=now, last_seen=now - timedelta(minutes=1))
    make("queued", queued_at=now - timedelta(seconds=12))
    assert sentence(reading(now)).startswith("Workers healthy: 1 there, 1 busy, 1 silent; 1 job waits, for 12 s;")
    make("queued", queued_at=now - timedelta(seconds=20))
    for state in ("done", "failed"):
        make(state, started_at=now, finished_at=now)
    assert sentence(reading(now)).endswith("2 jobs wait, the oldest for 20 s; 2 finished in the last 5 min, 1 failed.")


def test_parts_of_a_run_under_way_wait_for_nobody(make, worker, now):
    run = make("running", parts_total=3, parts_left=2)
    for _ in range(2):
        make("queued", parent=run, queued_at=now - timedelta(minutes=5))
    assert "2 jobs wait, of runs under way; " in sentence(reading(now))


@pytest.mark.parametrize(("age", "expected"), [(None, Word.DEGRADED), (60, Word.DEGRADED), (1, Word.HEALTHY)])
def test_the_word_is_that_of_the_platforms_status(now, store, age, expected):
    store(now)
    if age is not None:
        Worker.objects.create(host="web-1", pid=1, started_at=now, last_seen=now - timedelta(seconds=age))
    assert word(reading(now)) is expected
    assert next(part.word for part in current_status(now).parts if part.name == "workers") is expected


def test_without_workers_the_page_names_the_exact_next_step(watching):
    text = text_of(watching.get(PAGE))
    assert "Workers degraded: none runs, start manage.py run_worker;" in text
    assert "No worker has been here lately: start manage.py run_worker" in text
    assert "No job finished in this time." in text


def test_htmx_gets_the_moving_part_alone_and_is_told_when_to_ask_again(watching, worker, make):
    idle = watching.get(PAGE, headers=HTMX)
    assert "<html" not in idle.content.decode()
    assert 'data-ask-again="5000"' in idle.content.decode()
    assert "HX-Request" in idle.headers["Vary"]
    assert "no-store" in idle.headers["Cache-Control"]
    make("queued")
    assert 'data-ask-again="2000"' in watching.get(PAGE, headers=HTMX).content.decode()


def test_it_is_for_operators_only(client, analyst):
    assert client.get(PAGE).status_code == 302
    assert client.get(PAGE, headers=HTMX).status_code == 401
    client.force_login(analyst)
    assert client.get(PAGE).status_code == 403


def test_it_only_answers_questions(watching):
    assert watching.post(PAGE).status_code == 405


def test_operators_get_there_from_the_overview_and_from_the_jobs_and_analysts_see_no_dead_link(
    watching, client, analyst
):
    pages = (reverse("performance:overview"), reverse("tasks:jobs"))
    assert all(f'href="{PAGE}"' in watching.get(page).content.decode() for page in pages)
    client.force_login(analyst)
    assert not any(f'href="{PAGE}"' in client.get(page).content.decode() for page in pages)


def test_nothing_on_it_is_inline(watching, worker):
    html = watching.get(PAGE).content.decode()
    assert not re.search(r'\sstyle="|\son\w+=', html)
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []


def test_it_costs_the_same_few_queries_however_much_there_is(watching, make, django_assert_max_num_queries):
    now = timezone.now()
    for pid in range(20):
        worker = Worker.objects.create(host="web-1", pid=pid, started_at=now, last_seen=now)
        make("running", worker_id=worker.pk, claimed_at=now)
        make("done", kind=f"tests.kind{pid}", started_at=now, finished_at=now)
    # Session, user, roles, and the five of a reading.
    with django_assert_max_num_queries(8):
        watching.get(PAGE, headers=HTMX)
