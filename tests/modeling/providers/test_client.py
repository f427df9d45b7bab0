"""The way to a provider, against a server that misbehaves."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import formatdate

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured

from modeling.providers import breaker as breakers
from modeling.providers import transport
from modeling.providers.breaker import Breaker
from modeling.providers.client import Client
from modeling.providers.errors import BadAnswer, NoContact, ProviderAway, ProviderBusy, ProviderPaused, SwitchedOff
from modeling.providers.pace import Pace
from modeling.providers.registry import Gives, Provider, Rate, declare, provider_of
from modeling.providers.transport import Answer
from performance import scope
from tests.modeling.providers.conftest import LIMITS
from tests.modeling.providers.server import (
    answers,
    ends_a_chunk_early,
    ends_early,
    hangs,
    hangs_in_the_body,
    hangs_in_the_head,
    never_ends,
    packed,
    redirects,
    resets,
    resets_in_the_body,
    speaks_no_http,
    trickles,
    trickles_in_the_head,
)
from valor.lib.errors import InvalidInput, Unavailable

WELL = answers("all is well")


@pytest.fixture
def provider(server) -> Provider:
    return Provider(
        name="local",
        label="Local server",
        gives=Gives.STATEMENTS,
        terms="None.",
        base_url=server.url,
        rate=Rate(1000, 1.0),
        tickers="Any",
    )


@pytest.fixture
def client(provider, clock) -> Client:
    return Client(provider, LIMITS, clock.timing())


def read(client: Client, path: str = "/x") -> Answer:
    return client.read(f"{client.provider.base_url}{path}", lambda client, answer: answer)


def failure(client: Client, path: str = "/x") -> Unavailable:
    """The error of a call: it has words, names the provider, and says what to do."""
    with pytest.raises(Unavailable) as caught:
        read(client, path)
    for problem in caught.value.problems:
        assert problem.value == client.provider.name
        assert problem.message
        assert problem.remedy
    return caught.value


def test_an_answer_comes_back_with_its_status_and_body(client, server) -> None:
    server.script = [answers("all is well", Content_Type="text/plain")]
    answer = read(client, "/a?b=c")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"all is well", "text/plain")
    path, headers = server.requests[0]
    assert path == "/a?b=c"
    assert headers["user-agent"].startswith("valor-ivx/")
    assert headers["accept-encoding"] == "gzip"


def test_a_packed_answer_is_unpacked(client, server) -> None:
    server.script = [packed("price " * 1000)]
    assert read(client, "/x").body == b"price " * 1000


def test_an_answer_that_is_kept_needs_no_request(client, server) -> None:
    server.script = [WELL]
    assert read(client, "/x") == read(client, "/x")
    read(client, "/y")
    assert server.paths == ["/x", "/y"]


def test_what_failed_is_not_kept(client, server) -> None:
    server.script = [answers("", 500), answers("", 500), answers("", 500), WELL]
    failure(client)
    assert read(client, "/x").body == b"all is well"


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (hangs, "not complete within 0.3 s"),
        (hangs_in_the_head, "not complete within 0.3 s"),
        (hangs_in_the_body, "not complete within 0.3 s"),
        (trickles, "not complete within 0.3 s"),
        (trickles_in_the_head, "not complete within 0.3 s"),
        (resets, "The connection broke"),
        (resets_in_the_body, "The connection broke"),
        (ends_early, "ended too early"),
        (ends_a_chunk_early, "The connection broke"),
        (packed("x" * 5000, cut=8), "ended too early"),
        (answers(b"\x1f\x8bnonsense", Content_Encoding="gzip"), "can't be unpacked"),
        (speaks_no_http, "The connection broke"),
        (answers("", 500), "failed itself, with 500"),
        (answers("", 502), "failed itself, with 502"),
        (answers("", 503), "fewer requests, with 503"),
        (answers("", 429), "fewer requests, with 429"),
    ],
)
def test_what_may_pass_is_tried_again_and_then_told(client, server, clock, behaviour, words) -> None:
    client = replace(client, limits=replace(LIMITS, attempts=2))
    server.script = [behaviour]
    began = time.monotonic()
    error = failure(client)
    assert isinstance(error, ProviderAway)
    assert words in error.problems[0].message
    assert "tried 2 times" in error.problems[0].message
    assert len(server.requests) == 2
    assert clock.slept == [0.5]
    assert time.monotonic() - began < 10  # a server that never lets go would keep it for 20
    server.script = [WELL]
    assert read(client, "/x").status == 200


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (never_ends, "larger than 0.2 MB"),
        (packed(b"0" * 5_000_000), "larger than 0.2 MB"),
        (answers("x", Content_Encoding="br"), "packed in a way that was not asked for: br"),
        (answers("", 403), "does not serve callers like this one, with 403"),
        (answers("", 401), "with 401"),
        (answers("", 400), "answered with 400"),
        (answers("", 204), "answered with 204"),
        (redirects("https://evil.example.com/"), "redirects to another server"),
        (redirects("http://169.254.169.254/latest/meta-data/"), "redirects to another server"),
        (redirects("file:///etc/passwd"), "redirects to another server"),
        (redirects("//evil.example.com/x"), "redirects to another server"),
        (redirects("http://[::1"), "redirects to another server"),
        (redirects("http://127.0.0.1:notaport/"), "redirects to another server"),
        (redirects("/a b"), "can't be asked for"),
        (redirects("/\xe9"), "can't be asked for"),
        (redirects("/again"), "redirects more than 3 times"),
    ],
)
def test_what_would_not_pass_is_told_at_once(client, server, clock, behaviour, words) -> None:
    server.script = [behaviour]
    assert words in failure(client).problems[0].message
    assert clock.slept == []
    assert len(server.requests) == (4 if "more than" in words else 1)


def test_a_huge_answer_is_not_read_to_its_end(client, server) -> None:
    """5 MB packed into 5 kB: what is unpacked stays within the limit, whatever the packing hides."""
    server.script = [packed(b"0" * 50_000_000)]
    unpacked = []
    take = transport.Gzip.take

    def noted(self: transport.Gzip, piece: bytes, most: int) -> bytes:
        unpacked.append(take(self, piece, most))
        return unpacked[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport.Gzip, "take", noted)
        failure(client)
    assert sum(map(len, unpacked)) == LIMITS.size + 1


def test_a_redirect_on_the_same_server_is_followed(client, server) -> None:
    server.script = [redirects("/moved?to=here", 301), WELL]
    assert read(client, "/x").body == b"all is well"
    assert server.paths == ["/x", "/moved?to=here"]


def test_a_server_that_is_not_there(client, server) -> None:
    server.close()
    assert "No connection could be made" in failure(client).problems[0].message


def test_a_server_that_takes_no_connection_costs_the_time_to_connect(client) -> None:
    """A full backlog: the kernel lets further callers wait."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        for caller in crowd:
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        there = replace(client.provider, base_url=f"http://127.0.0.1:{full.getsockname()[1]}")
        hasty = replace(client, provider=there, limits=replace(LIMITS, connect=0.1, attempts=1))
        assert "No connection could be made within 0.1 s" in failure(hasty).problems[0].message
        for caller in crowd:
            caller.close()


