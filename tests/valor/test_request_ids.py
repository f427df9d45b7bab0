"""Every request has a name: in its answer, in each of its lines in the log, and on the page for what went wrong."""

from __future__ import annotations

import logging
import re
import threading

import pytest

from valor.lib import request_ids

HEADER = request_ids.HEADER
OURS = re.compile(r"[0-9a-f]{16}").fullmatch


@pytest.fixture
def lines():
    """What the console would show, through the settings' own filters and formatter."""
    shown: list[str] = []
    console = next(h for h in logging.getLogger().handlers if h.formatter and "of_request" in str(h.formatter._fmt))

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            shown.append(self.format(record))

    keep = Keep()
    keep.setFormatter(console.formatter)
    for one in console.filters:
        keep.addFilter(one)
    logging.getLogger().addHandler(keep)
    yield shown
    logging.getLogger().removeHandler(keep)


@pytest.mark.parametrize("name", ["a", "4bf92f3577b34da6", "web-1:2026.11_25", "x" * 128])
def test_a_sane_name_is_kept(client, db, name):
    assert client.get("/help/", headers={HEADER: name})[HEADER] == name


@pytest.mark.parametrize(
    "name", ["", "x" * 129, "two words", "a\tb", "<b>", "ä", 'a"b', "a;b", "../etc", "a\r\nX-Evil: 1"]
)
def test_any_other_is_replaced(client, db, name):
    given = client.get("/help/", headers={HEADER: name})[HEADER]
    assert OURS(given)


def test_each_request_gets_a_name_of_its_own(client, db):
    assert client.get("/help/")[HEADER] != client.get("/help/")[HEADER]


@pytest.mark.urls("tests.valor.urls")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/help/", 200),
        ("/", 302),
        ("/nothing/", 404),
        ("/static/nothing.css", 404),
        ("/fails/broken/", 500),
        ("/fails/suspicious/", 400),
        ("/fails/forbidden/", 403),
        ("/api/nothing/", 404),
        ("/api/account/", 401),
        ("/api/schema/", 200),
        ("/metrics", 200),
        ("/api/performance/health/", 503),
        ("/favicon.ico", 302),
        ("/admin/", 302),
    ],
)
def test_it_is_in_every_answer(client, db, path, status):
    client.raise_request_exception = False
    answer = client.get(path, headers={HEADER: "follow-me"})
    assert (answer.status_code, answer[HEADER]) == (status, "follow-me")


@pytest.mark.urls("tests.valor.urls")
@pytest.mark.parametrize("kind", ["broken", "database", "forbidden", "missing", "suspicious"])
def test_the_page_for_what_went_wrong_names_it(client, db, kind):
    client.raise_request_exception = False
    assert "<code>follow-me</code>" in client.get(f"/fails/{kind}/", headers={HEADER: "follow-me"}).text


@pytest.mark.urls("tests.valor.urls")
def test_a_fault_of_the_api_names_it(analyst_api):
    analyst_api.raise_request_exception = False
    answer = analyst_api.get("/api/fails/broken/", headers={HEADER: "follow-me"})
    assert "follow-me" in answer.json()["error"]["message"]


@pytest.mark.urls("tests.valor.urls")
@pytest.mark.parametrize("path", ["/fails/broken/", "/nothing/", "/fails/forbidden/", "/api/nothing/", "/fails/logs/"])
def test_it_is_in_every_line_that_the_request_logs(client, db, lines, path):
    client.raise_request_exception = False
    client.get(path, headers={HEADER: "follow-me"})
    assert lines
    assert all(" [follow-me]: " in line.splitlines()[0] for line in lines)


def test_a_line_outside_of_requests_has_none(lines):
    logging.getLogger("tests").warning("Alone")
    assert lines[0].endswith("WARNING tests: Alone")


@pytest.mark.urls("tests.valor.urls")
def test_threads_do_not_mix_theirs_up(db, lines):
    """Two requests at once, each waiting for the other before it logs."""
    from django.test import Client

    def ask(name: str) -> None:
        Client().get("/fails/meets/", headers={HEADER: name})

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [line for line in lines if "tests.meets" in line]
    assert sorted(re.findall(r"\[(\w+)\]: met as (\w+)", " ".join(said))) == [("one", "one"), ("two", "two")]
