"""Which statements a process tells of."""

from __future__ import annotations

from performance.database import publishing
from performance.database.fingerprint import Fingerprint
from performance.database.publishing import MOST, MOST_GROWN, MOST_TOLD, Told
from performance.database.tallies import Tally


def tallies(seconds: dict[str, float]) -> list[Tally]:
    made = []
    for key, total in seconds.items():
        tally = Tally(Fingerprint(key, f"SELECT {key}"))
        tally.recent.append(total)
        made.append(tally)
    return made


def chosen(told: Told, seconds: dict[str, float]) -> list[str]:
    return [tally.fingerprint.id for tally in told.choose(tallies(seconds))]


def test_the_longest_so_far_come_first():
    assert chosen(Told(), {"a": 1.0, "b": 3.0, "c": 2.0}) == ["b", "c", "a"]


def test_what_takes_time_just_now_is_told_although_much_took_more_before():
    seconds = {f"old {number}": 100.0 + number for number in range(MOST + 5)} | {"calm": 1.0}
    told = Told()
    chosen(told, seconds)
    found = chosen(told, seconds | {"new": 5.0})
    assert "new" in found
    assert "calm" not in found


def test_what_was_told_once_is_told_again_as_long_as_there_is_room():
    told = Told()
    chosen(told, {"first": 1.0})
    many = {f"busy {number}": 50.0 for number in range(MOST + MOST_GROWN)}
    assert "first" in chosen(told, many | {"first": 1.0})


def test_a_statement_is_told_with_the_time_when_it_was_met(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr(publishing.time, "time", lambda: moment[0])
    told = Told()
    chosen(told, {"a": 1.0})
    moment[0] = 200.0
    chosen(told, {"a": 1.0, "b": 2.0})
    assert told.since == {"a": 100, "b": 200}


def test_never_more_than_the_most_are_told():
    told = Told()
    for round_ in range(20):
        found = chosen(told, {f"{round_} {number}": 10.0 * (round_ + 1) for number in range(200)})
        assert len(found) <= MOST_TOLD