def test_other_addresses_than_the_providers_are_never_asked(client, server) -> None:
    for url in ("https://evil.example.com/x", "http://127.0.0.1:1/x", server.url.replace("http", "https")):
        with pytest.raises(ValueError, match="no address of local"):
            client.ask(url)


def test_waits_grow_and_are_not_all_alike(client, server, clock) -> None:
    patient = replace(client, limits=replace(LIMITS, attempts=4))
    server.script = [answers("", 500)]
    failure(patient)
    assert clock.slept == [0.5, 1.0, 2.0]
    clock.slept.clear()
    hasty = replace(patient, timing=replace(clock.timing(), chance=lambda: 0.0))
    cache.clear()
    failure(hasty)
    assert clock.slept == [0.25, 0.5, 1.0]


def test_retry_after_is_honoured_in_seconds_and_as_a_date(client, server, clock) -> None:
    server.script = [answers("", 429, Retry_After="3"), answers("", 503, Retry_After="0"), WELL]
    read(client, "/x")
    assert clock.slept == [3.0, 0.0]
    clock.slept.clear()
    server.script = [answers("", 429, Retry_After=formatdate(time.time() + clock.ahead + 2, usegmt=True)), WELL]
    read(client, "/y")
    assert 0 < clock.slept[0] <= 2


