"""What requests and jobs took: by route, method and status, by kind and outcome, and where the time went."""

from __future__ import annotations

import gc
import time

import pytest
from django.core.cache import cache
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from performance import counted, scope, work
from performance.cache.call import landed
from performance.cache.flights import Flight
from performance.histogram import RELATIVE_ERROR
from performance.instruments import measure
from performance.middleware import RequestScope
from performance.totals import Task
from tasks import registry, services
from tasks.testing import run_pending
from valor.lib.errors import Unavailable

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def from_zero():
    work.forget()
    yield
    work.forget()
    assert scope.busy() == 0


def served(view, path: str = "/x/", method: str = "GET"):
    return RequestScope(view)(RequestFactory().generic(method, path))


def only():
    ((task, spent),) = work.collect().items()
    return task, spent


def test_a_request_is_counted_by_route_method_and_status(client, analyst):
    client.force_login(analyst)
    client.get("/jobs/5c2a0e5e-6d0f-4c8e-9a3f-0d3b5b1f2a77/")
    task, spent = only()
    assert task == Task("request", "/jobs/<uuid:job_id>/", "GET", "404")
    assert spent.times.count == 1
    assert spent.named["statements"] >= 1
    assert 0 < spent.named["database"] < spent.times.total
    assert spent.named["cpu"] > 0
    assert spent.sizes.total > 100


def test_paths_that_lead_nowhere_and_files_are_one_each(client, db):
    for path in ("/no/such/", "/neither/", "/static/no/such.css"):
        client.get(path)
    served(lambda request: HttpResponse(), "/static/valor/a.css")
    served(lambda request: HttpResponse(status=304), "/static/valor/b.css")
    counts = {(task.name, task.status): spent.times.count for task, spent in work.collect().items()}
    assert counts == {("unrouted", "404"): 3, ("static files", "200"): 1, ("static files", "304"): 1}


def test_what_was_refused_is_one_whatever_its_route(client, analyst):
    for path in ("/jobs/", "/performance/", "/admin/", "/api/jobs"):
        for method in ("get", "put", "options"):
            getattr(client, method)(path)
    client.force_login(analyst)
    client.put("/jobs/")
    client.post("/performance/settings/test/")
    assert {task.name for task in work.collect()} == {"refused"}
    assert {task.status for task in work.collect()} == {"302", "401", "403", "405"}


def test_a_redirect_that_is_no_refusal_is_counted_at_its_route(client, analyst):
    client.force_login(analyst)
    client.post("/sign-out/")
    assert only()[0].name != "refused"


def test_an_exception_is_an_error_of_the_server():
    def broken(request):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        served(broken)
    assert only()[0].status == "500"


def test_a_view_that_breaks_is_counted_at_its_route(client, analyst, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("performance.views.current_status", broken)
    client.force_login(analyst)
    client.raise_request_exception = False
    client.get("/performance/status/")
    assert Task("request", "/performance/status/", "GET", "500") in work.collect()


def test_a_made_up_method_is_no_series_of_its_own():
    served(lambda request: HttpResponse(), method="BREW")
    assert only()[0].method == "OTHER"


def test_a_streamed_answer_counts_when_its_last_part_is_sent():
    def parts():
        yield b"12345"
        time.sleep(0.05)
        yield b"678"

    response = served(lambda request: StreamingHttpResponse(parts()))
    assert (work.collect(), scope.busy()) == ({}, 1)
    assert b"".join(response.streaming_content) == b"12345678"
    response.close()
    task, spent = only()
    assert (task.status, spent.sizes.total) == ("200", 8)
    assert spent.times.total >= 0.05


def test_a_stream_that_breaks_on_the_way_is_an_error():
    def parts():
        yield b"12345"
        raise ZeroDivisionError

    response = served(lambda request: StreamingHttpResponse(parts()))
    with pytest.raises(ZeroDivisionError):
        list(response.streaming_content)
    response.close()
    assert only()[0].status == "500"


def test_a_stream_that_nobody_reads_to_its_end_counts_what_was_sent():
    response = served(lambda request: StreamingHttpResponse(iter([b"12", b"34"])))
    next(iter(response.streaming_content))
    response.close()
    response.close()
    task, spent = only()
    assert (task.status, spent.times.count, spent.sizes.total) == ("200", 1, 2)


def test_a_stream_that_is_neither_read_nor_closed_is_not_in_hand_for_ever():
    served(lambda request: StreamingHttpResponse(iter([b"12"])))
    gc.collect()
    assert only()[1].times.count == 1


def test_a_file_stays_one_that_the_server_may_send_by_itself(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"1234567")
    response = served(lambda request: FileResponse((tmp_path / "a.txt").open("rb")))
    assert response.file_to_stream is not None
    assert scope.busy() == 1
    response.close()
    assert only()[1].sizes.total == 7


def test_the_time_of_a_request_is_split():
    def view(request):
        with measure("outside", target="data.example"):
            time.sleep(0.03)
        scope.spend("cache", 0.02)
        until = time.thread_time() + 0.04
        while time.thread_time() < until:
            pass
        return HttpResponse()

    served(view)
    spent = only()[1]
    assert spent.named["outside"] >= 0.03
    assert spent.named["cache"] == 0.02
    assert spent.named["cpu"] >= 0.04
    assert spent.times.total >= 0.07


def test_waiting_for_anothers_computation_is_time_of_the_cache():
    entered = scope.enter(scope.Kind.REQUEST, "/x/")
    assert not landed(Flight(0), 0.03)
    scope.leave(entered)
    assert only()[1].named["cache"] >= 0.03


def test_calls_of_a_redis_that_is_away_are_counted_and_booked(redis_away):
    entered = scope.enter(scope.Kind.REQUEST, "/x/")
    cache.get("anything")
    scope.leave(entered)
    assert only()[1].named["cache"] > 0
    assert counted.collect().counts["shared_cache_failures", ()] >= 1


def fail(ctx, parameters):
    raise ZeroDivisionError


def be_away(ctx, parameters):
    raise Unavailable("The server of somebody else is away.")


@pytest.mark.parametrize(
    ("handler", "outcome"), [(lambda ctx, parameters: {}, "done"), (fail, "failed"), (be_away, "paused")]
)
def test_an_attempt_at_a_job_is_counted_by_kind_and_outcome(analyst, handler, outcome):
    registry.job("tests.worked")(handler)
    try:
        services.submit("tests.worked", {}, owner=analyst)
        run_pending()
    finally:
        registry.forget("tests.worked")
    jobs = {task.status: spent for task, spent in work.collect().items() if task.kind == "job"}
    assert list(jobs) == [outcome]
    assert jobs[outcome].named["statements"] >= 1


def test_there_are_never_more_series_than_the_most(monkeypatch):
    monkeypatch.setattr(work, "MOST_TASKS", 3)
    for number in range(10):
        entered = scope.enter(scope.Kind.REQUEST, f"/{number}/")
        entered.notes[work.STATUS] = 200 if number % 2 else 404
        scope.leave(entered)
    counts = {(task.name, task.status): spent.times.count for task, spent in work.collect().items()}
    assert {key: count for key, count in counts.items() if key[0] == "other"} == {
        ("other", "2xx"): 4,
        ("other", "4xx"): 3,
    }
    assert counted.collect().folded["work"] == 7


def test_the_sizes_of_many_answers_are_told_within_the_stated_error():
    for size in range(1, 201):
        served(lambda request, size=size: HttpResponse(b"x" * size))
    sizes = only()[1].sizes
    assert sizes.quantile(0.5) == pytest.approx(100, rel=RELATIVE_ERROR)
    assert sizes.total == sum(range(1, 201))
