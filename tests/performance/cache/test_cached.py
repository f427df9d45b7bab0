"""`@cached`: keys, ends, tags, failures, invalidation, methods and coroutine functions."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from performance.cache import cached, invalidate_namespace, invalidate_on_commit, invalidate_tags, recipe
from performance.cache.keys import NoKey
from tests.performance.cache.conftest import eventually
from valor.lib.errors import NotFound

pytestmark = pytest.mark.usefixtures("default")


class Counting:
    """A cached function that counts how often it really ran."""

    def __init__(self, answer=lambda *args: list(args), **policy) -> None:
        self.runs = 0

        def function(*args, **kwargs):
            self.runs += 1
            return answer(*args, **kwargs)

        self.call = cached(**{"ttl": 60, "namespace": "test"} | policy)(function)


@pytest.fixture(autouse=True)
def no_chance(monkeypatch):
    """No early refresh by chance, except where a test asks for it."""
    monkeypatch.setattr(recipe.random, "random", lambda: 0.0)


def test_a_result_is_computed_once_and_given_again_as_a_copy():
    counting = Counting()
    first = counting.call(1)
    first.append("mine")
    assert counting.call(1) == [1]
    counting.call(1).append("mine, too")
    assert counting.call(1) == [1]
    assert counting.runs == 1


def test_calls_that_mean_the_same_share_a_result_and_others_do_not():
    runs = []

    @cached(ttl=60, namespace="test")
    def function(a, b=2, *rest, c=3):
        runs.append((a, b, rest, c))
        return len(runs)

    assert function(1) == function(1, 2) == function(a=1) == function(b=2, a=1) == function(1, c=3)
    assert len({function(1), function(True), function("1"), function(1.0), function(None), function(1, 2, 3)}) == 6
    assert function.__name__ == "function"


def test_two_functions_of_one_namespace_do_not_share():
    one, other = Counting(lambda x: "one"), Counting(lambda x: "other")
    other.call.recipe.label += ".other"
    assert (one.call(1), other.call(1)) == ("one", "other")


def test_a_result_ends_with_its_time(monkeypatch):
    counting = Counting(ttl=0.1)
    counting.call(1)
    counting.call(1)
    time.sleep(0.12)
    counting.call(1)
    assert counting.runs == 2


def test_none_is_a_result_with_a_shorter_life_if_wanted():
    always, seldom = Counting(lambda: None), Counting(lambda: None, negative_ttl=0.05)
    seldom.call.recipe.label += ".seldom"
    assert always.call() is always.call() is None
    assert seldom.call() is seldom.call() is None
    assert (always.runs, seldom.runs) == (1, 1)
    time.sleep(0.06)
    always.call()
    seldom.call()
    assert (always.runs, seldom.runs) == (1, 2)


def test_one_call_is_forgotten_by_its_arguments():
    counting = Counting()
    counting.call(1)
    counting.call(2)
    counting.call.invalidate(1)
    counting.call(1)
    counting.call(2)
    assert counting.runs == 3


def test_tags_forget_all_that_carry_them_and_nothing_else():
    tagged, other = Counting(tags=("a", "b")), Counting(namespace="other")
    by_argument = Counting(tags=lambda number: [f"number:{number}"])
    by_argument.call.recipe.label += ".by_argument"
    for call in (tagged.call, other.call, by_argument.call):
        call(1)
        call(2)
    invalidate_tags("b")
    invalidate_tags("number:1", "never used")
    for call in (tagged.call, other.call, by_argument.call):
        call(1)
        call(2)
    assert (tagged.runs, other.runs, by_argument.runs) == (4, 2, 3)


def test_a_namespace_is_forgotten_as_a_whole():
    counting, other = Counting(), Counting(namespace="other")
    counting.call(1)
    other.call(1)
    invalidate_namespace("test")
    counting.call(1)
    other.call(1)
    assert (counting.runs, other.runs) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_a_tag_is_forgotten_when_the_change_can_be_seen_and_not_if_it_never_can():
    counting = Counting(tags=("rows",))
    counting.call()
    with transaction.atomic():
        invalidate_on_commit("rows")
        counting.call()
        assert counting.runs == 1
    counting.call()
    assert counting.runs == 2
    with pytest.raises(RuntimeError), transaction.atomic():
        invalidate_on_commit("rows")
        raise RuntimeError
    counting.call()
    assert counting.runs == 2


def test_a_key_function_says_what_makes_two_calls_the_same():
    counting = Counting(key=lambda document: document["id"])
    counting.call({"id": 1, "object": object()})
    counting.call({"id": 1})
    counting.call({"id": 2})
    assert counting.runs == 2
    with pytest.raises(NoKey):
        Counting().call(object())


@pytest.mark.parametrize(
    "how",
    [lambda call: call.invalidate(1), lambda call: invalidate_tags("t"), lambda call: invalidate_namespace("test")],
    ids=["call", "tag", "namespace"],
)
def test_what_is_invalidated_while_it_is_computed_is_not_kept(how):
    begun, go_on = threading.Event(), threading.Event()
    rows = ["old"]

    def read(number):
        value = list(rows)
        begun.set()
        go_on.wait(5)
        return value

    counting = Counting(read, tags=("t",))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(counting.call, 1)
        begun.wait(5)
        rows[:] = ["new"]
        how(counting.call)
        go_on.set()
        assert slow.result(5) == ["old"]
    assert counting.call(1) == ["new"]


def test_who_comes_after_an_invalidation_does_not_wait_for_the_old_result():
    begun, go_on = threading.Event(), threading.Event()
    turns = itertools.count()

    def read():
        turn = next(turns)
        if turn == 0:
            begun.set()
            go_on.wait(5)
        return turn

    counting = Counting(read)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(counting.call)
        begun.wait(5)
        counting.call.invalidate()
        assert counting.call() == 1
        go_on.set()
        assert slow.result(5) == 0
    assert counting.call() == 1, "the newer result stays"


def test_of_many_threads_one_computes_and_each_gets_a_copy():
    counting = Counting(lambda: time.sleep(0.1) or [1])
    with ThreadPoolExecutor(50) as pool:
        results = [job.result(5) for job in [pool.submit(counting.call) for _ in range(50)]]
    assert counting.runs == 1
    assert all(result == [1] for result in results)
    assert len({id(result) for result in results}) == 50


def test_an_error_reaches_all_who_wait_and_is_not_kept():
    def fail():
        time.sleep(0.05)
        raise ZeroDivisionError

    counting = Counting(fail)
    with ThreadPoolExecutor(10) as pool:
        jobs = [pool.submit(counting.call) for _ in range(10)]
    assert all(isinstance(job.exception(), ZeroDivisionError) for job in jobs)
    assert counting.runs < 10
    with pytest.raises(ZeroDivisionError):
        counting.call()


def test_when_computing_fails_the_expired_result_is_given_for_a_while(caplog):
    broken = []

    def work():
        if broken:
            raise OSError("away")
        return ["good"]

    counting = Counting(work, ttl=0.05, stale=0.2)
    counting.call()
    broken.append(1)
    time.sleep(0.06)
    assert counting.call() == ["good"]
    assert "its last result is given" in caplog.text
    time.sleep(0.25)
    with pytest.raises(OSError, match="away"):
        counting.call()


def test_neither_a_refusal_nor_an_invalidation_is_papered_over():
    answers = iter([["good"], NotFound(), ["good"], OSError()])

    def work():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    counting = Counting(work, ttl=0.05, stale=60, tags=("t",))
    counting.call()
    time.sleep(0.06)
    with pytest.raises(NotFound):
        counting.call()
    counting.call()
    invalidate_tags("t")
    with pytest.raises(OSError):
        counting.call()


def test_a_dear_result_is_refreshed_early_by_one_while_others_are_served(monkeypatch):
    release, running = threading.Event(), threading.Event()
    turns = itertools.count()

    def work():
        turn = next(turns)
        if turn:
            running.set()
            release.wait(5)
        else:
            time.sleep(0.05)
        return turn

    counting = Counting(work)
    assert counting.call() == 0
    # A chance of one in e^10000: time to refresh for whoever asks.
    monkeypatch.setattr(recipe.math, "log", lambda chance: -10_000.0)
    with ThreadPoolExecutor(1) as pool:
        refresh = pool.submit(counting.call)
        running.wait(5)
        assert [counting.call() for _ in range(5)] == [0] * 5
        release.set()
        assert refresh.result(5) == 1
    monkeypatch.setattr(recipe.math, "log", lambda chance: 0.0)
    assert counting.call() == 1


def test_an_early_refresh_that_fails_costs_nobody_a_result(monkeypatch):
    answers = iter([["good"]])
    counting = Counting(lambda: next(answers))
    counting.call()
    monkeypatch.setattr(recipe.math, "log", lambda chance: -1e12)
    assert counting.call() == ["good"]


def test_the_chance_of_an_early_refresh_grows_towards_the_end_and_with_the_cost():
    stored = recipe.Stored(None, 100.0, 1.0, ())
    chance = iter([])

    def share(now, cost):
        trials = [1 - (step + 0.5) / 1000 for step in range(1000)]
        chosen = iter(trials)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(recipe.random, "random", lambda: 1 - next(chosen))
            return sum(recipe.due(stored._replace(cost=cost), now) for _ in range(1000)) / 1000

    assert share(99, 1.0) == pytest.approx(0.3679, abs=0.002)
    assert share(98, 1.0) == pytest.approx(0.1353, abs=0.002)
    assert share(98, 2.0) == pytest.approx(0.3679, abs=0.002)
    assert share(100, 0.0) == 1.0
    assert next(chance, None) is None


def test_a_function_that_calls_itself_with_the_same_arguments_does_not_wait_for_itself():
    depth = []

    def work():
        depth.append(1)
        return 1 if len(depth) > 1 else counting.call() + 1

    counting = Counting(work)
    assert counting.call() == 2


@dataclass(frozen=True)
class Ratio:
    top: int

    @cached(ttl=60, namespace="test")
    def over(self, bottom):
        RUNS.append((self.top, bottom))
        return self.top / bottom


RUNS: list[tuple[int, int]] = []


def test_methods_are_kept_for_each_instance():
    RUNS.clear()
    assert (Ratio(4).over(2), Ratio(4).over(bottom=2), Ratio(6).over(2)) == (2, 2, 3)
    assert RUNS == [(4, 2), (6, 2)]
    Ratio(4).over.invalidate(2)
    Ratio(4).over(2)
    Ratio(6).over(2)
    assert len(RUNS) == 3


def test_rows_are_keyed_by_their_primary_key():
    counting = Counting(lambda user: [user.username])
    assert counting.call(User(pk=1, username="ana")) == ["ana"]
    assert counting.call(User(pk=2, username="bob")) == ["bob"]
    assert counting.call(User(pk=1, username="other")) == ["ana"]


def test_coroutine_functions_are_computed_once_kept_and_forgotten():
    runs = []

    @cached(ttl=60, namespace="test")
    async def work(number):
        runs.append(number)
        await asyncio.sleep(0.05)
        return [number]

    async def everything():
        results = await asyncio.gather(*(work(1) for _ in range(30)))
        assert results == [[1]] * 30
        assert len({id(result) for result in results}) == 30
        assert await work(1) == [1]
        assert runs == [1]
        await work.invalidate(1)
        await work(1)
        assert runs == [1, 1]

    asyncio.run(everything())


def test_a_cancelled_coroutine_does_not_take_the_others_with_it():
    runs = []

    @cached(ttl=60, namespace="test")
    async def work():
        runs.append(1)
        await asyncio.sleep(0.1)
        return "done"

    async def everything():
        first = asyncio.create_task(work())
        while not runs:
            await asyncio.sleep(0.005)
        others = [asyncio.create_task(work()) for _ in range(5)]
        await asyncio.sleep(0.02)
        first.cancel()
        assert await asyncio.gather(*others) == ["done"] * 5

    asyncio.run(everything())
    assert len(runs) == 2


def test_an_async_failure_gives_the_expired_result_for_a_while():
    answers = iter([["good"]])

    @cached(ttl=0.05, namespace="test", stale=60)
    async def work():
        return next(answers, None) or 1 / 0

    async def everything():
        assert await work() == ["good"]
        await asyncio.sleep(0.06)
        assert await work() == ["good"]
        await work.invalidate()
        with pytest.raises(ZeroDivisionError):
            await work()

    asyncio.run(everything())


@pytest.mark.parametrize(
    ("policy", "why"),
    [({"namespace": "a:b"}, "colon"), ({"namespace": ""}, "name"), ({"ttl": 0}, "ttl")],
)
def test_an_impossible_policy_is_refused_at_once(policy, why):
    with pytest.raises(ValueError, match=why):
        Counting(**policy)


def test_hits_and_misses_and_the_time_saved_are_counted(default):
    counting = Counting(lambda: time.sleep(0.02), namespace="counted")
    for _ in range(5):
        counting.call()
    calls = default.store.books.calls["counted"]
    assert (calls.hits, calls.misses) == (4, 1)
    assert calls.compute_seconds > 0.015
    assert calls.saved_seconds == pytest.approx(4 * calls.compute_seconds)


def test_who_died_over_a_result_is_waited_for_only_so_long(default):
    counting = Counting(patience=0.2)
    if hasattr(default.store, "shared"):
        default.store.lease(counting.call.recipe.key((1,), {}), "dead", 0.3)
    assert counting.call(1) == [1]
    time.sleep(0.2)
    counting.call(1)
    counting.call(1)
    assert counting.runs <= 2


def test_a_computation_under_way_elsewhere_is_waited_for(default):
    """Another process holds the lease; what it keeps is taken."""
    counting = Counting()
    name = counting.call.recipe.key((1,), {})
    if not hasattr(default.store, "shared"):
        pytest.skip("Only processes before one Redis have leases.")
    assert default.store.lease(name, "theirs", 5)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(counting.call, 1)
        time.sleep(0.1)
        assert not waiting.done()
        default.store.release(name, "theirs")
        assert waiting.result(5) == [1]
    assert counting.runs == 1
    eventually(lambda: default.store.leased(name, ""))