@pytest.mark.parametrize(
    "header", ["soon", "-5", "1e9", "\xb2", "Mon, 99 Foo 2024", "Mon, 01 Jan 99999999999 00:00:00 GMT"]
)
def test_a_retry_after_that_can_not_be_read_is_no_wish(client, server, clock, header) -> None:
    server.script = [answers("", 429, Retry_After=header), WELL]
    read(client, "/x")
    assert clock.slept == [0.5]


def test_a_long_retry_after_is_passed_on_and_everybody_keeps_to_it(client, server, clock) -> None:
    server.script = [answers("", 429, Retry_After="900"), WELL]
    error = failure(client)
    assert error.retry_after == 900
    paused = failure(client, "/y")
    assert isinstance(paused, ProviderPaused)
    assert 890 <= paused.retry_after <= 900
    assert "429" in paused.problems[0].message
    assert len(server.requests) == 1
    clock.ahead += 901
    assert read(client, "/x").status == 200


def test_the_time_for_all_attempts_together_is_kept(client, server, clock) -> None:
    short = replace(client, limits=replace(LIMITS, whole=4.0, attempts=9))
    server.script = [answers("", 500)]
    failure(short)
    assert sum(clock.slept) <= 4.0
    assert len(server.requests) == 4


def test_the_breaker_opens_half_opens_and_closes(client, server, clock) -> None:
    once = replace(client, limits=replace(LIMITS, attempts=1))
    breaker = Breaker(client.provider, clock.timing())
    server.script = [answers("", 500)]
    for _ in range(breakers.FAILURES - 1):
        failure(once)
        assert breaker.opened() is None
    failure(once)
    paused = failure(once)
    assert isinstance(paused, ProviderPaused)
    assert paused.status == 503
    assert 0 < paused.retry_after <= breakers.FIRST_PAUSE
    assert "failed itself, with 500" in paused.problems[0].message
    assert len(server.requests) == breakers.FAILURES
    # Half-open: one request tries, fails, and it stays open for twice as long.
    clock.ahead += breakers.FIRST_PAUSE
    assert isinstance(failure(once), ProviderAway)
    assert failure(once).retry_after > breakers.FIRST_PAUSE
    assert len(server.requests) == breakers.FAILURES + 1
    # Half-open again: it succeeds, and all may pass.
    clock.ahead += 2 * breakers.FIRST_PAUSE
    server.script = [WELL]
    assert read(once, "/x").status == 200
    assert breaker.opened() is None
    assert read(once, "/y").status == 200


def test_half_open_lets_one_of_many_try(client, clock) -> None:
    breaker = Breaker(client.provider, clock.timing())
    breaker.asked_to_wait(60, "It is tired.")
    clock.ahead += 61
    refusals = [Breaker(client.provider, clock.timing()).refusal() for _ in range(5)]
    assert refusals[0] is None
    assert [refusal.reason for refusal in refusals[1:]] == ["It is tired."] * 4


def test_the_pause_grows_to_an_end(client, clock) -> None:
    breaker = Breaker(client.provider, clock.timing())
    for _ in range(breakers.FAILURES):
        breaker.failed("Down.")
    for _ in range(10):
        clock.ahead = breaker.opened().until - time.time()
        breaker.failed("Down.")
    assert breaker.opened().pause == breakers.LONGEST_PAUSE


def test_requests_that_began_before_do_not_lengthen_the_pause(client, clock) -> None:
    breaker = Breaker(client.provider, clock.timing())
    for _ in range(3 * breakers.FAILURES):
        breaker.failed("Down.")
    assert breaker.opened().pause == breakers.FIRST_PAUSE


def test_questions_that_are_refused_do_not_open_the_breaker(client, server) -> None:
    server.script = [answers("", 400)]
    for _ in range(2 * breakers.FAILURES):
        assert isinstance(failure(client), ProviderAway)
    assert len(server.requests) == 2 * breakers.FAILURES


def test_a_refused_question_shows_that_the_server_is_back(client, server, clock) -> None:
    breaker = Breaker(client.provider, clock.timing())
    breaker.asked_to_wait(60, "It is tired.")
    clock.ahead += 61
    server.script = [answers("", 400)]
    failure(client)
    assert breaker.opened() is None


