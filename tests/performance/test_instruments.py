"""Counting, observing and measuring by name and labels."""

from __future__ import annotations

import asyncio
import json
import math
import os
import threading
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from performance import instruments, scope
from performance.histogram import RELATIVE_ERROR
from performance.instruments import collect, count, measure, observe
from performance.totals import MOST_SERIES, Counted, Kind, Totals


@pytest.fixture(autouse=True)
def from_zero():
    instruments.forget()
    yield
    instruments.forget()


def seconds(name: str, **labels: str) -> Counted:
    return collect().values[Kind.SECONDS, name, tuple(sorted(labels.items()))]


def test_counts_add_up_by_labels_in_any_order():
    count("imports", source="csv", kind="full")
    count("imports", 3, kind="full", source="csv")
    count("imports", source="json", kind="full")
    assert collect().counts == {
        ("imports", (("kind", "full"), ("source", "csv"))): 4,
        ("imports", (("kind", "full"), ("source", "json"))): 1,
    }


def test_observed_values_keep_their_count_sum_and_quantiles():
    for value in range(1, 1001):
        observe("rows", value)
    values = collect().values[Kind.VALUES, "rows", ()].values
    assert (values.count, values.total, values.highest) == (1000, 500_500, 1000)
    assert values.quantile(0.5) == pytest.approx(500, rel=RELATIVE_ERROR)


def test_a_block_is_measured_and_its_exception_counted_and_raised():
    with measure("valuation", kind="batch"):
        pass
    with pytest.raises(KeyError), measure("valuation", kind="batch"):
        raise KeyError
    found = seconds("valuation", kind="batch")
    assert (found.values.count, found.errors) == (2, 1)


def test_functions_stay_what_they_are_and_each_call_is_measured():
    @measure("twice")
    def double(number: int) -> int:
        """Doubles."""
        return 2 * number

    @measure("waited")
    async def wait(number: int) -> int:
        await asyncio.sleep(0)
        return number

    assert [double(3), double(number=4), asyncio.run(wait(5))] == [6, 8, 5]
    assert (double.__name__, double.__doc__) == ("double", "Doubles.")
    assert asyncio.iscoroutinefunction(wait)
    assert (seconds("twice").values.count, seconds("waited").values.count) == (2, 1)


def test_calls_at_the_same_time_each_have_their_own_start():
    @measure("overlapping")
    async def wait(number: float) -> None:
        await asyncio.sleep(number)

    async def all_at_once() -> None:
        await asyncio.gather(wait(0.05), wait(0), wait(0))

    asyncio.run(all_at_once())
    found = seconds("overlapping").values
    assert found.count == 3
    assert found.highest >= 0.05
    assert found.total < 0.14


def test_a_generator_is_measured_from_its_first_next_to_its_end():
    @measure("numbers")
    def numbers():
        got = yield 1
        yield got
        return "end"

    def whole():
        return (yield from numbers())

    idle = numbers()
    assert seconds("numbers").values.count == 0
    walk = whole()
    assert (next(walk), walk.send(7)) == (1, 7)
    with pytest.raises(StopIteration, match="end"):
        next(walk)
    assert seconds("numbers").values.count == 1
    next(idle)
    idle.close()
    assert (seconds("numbers").values.count, seconds("numbers").errors) == (2, 0)


def test_a_generator_that_breaks_counts_as_an_error():
    @measure("broken")
    def broken():
        yield 1
        raise LookupError

    with pytest.raises(LookupError):
        list(broken())
    assert (seconds("broken").values.count, seconds("broken").errors) == (1, 1)


def test_an_async_generator_takes_what_is_sent_and_thrown_and_is_closed_early_without_error():
    caught = []

    @measure("stream")
    async def stream():
        got = yield 1
        try:
            yield got
        except LookupError:
            caught.append("thrown")
        yield "after"

    async def talk():
        walk = stream()
        said = [await anext(walk), await walk.asend("sent"), await walk.athrow(LookupError())]
        await walk.aclose()
        return said, [item async for item in stream()]

    assert asyncio.run(talk()) == ([1, "sent", "after"], [1, None, "after"])
    assert caught == ["thrown"]
    assert (seconds("stream").values.count, seconds("stream").errors) == (2, 0)


def test_an_async_generator_that_breaks_counts_as_an_error():
    @measure("torn")
    async def torn():
        yield 1
        raise LookupError

    async def walk():
        return [item async for item in torn()]

    with pytest.raises(LookupError):
        asyncio.run(walk())
    assert seconds("torn").errors == 1


@pytest.mark.parametrize("name", ["", "Upper", "with space", "1st", "a__b", "_a", "ä", "a" * 61])
def test_a_name_that_not_every_system_can_read_is_refused(name):
    with pytest.raises(ValueError, match="use at most 60 small letters"):
        count(name)
    with pytest.raises(ValueError, match="use at most 60 small letters"):
        measure(name)(print)


