"""What may be asked as a time range, and what is said about the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.timerange import step_of, window
from valor.lib.errors import InvalidInput

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_without_a_question_it_is_the_last_hour():
    over = window(now=NOW)
    assert (over.start, over.end, over.name) == (NOW - timedelta(hours=1), NOW, "1h")


@pytest.mark.parametrize(
    ("text", "span"), [("90m", 5400), ("6h", 21_600), ("2d", 172_800), ("2w", 1_209_600), ("1y", 31_536_000)]
)
def test_a_span_ends_now(text, span):
    assert window(now=NOW, span=text).span.total_seconds() == span


def test_from_and_to_take_iso_times_and_spans_before_now():
    over = window(now=NOW, start="2026-03-01T08:00:00Z", end="now-1h")
    assert (over.start, over.end) == (NOW - timedelta(hours=4), NOW - timedelta(hours=1))


def test_a_time_without_zone_is_utc_and_a_plus_that_became_a_space_is_understood():
    assert window(now=NOW, start="2026-03-01T08:00").start == NOW - timedelta(hours=4)
    assert window(now=NOW, start="2026-03-01T10:00:00 02:00").start == NOW - timedelta(hours=4)


@pytest.mark.parametrize("text", ["1", "h", "-1h", "0h", "30s", "11y", "3651d", "999999w", "999999y", "1h; drop", "١h"])
def test_an_impossible_span_is_named_with_its_remedy(text):
    with pytest.raises(InvalidInput) as raised:
        window(now=NOW, span=text)
    (problem,) = raised.value.problems
    assert (problem.field, problem.value) == ("range", text)
    assert "6h" in problem.remedy


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("end", "0001-01-01T00:00:00Z"),
        ("end", "9999-12-31T23:59:59-12:00"),
        ("start", "0001-01-01T00:00:00+02:00"),
        ("start", "9500-01-01T00:00:00Z"),
        ("start", "1969-12-31T23:59:59Z"),
        ("end", "1970-01-01T01:00:00+02:00"),
        ("end", "now-2025y"),
    ],
)
def test_a_time_at_the_edge_of_the_calendar_is_named(name, text):
    with pytest.raises(InvalidInput, match="not a time") as raised:
        window(now=NOW, **{name: text})
    assert raised.value.problems[0].value == text


def test_a_window_may_begin_with_1970_and_its_span_before():
    first = datetime(1970, 1, 1, tzinfo=UTC)
    assert window(now=NOW, end="1970-01-01T00:00:00Z").start == first - timedelta(hours=1)
    assert window(now=NOW, start="1970-01-01T00:00:00Z", end="1970-01-02T01:00:00+01:00").start == first


@pytest.mark.parametrize("text", ["yesterday", "now-", "now+1h", "2026-02-30T00:00:00Z", "2026-13-01T00:00", "1e400"])
def test_a_time_that_is_none_is_named(text):
    with pytest.raises(InvalidInput) as raised:
        window(now=NOW, start=text)
    assert raised.value.problems[0].field == "from"
    assert raised.value.problems[0].value == text


@pytest.mark.parametrize(("start", "end"), [("now", "now-1h"), ("now-10s", ""), ("now-11y", "")])
def test_from_must_lie_before_to_and_within_what_is_kept(start, end):
    with pytest.raises(InvalidInput, match="Move from or to"):
        window(now=NOW, start=start, end=end)


def test_a_range_and_a_from_contradict_each_other():
    with pytest.raises(InvalidInput, match="exclude each other"):
        window(now=NOW, span="1h", start="now-2h")


def test_a_range_is_no_longer_than_the_coarsest_rollups_are_kept(settings):
    settings.PERFORMANCE_KEEP_DAYS = {**settings.PERFORMANCE_KEEP_DAYS, "1d": 100}
    assert window(now=NOW, span="100d").span == timedelta(days=100)
    with pytest.raises(InvalidInput) as raised:
        window(now=NOW, span="101d")
    assert "at most 100d" in raised.value.problems[0].remedy


@pytest.mark.parametrize(("text", "seconds"), [("", 0), ("90s", 90), ("5m", 300), ("1h", 3600)])
def test_a_step_is_a_span(text, seconds):
    assert step_of(text, window(now=NOW)) == seconds


@pytest.mark.parametrize("text", ["0s", "5", "2h", "often", "-5m", "999999y"])
def test_a_step_that_is_none_or_longer_than_the_range_is_named(text):
    with pytest.raises(InvalidInput) as raised:
        step_of(text, window(now=NOW))
    (problem,) = raised.value.problems
    assert (problem.field, problem.value) == ("step", text)
    assert "5m" in problem.remedy


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_asked_the_answer_is_a_window_or_a_named_problem(span, start, end):
    try:
        over = window(now=NOW, span=span, start=start, end=end)
    except InvalidInput as error:
        assert error.problems[0].field in {"range", "from", "to"}
    else:
        assert over.start < over.end