def test_success_in_between_begins_the_count_anew(client, clock) -> None:
    breaker = Breaker(client.provider, clock.timing())
    for _ in range(3):
        for _ in range(breakers.FAILURES - 1):
            breaker.failed("Down.")
            assert breaker.opened() is None
        breaker.succeeded()


def test_the_rate_holds_over_threads(client) -> None:
    """Of twenty callers at one moment three go; so it is in each window."""
    slow = replace(client.provider, rate=Rate(3, 1.0))
    for moment in (1000.0, 1000.9, 1001.0):
        pace = Pace(slow, replace(client.timing, now=lambda moment=moment: moment))
        with ThreadPoolExecutor(20) as pool:
            turns = [pool.submit(pace.turn) for _ in range(20)]
        waits = sorted(turn.result() for turn in turns)
        gone = 0 if moment == 1000.9 else 3
        assert waits[:gone] == [0.0] * gone
        assert all(0 < wait <= 1.01 for wait in waits[gone:])


def test_beyond_the_rate_a_request_waits_for_its_turn(client, server, clock) -> None:
    server.script = [WELL]
    slow = replace(client, provider=replace(client.provider, rate=Rate(1, 2.0)))
    for path in ("/a", "/b", "/c"):
        assert read(slow, path).status == 200
    assert 2 < sum(clock.slept) <= 4.1


def test_whoever_would_wait_too_long_is_told(client, clock) -> None:
    slow = replace(client.provider, rate=Rate(1, 3600.0))
    busy = replace(client, provider=slow)
    Pace(slow, busy.timing).turn()
    error = failure(busy)
    assert isinstance(error, ProviderBusy)
    assert "at most 1 times in 3600 s" in error.problems[0].message
    assert clock.slept == []


def test_waiting_is_booked_as_that_for_others_servers(client, server) -> None:
    server.script = [WELL]
    entered = scope.enter(scope.Kind.JOB, "test")
    read(client, "/x")
    scope.leave(entered)
    assert entered.notes["outside"] > 0


def test_switched_off_nobody_is_asked(client, server, settings) -> None:
    settings.ONLINE_PROVIDERS = False
    server.script = [WELL]
    with pytest.raises(SwitchedOff, match="ONLINE_PROVIDERS=1"):
        read(client, "/x")
    assert server.requests == []


def test_who_calls_is_told_to_those_that_want_it(client, server, settings) -> None:
    server.script = [WELL]
    known = replace(client, provider=replace(client.provider, needs_contact=True))
    with pytest.raises(NoContact, match="PROVIDER_CONTACT"):
        read(known, "/x")
    settings.PROVIDER_CONTACT = "Acme ana@example.com\r\nX-Evil: 1"
    with pytest.raises(NoContact, match="no header"):
        read(known, "/x")
    assert server.requests == []
    settings.PROVIDER_CONTACT = "Acme ana@example.com"
    read(known, "/x")
    assert server.requests[0][1]["user-agent"].endswith(" Acme ana@example.com")


def test_what_nothing_could_be_made_of_is_not_kept(client, server) -> None:
    server.script = [answers("later"), answers("now")]

    def make(client, answer) -> str:
        if answer.body == b"later":
            raise client.bad("Not yet.")
        return answer.body.decode()

    with pytest.raises(BadAnswer, match="Not yet"):
        client.read(f"{server.url}/x", make)
    assert client.read(f"{server.url}/x", make) == "now"


def test_two_providers_of_one_name_are_refused(provider) -> None:
    with pytest.raises(ImproperlyConfigured, match="declared twice"):
        declare(replace(provider, name="sec"))


@pytest.mark.parametrize("url", ["http://example.com", "ftp://example.com", "http://127.0.0.1.example.com"])
def test_a_provider_is_asked_over_https(provider, url) -> None:
    with pytest.raises(ImproperlyConfigured, match="over https"):
        replace(provider, base_url=url)


def test_an_unknown_provider_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="ecb, stooq"):
        provider_of("yahoo", Gives.PRICES)
    with pytest.raises(InvalidInput, match="sec"):
        provider_of("stooq", Gives.STATEMENTS)