def test_a_name_of_the_platform_itself_is_refused():
    with pytest.raises(ValueError, match="'request' is counted by the platform itself"):
        count("request")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"Route": "x"}, "is no label"),
        ({"host": "web-1"}, "added by the platform itself"),
        ({"route": ["x"]}, "give it a text or a whole number"),
        ({"route": None}, "give it a text or a whole number"),
    ],
)
def test_labels_that_can_not_be_told_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        observe("rows", 1, **labels)
    assert collect().values == {}


def test_labels_are_texts_that_every_database_takes():
    count("imports", source="odd\udcffname\0")
    count("imports", source="odd?name")
    assert collect().counts == {("imports", (("source", "odd?name"),)): 2}


def test_a_name_keeps_its_kind_and_its_labels():
    count("imports", source="csv")
    with pytest.raises(ValueError, match="'imports' is counted already: give what is observed another name"):
        observe("imports", 1, source="csv")
    with pytest.raises(ValueError, match="'imports' has source: it can't have kind this time"):
        count("imports", kind="csv")
    with pytest.raises(ValueError, match="'imports' has source: it can't have none this time"):
        count("imports")


@pytest.mark.parametrize("value", [-1, math.nan, math.inf])
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(ValueError, match="finite numbers from zero"):
        observe("rows", value)
    with pytest.raises(ValueError, match="finite numbers from zero"):
        count("imports", value)
    assert collect().counts == {("imports", ()): 0}


@pytest.mark.parametrize("number", [np.int64(3), np.float32(3), Decimal(3), Fraction(3), np.bool_(True), True])
def test_numbers_of_every_library_are_counted_beside_those_of_python(number):
    for value in (number, 0.5):
        count("imports", value)
        observe("rows", value)
    told = json.loads(json.dumps(collect().as_json()))
    found = Totals.from_json(told)
    assert found.counts["imports", ()] == found.values[Kind.VALUES, "rows", ()].values.total == float(number) + 0.5


@pytest.mark.parametrize("value", ["3", None, 3j, 10**400, 1e200, Decimal("NaN"), np.array([1, 2])])
def test_what_is_no_number_is_refused_at_the_call_and_spoils_nothing(value):
    for call in (count, observe):
        with pytest.raises(ValueError, match="finite numbers from zero"):
            call(call.__name__, value)
        call(call.__name__, 2)
    assert collect().counts["count", ()] == 2


def test_too_many_labels_share_one_series_and_their_number_is_told():
    for number in range(MOST_SERIES + 30):
        count("visits", page=number)
        count("visits", page=number)
    totals = collect()
    assert len(totals.counts) == MOST_SERIES + 1
    assert totals.counts["visits", (("page", "other"),)] == 60
    assert sum(totals.counts.values()) == 2 * (MOST_SERIES + 30)
    assert totals.folded == {"visits": 30}


def test_many_threads_lose_nothing_while_somebody_reads():
    def work() -> None:
        for _ in range(5000):
            count("steps")
            observe("sizes", 2.0)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    seen = []
    while any(thread.is_alive() for thread in threads):
        totals = collect()
        seen.append(totals.counts.get(("steps", ()), 0))
    for thread in threads:
        thread.join()
    totals = collect()
    assert totals.counts["steps", ()] == 30_000
    assert totals.values[Kind.VALUES, "sizes", ()].values.buckets.popitem()[1] == 30_000
    assert seen == sorted(seen)


def test_a_forked_process_starts_from_zero():
    count("imports")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        count("exports", 2)
        os.write(writer, repr(sorted(collect().counts.items())).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 1000).decode() == "[(('exports', ()), 2)]"
    os.close(reader)
    os.close(writer)
    assert collect().counts == {("imports", ()): 1}


def test_time_outside_is_booked_on_the_request_that_waited():
    entered = scope.enter(scope.Kind.REQUEST, "/x/")
    try:
        for _ in range(2):
            with measure("outside", target="data.example"):
                pass
        with measure("inside"):
            pass
    finally:
        scope.leave(entered)
    assert entered.notes["outside"] == pytest.approx(seconds("outside", target="data.example").values.total)


def test_totals_come_back_from_json_and_are_merged_and_subtracted_exactly():
    count("imports", 2, source="csv")
    observe("rows", 7)
    with pytest.raises(KeyError), measure("valuation"):
        raise KeyError
    first = collect()
    again = Totals.from_json(first.as_json())
    assert again.as_json() == first.as_json()
    count("imports", 5, source="csv")
    observe("rows", 9)
    second = collect()
    grown = second.minus(first)
    assert grown.counts == {("imports", (("source", "csv"),)): 5}
    assert list(grown.values) == [(Kind.VALUES, "rows", ())]
    assert grown.values[Kind.VALUES, "rows", ()].values.total == 9
    assert again.merge(grown).counts == second.counts
    assert first.counts == {("imports", (("source", "csv"),)): 2}
