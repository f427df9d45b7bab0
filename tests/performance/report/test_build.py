"""What the sections find in stored samples, and the command that prints them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from performance.models import Anomaly, ApplicationSample, CacheSample, DatabaseSample, SlowQuery, TaskSample
from performance.report import details as details_module
from performance.report.build import build
from performance.report.details import details, grouped, usual
from performance.report.sections import ORDER, declared
from performance.timerange import Window
from performance.words import Nothing

pytestmark = pytest.mark.django_db
ROUTE = {
    "route": "/companies/",
    "method": "GET",
    "count": 100,
    "errors": 1,
    "p50": 0.05,
    "p95": 0.2,
    "seconds": 6.0,
    "cpu": 1.0,
    "database": 4.5,
    "cache": 0.1,
    "outside": 0,
}


@pytest.fixture
def window(now):
    return Window(now - timedelta(hours=24), now, "24h")


@pytest.fixture
def sampled(store, now):
    """A host whose categories are filled by what a test wants to see."""
    store(now)

    def add(model, minutes: int, detail, host: str = "web-1", **columns):
        at = now - timedelta(minutes=minutes)
        model.objects.create(host=host, taken_at=at, interval=30, detail=detail, **columns)

    return add


def content(window, name: str):
    return next(part.content for part in build(window).parts if part.name == name)


def rows(window, name: str):
    return [dict(row) for row in content(window, name).tables[0].rows]


def report(*arguments: str) -> str:
    out = StringIO()
    call_command("performance_report", *arguments, stdout=out)
    return out.getvalue()


def test_sections_come_in_the_declared_order():
    names = [section.name for section in declared()]
    assert names == [name for name in ORDER if name in names]
    assert {"trends", "forecasts", "anomalies", "routes", "statements", "cache", "jobs"} <= set(names)


def test_routes_are_merged_over_samples_and_hosts(sampled, window):
    sampled(ApplicationSample, 10, {"routes": [ROUTE]})
    sampled(ApplicationSample, 5, {"routes": [ROUTE | {"count": 300, "p95": 0.4, "errors": 3, "seconds": 30.0}]})
    sampled(ApplicationSample, 5, {"routes": [ROUTE | {"route": "/jobs/", "seconds": 90.0}]}, host="web-2")
    sampled(ApplicationSample, 60 * 25, {"routes": [ROUTE | {"seconds": 1e6}]})
    first, second = rows(window, "routes")
    assert first["route"] == "/jobs/"
    assert second["count"] == 400
    assert second["error_percent"] == 1
    assert second["seconds"] == 36
    assert (second["p95"], second["worst_p95"]) == (0.4, 0.4)
    assert second["spent"] == "not measured 69 %"


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"cpu": 2.1, "database": 0.5}, "not measured 74 %"),
        ({"cpu": 4.1}, "CPU 41 %"),
        ({"cpu": 3.0, "database": 3.0, "outside": 3.5}, "others' servers 35 %"),
        ({"outside": 11.0}, "others' servers 100 %"),
        ({}, "not measured 100 %"),
    ],
)
def test_a_part_is_named_only_where_most_of_the_time_is_in_it(sampled, window, parts, told):
    nowhere = {"cpu": 0, "database": 0, "cache": None, "outside": None}
    sampled(ApplicationSample, 10, {"routes": [ROUTE | {"seconds": 10.0} | nowhere | parts]})
    assert rows(window, "routes")[0]["spent"] == told


def test_times_are_shown_in_the_unit_that_suits_them(sampled):
    sampled(ApplicationSample, 10, {"routes": [ROUTE | {"seconds": 4000.0}]})
    assert "/companies/ GET 100 1.0 % 50.0 ms 200 ms 200 ms 1 h 6 min" in " ".join(report().split())


def test_statements_are_merged_by_fingerprint(sampled, window):
    entry = {"fingerprint": "ab12", "statement": "SELECT ?", "count": 10, "errors": 0, "seconds": 2.0, "p95": 0.3}
    for minutes in (3, 2, 1):
        sampled(DatabaseSample, minutes, {"statements": [entry]})
    (row,) = rows(window, "statements")
    assert (row["count"], row["seconds"], row["p95"], row["statement"]) == (30, 6.0, 0.3, "SELECT ?")


def test_slow_statements_are_those_seen_in_the_span(window, now):
    seen = {"first_seen": now, "statement": "SELECT ?", "alias": "default"}
    SlowQuery.objects.create(
        fingerprint="a",
        worst=2.0,
        usual=0.1,
        last_seen=now - timedelta(hours=1),
        advice=[{"what": "Add an index"}],
        **seen,
    )
    SlowQuery.objects.create(fingerprint="b", worst=9.0, last_seen=now - timedelta(hours=30), **seen)
    (row,) = rows(window, "slow_statements")
    assert (row["fingerprint"], row["worst"], row["advice"]) == ("a", 2.0, "Add an index")


def test_the_cache_is_weighed_by_lookups(sampled, window):
    names = {"name": "series", "hits": 90, "misses": 10, "evictions": 2, "bytes": 500, "saved_seconds": 3.0}
    sampled(CacheSample, 2, {"namespaces": [names]}, hit_percent=90, lookup_count=900)
    sampled(CacheSample, 1, {"namespaces": [names | {"bytes": 400}]}, hit_percent=10, lookup_count=100)
    assert content(window, "cache").sentences == ["82.0 % of 1,000 lookups were answered from the cache."]
    (row,) = rows(window, "cache")
    assert (row["lookups"], row["hit_percent"], row["bytes"], row["saved_seconds"]) == (200, 90, 500, 6)


def test_jobs_are_counted_once_though_every_host_sees_them(sampled, store, window, now):
    store(now, host="web-2")
    kinds = [
        {
            "kind": "simulate",
            "title": "Simulation",
            "finished": 8,
            "failed": 1,
            "retried": 2,
            "wait_p95": 1.5,
            "run_p95": 9.0,
        }
    ]
    for host in ("web-1", "web-2"):
        sampled(TaskSample, 1, {"kinds": kinds}, host, finished_count=8, failed_count=2, oldest_seconds=61.0)
    found = content(window, "jobs")
    assert found.sentences == ["8 jobs finished, 25.0 % of them failed; the longest wait was 1 min 1 s."]
    TaskSample.objects.update(finished_count=1, failed_count=0, oldest_seconds=None)
    assert content(window, "jobs").sentences == ["1 job finished, none failed."]
    (row,) = rows(window, "jobs")
    assert (row["kind"], row["finished"], row["run_p95"]) == ("Simulation", 8, 9.0)


@pytest.mark.parametrize("form", ["text", "markdown", "json", "html"])
def test_where_none_came_every_format_says_so_in_the_words_of_the_pages(sampled, form):
    for minutes in (2, 1):
        sampled(ApplicationSample, minutes, {}, request_count=0)
        sampled(CacheSample, minutes, {}, lookup_count=0)
        sampled(TaskSample, minutes, {}, finished_count=0)
    told = report("--format", form)
    for word in Nothing:
        assert told.count(f"{word}.") == 1


def test_where_nobody_counted_nothing_is_said_to_be_none(sampled, window):
    sampled(ApplicationSample, 2, {})
    sampled(CacheSample, 2, {})
    sampled(TaskSample, 2, {})
    told = [content(window, name).paragraphs for name in ("routes", "cache", "jobs")]
    assert told == [["No request was measured."], ["The cache was not measured."], ["No job was measured."]]


def test_some_on_one_host_are_not_none(sampled, window):
    sampled(ApplicationSample, 2, {"routes": [ROUTE]}, request_count=100)
    sampled(ApplicationSample, 2, {}, "web-2", request_count=0)
    assert content(window, "routes").paragraphs == []


def test_anomalies_of_the_span_are_told(window, now):
    figures = {"category": "system", "metric": "cpu_percent", "host": "web-1", "value": 95, "expected": 12, "score": 9}
    at = now - timedelta(hours=2)
    Anomaly.objects.create(at=at, worst_at=at, **figures)
    (sentence,) = content(window, "anomalies").sentences
    assert sentence.startswith("CPU on web-1 95.0 % at ")


def test_of_very_many_samples_some_are_read_and_that_is_told(sampled, window, monkeypatch):
    monkeypatch.setattr(details_module, "MOST_ROWS", 4)
    for minutes in range(12):
        sampled(ApplicationSample, minutes + 1, {"routes": [ROUTE]})
    assert details(ApplicationSample, window).every == 3
    found = content(window, "routes")
    assert found.notes == ["Estimated from one sample in 3."]
    assert found.tables[0].rows[0]["count"] == 1200


def test_what_has_no_details_any_more_is_not_told_as_measured(sampled, store, now):
    """The samples of the last two days have details, those of two weeks their totals."""
    store(now - timedelta(days=3), host="web-2")
    sampled(ApplicationSample, 60 * 24 * 3, {"routes": [ROUTE]})
    sampled(ApplicationSample, 60, {"routes": [ROUTE]})
    sampled(CacheSample, 60 * 24 * 3, {}, hit_percent=50, lookup_count=1000)
    week = Window(now - timedelta(days=7), now, "7d")
    (row,) = rows(week, "routes")
    (note,) = content(week, "routes").paragraphs
    assert row["count"] == 100
    assert re.fullmatch(r"Details are known from \d+ \w+ \d\d:\d\d UTC on: what is older is kept without.", note)
    hits = "50.0 % of 1,000 lookups were answered from the cache."
    assert content(week, "cache").paragraphs == [hits, note]
    assert content(week, "jobs").paragraphs == ["No job was measured.", note]
    assert note in json.loads(report("--last", "7d", "--format", "json"))["sections"]["routes"]["sentences"]
    (note,) = content(Window(now - timedelta(days=30), now), "jobs").notes
    assert " on, totals from " in note
    assert content(Window(now - timedelta(hours=2), now), "routes").paragraphs == []


def test_a_usual_percentile_is_that_of_the_busy_moments():
    members = [
        {"p95": 9.0, "count": 1},
        {"p95": 1.0, "count": 50},
        {"p95": 2.0, "count": 60},
        {"p95": None, "count": 5},
    ]
    assert usual(members, "p95", "count") == 2.0
    assert usual([{"p95": 1.0, "count": 0}], "p95", "count") is None
    assert set(grouped(members, "count")) == {(1,), (50,), (60,), (5,)}


@pytest.mark.parametrize("form", ["text", "markdown", "json", "html"])
def test_an_empty_database_is_reported_as_such(form):
    told = report("--format", form)
    assert "sample_metrics" in told.replace("\\_", "_")
    if form == "json":
        assert json.loads(told)["measured"] is False


def test_the_span_is_the_one_asked_for(store, now):
    store(now)
    found = json.loads(report("--last", "90m", "--format", "json"))
    assert found["until"] > found["since"]
    assert report("--last", "90m").startswith("Performance over 1 h")


@pytest.mark.parametrize("span", ["yesterday", "0h", "-3h", "9999d", "", "24"])
def test_a_span_that_is_none_is_refused_with_field_value_and_remedy(span):
    with pytest.raises(CommandError) as refused:
        report(f"--last={span}")
    assert refused.value.returncode == 2
    assert f"last “{span}”" in str(refused.value)
    assert "such as 6h" in str(refused.value)


def test_the_report_goes_to_a_file(tmp_path):
    file = tmp_path / "report.md"
    assert report("--format", "markdown", "--output", str(file)) == f"Wrote {file}.\n"
    assert file.read_text(encoding="utf-8").startswith("# Performance over 1 d")


def test_a_file_that_cannot_be_written_is_refused_in_words(tmp_path):
    with pytest.raises(CommandError, match="Name another file") as refused:
        report("--output", str(tmp_path / "missing" / "report.txt"))
    assert refused.value.returncode == 2


def test_a_format_that_is_none_is_refused():
    with pytest.raises(CommandError, match="invalid choice"):
        report("--format", "pdf")


def test_a_database_that_does_not_answer_is_told_without_a_traceback():
    def refuse(execute, sql, params, many, context):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse), pytest.raises(CommandError, match="does not answer: gone") as refused:
        report()
    assert refused.value.returncode == 2
