"""The circuit breaker and what it remembers."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from performance.cache.breaker import LONGEST_PAUSE, SLOW_IN_A_ROW, SLOW_SECONDS, Breaker, State
from performance.cache.ledger import MOST_NAMESPACES, Books, Hottest, namespace_of
from performance.cache.missed import Missed


def slow(breaker: Breaker) -> None:
    """One slow answer that began after the last had ended."""
    breaker.slow_until = 0.0
    breaker.took(SLOW_SECONDS)


def opened() -> Breaker:
    breaker = Breaker()
    breaker.trip("refused")
    return breaker


def test_one_failure_opens_it_and_says_why_and_since_when():
    breaker = opened()
    assert (breaker.state, breaker.closed, breaker.reason, breaker.times_opened) == (State.OPEN, False, "refused", 1)
    assert breaker.opened_at is not None


def test_slow_answers_in_a_row_open_it_and_a_swift_one_between_does_not():
    breaker = Breaker()
    for _ in range(3 * SLOW_IN_A_ROW):
        slow(breaker)
        breaker.took(0.001)
    assert breaker.closed
    for _ in range(SLOW_IN_A_ROW):
        slow(breaker)
    assert breaker.state is State.OPEN


def test_many_slow_answers_at_one_time_are_one():
    breaker = Breaker()
    for _ in range(3 * SLOW_IN_A_ROW):
        breaker.took(SLOW_SECONDS)
    assert breaker.closed


def test_the_time_that_this_process_lost_itself_is_not_held_against_redis(monkeypatch):
    breaker = Breaker()
    monkeypatch.setattr("performance.cache.breaker.NAP_SECONDS", -1.0)
    monkeypatch.setattr("performance.cache.breaker.time.sleep", lambda seconds: None)
    for _ in range(3 * SLOW_IN_A_ROW):
        slow(breaker)
    assert breaker.closed


def test_nobody_probes_before_the_pause_is_over_and_then_only_one():
    breaker = opened()
    assert not breaker.begin_probe()
    breaker.probe_from = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: breaker.begin_probe(), range(50))) == 1
    assert breaker.state is State.HALF_OPEN
    assert not breaker.closed


def test_a_failed_probe_opens_it_again_for_longer_and_a_good_one_closes_it():
    breaker = opened()
    pauses = []
    for _ in range(6):
        breaker.probe_from = 0.0
        assert breaker.begin_probe()
        breaker.trip("still refused")
        pauses.append(breaker.pause)
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
    assert breaker.times_opened == 1, "one outage is one opening"
    breaker.probe_from = 0.0
    assert breaker.begin_probe()
    breaker.close()
    assert (breaker.closed, breaker.state, breaker.opened_at) == (True, State.CLOSED, None)


def test_missed_keys_are_given_out_once():
    missed = Missed(most=3)
    missed.note("a", False)
    missed.note("a", False)
    missed.note("a", True)
    assert len(missed) == 2
    names, everything = missed.take()
    assert (sorted(names), everything) == ([("a", False), ("a", True)], False)
    assert not missed


def test_more_than_can_be_remembered_is_everything():
    missed = Missed(most=2)
    for name in ("a", "b", "b"):
        missed.note(name, False)
    assert missed.take()[1] is False
    for name in ("a", "b", "c"):
        missed.note(name, False)
    assert missed.take()[1] is True


def test_the_most_wanted_keys_are_found_in_little_space():
    sketch = Hottest(size=10)
    for step in range(1000):
        sketch.add(f"rare:{step}", 1)
        sketch.add("hot", 3)
        sketch.add("warm", 2)
    assert [key for key, _ in sketch.top(2)] == ["hot", "warm"]
    assert len(sketch.counts) == 10
    assert sketch.counts["hot"] >= 3000


def test_namespaces_are_bounded_and_named_by_the_keys_first_part():
    books = Books()
    for number in range(MOST_NAMESPACES + 50):
        books.local_of(f"n{number}").hits += 1
    assert len(books.local) <= MOST_NAMESPACES + 1
    assert books.local["other"].hits == 50
    assert [namespace_of(key) for key in ("a:b:c", "plain", ":odd", 5)] == ["a", "other", "other", "other"]
