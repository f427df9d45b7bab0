"""What the fleet counted: exact over ends, deaths, sleepers and lost answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from performance import fleet, instruments, reporter, room
from performance.fleet import KEEP, REMEMBER, fold, members, totals, totals_of
from performance.histogram import Histogram
from performance.instruments import collect, count, observe
from performance.models import FleetTotal, ProcessReading, Role
from performance.reporter import Publisher, Reporter
from performance.totals import MOST_SERIES, Kind, Spent, Task, Totals

COUNT = ("steps", ())
VALUES = (Kind.VALUES, "sizes", ())


@pytest.fixture(autouse=True)
def from_zero(request, monkeypatch):
    transaction = request.node.get_closest_marker("django_db")
    request.getfixturevalue("transactional_db" if transaction else "db")
    monkeypatch.setattr(reporter, "_publishers", {})
    reporter.register(Publisher(fleet.NAME, lambda role: collect().as_json()))
    instruments.forget()
    yield
    instruments.forget()


def work(times: int = 1) -> None:
    for _ in range(times):
        count("steps")
        observe("sizes", 3.0)


def known() -> tuple[float, int]:
    """Steps and sizes as the fleet knows them."""
    everything = totals()
    sizes = everything.values.get(VALUES)
    return everything.counts.get(COUNT, 0), sizes.values.count if sizes else 0


def silent(process: Reporter, since: timedelta = KEEP) -> None:
    """As if the process had not written for so long."""
    ProcessReading.objects.filter(pk=process.row.pk).update(updated_at=timezone.now() - since)


def test_one_that_ended_leaves_its_figures_behind():
    process = Reporter(Role.WORKER, host="web-1")
    work(5)
    process.publish(ended=True)
    assert known() == (5, 5)
    assert fold(timezone.now()) == 0
    silent(process)
    assert fold(timezone.now()) == 1
    assert not ProcessReading.objects.exists()
    assert FleetTotal.objects.get(role="worker").processes == 1
    assert known() == (5, 5)
    assert [(member.role, member.host) for member in members()] == [("worker", "")]


def test_one_that_was_killed_is_folded_once_and_remembered_for_a_day():
    process = Reporter(Role.WEB, host="web-1")
    work(5)
    process.publish()
    silent(process)
    assert [fold(timezone.now()), fold(timezone.now())] == [1, 0]
    assert ProcessReading.objects.get().folded_at is not None
    assert known() == (5, 5)
    assert fold(timezone.now() + REMEMBER + KEEP) == 0
    assert not ProcessReading.objects.exists()
    assert known() == (5, 5)


def test_one_that_only_slept_is_counted_once_when_it_is_back():
    process = Reporter(Role.WEB, host="web-1")
    work(5)
    process.publish()
    silent(process)
    fold(timezone.now())
    work(2)
    process.publish()
    assert known() == (7, 7)
    assert FleetTotal.objects.get().processes == 0
    assert ProcessReading.objects.get().folded_at is None
    work()
    process.publish()
    silent(process)
    fold(timezone.now())
    assert known() == (8, 8)


def test_one_that_is_back_after_it_was_forgotten_tells_only_what_is_new():
    process = Reporter(Role.WEB, host="web-1")
    work(5)
    process.publish()
    for _ in range(2):
        silent(process)
        fold(timezone.now())
        ProcessReading.objects.all().delete()
        work(2)
        process.publish()
    assert known() == (9, 9)
    work()
    process.publish()
    assert known() == (10, 10)
    assert not process.publish()


class Lost:
    """Lets a statement through and loses its answer."""

    def __init__(self, verb: str) -> None:
        self.verb = verb

    def __call__(self, execute, sql, params, many, context):
        execute(sql, params, many, context)
        if sql.startswith(self.verb):
            raise OperationalError("connection lost")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["INSERT", "UPDATE"])
def test_a_write_whose_answer_was_lost_counts_once(verb):
    process = Reporter(Role.WEB, host="web-1")
    work(5)
    if verb == "UPDATE":
        process.publish()
        work(1)
    with connection.execute_wrapper(Lost(verb)), pytest.raises(OperationalError):
        process.publish()
    work(2)
    process.publish()
    assert known() == ((8, 8) if verb == "UPDATE" else (7, 7))
    assert ProcessReading.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_lost_answer_before_a_long_sleep_counts_once():
    process = Reporter(Role.WEB, host="web-1")
    work(5)
    process.publish()
    work(1)
    with connection.execute_wrapper(Lost("UPDATE")), pytest.raises(OperationalError):
        process.publish()
    silent(process)
    fold(timezone.now())
    work(2)
    process.publish()
    assert known() == (8, 8)


def test_a_row_that_was_written_meanwhile_is_not_taken():
    process = Reporter(Role.WEB, host="web-1")
    work(5)
    process.publish()
    silent(process)
    stale = ProcessReading.objects.get()
    work(1)
    process.publish()
    assert not fleet.take(stale, timezone.now())
    assert known() == (6, 6)


def test_of_two_sweepers_one_gets_a_row():
    process = Reporter(Role.WEB, host="web-1")
    work(5)
    process.publish(ended=True)
    row = ProcessReading.objects.get()
    assert [fleet.take(row, timezone.now()), fleet.take(row, timezone.now())] == [True, False]


def test_readers_ask_once_however_many_there_are(django_assert_num_queries):
    for number in range(3):
        Reporter(Role.WEB, host=f"web-{number}").publish()
    with django_assert_num_queries(1):
        totals()


def paths_of(number: int) -> None:
    """Counts what no process counted before."""
    instruments.forget()
    for path in range(MOST_SERIES):
        count("paths", path=f"{number}-{path}")
        observe("lengths", 3.0, path=f"{number}-{path}")


def of_paths() -> tuple[int, float, int]:
    """Series of paths that the fleet knows, their sum, and how many lengths there are."""
    everything = totals()
    paths = [amount for (name, _), amount in everything.counts.items() if name == "paths"]
    lengths = [counted.values.count for (_, name, _), counted in everything.values.items() if name == "lengths"]
    return len(paths), sum(paths), sum(lengths)


def test_labels_that_are_new_in_each_process_do_not_pile_up():
    for number in range(4):
        process = Reporter(Role.WORKER, host=f"web-{number}")
        paths_of(number)
        process.publish(ended=True)
        silent(process)
    expected = (MOST_SERIES + 1, 4 * MOST_SERIES, 4 * MOST_SERIES)
    assert of_paths() == expected
    before = totals()
    fold(timezone.now())
    assert of_paths() == expected
    assert (totals().counts, totals().folded) == (before.counts, before.folded)
    assert before.folded == {"paths": 3 * MOST_SERIES, "lengths": 3 * MOST_SERIES}
    kept = FleetTotal.objects.get().readings[fleet.NAME]
    assert (len(kept["counts"]), len(kept["values"])) == (MOST_SERIES + 1, MOST_SERIES + 1)


def test_one_that_only_slept_takes_back_what_was_added_under_shared_labels():
    for number in range(3):
        process = Reporter(Role.WEB, host=f"web-{number}")
        paths_of(number)
        process.publish()
        silent(process)
        fold(timezone.now())
    count("paths", path="2-0")
    process.publish()
    assert FleetTotal.objects.get().processes == 2
    assert of_paths() == (MOST_SERIES + 1, 3 * MOST_SERIES + 1, 3 * MOST_SERIES)
    kept = totals_of(FleetTotal.objects.get().readings)
    assert kept.counts["paths", (("path", "other"),)] == MOST_SERIES
    assert kept.folded["paths"] == MOST_SERIES


def test_work_beyond_the_most_is_told_as_shared_with_its_kind_and_class(monkeypatch):
    monkeypatch.setattr(room, "MOST_TASKS", 2)
    known, told = Totals(), Totals()
    known.work = {Task("request", f"/{name}/", "GET", "200"): Spent() for name in "ab"}
    told.work = {
        Task("request", "/a/", "GET", "200"): Spent(Histogram().add(1.0)),
        Task("request", "/c/", "GET", "500"): Spent(Histogram().add(2.0)),
        Task("request", "/d/", "GET", "502"): Spent(Histogram().add(3.0)),
        Task("job", "x.y", "", "done"): Spent(Histogram().add(4.0)),
    }
    counted = {task: spent.times.total for task, spent in room.fitted(told, known).work.items()}
    assert counted == {
        Task("request", "/a/", "GET", "200"): 1.0,
        Task("request", "other", "other", "5xx"): 5.0,
        Task("job", "other", "other", "other"): 4.0,
    }


def test_what_a_broken_publisher_had_told_before_still_counts():
    process = Reporter(Role.WEB, host="web-1")
    work(5)
    process.publish()

    def broken(role: Role) -> dict:
        raise ValueError("not now")

    reporter._publishers[fleet.NAME] = Publisher(fleet.NAME, broken)
    process.publish(ended=True)
    assert known() == (5, 5)
    assert ProcessReading.objects.get().readings[fleet.NAME]["failed"] == "ValueError: not now"
