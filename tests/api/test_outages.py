"""A database out of reach: every page and the API say so without it, and come back by themselves."""

from __future__ import annotations

import re
import shutil
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.api.server import Server, Visitor
from tests.installation import wait_for
from tests.services import Server as Database
from tests.services import home, postgresql

pytestmark = pytest.mark.launch
PAGES = (
    "/",
    "/account/",
    "/companies/1/",
    "/jobs/",
    "/performance/",
    "/performance/alerts/1/",
    "/performance/queries/?page=2",
    "/performance/settings/",
    "/admin/",
    "/admin/performance/alert/?q=cpu",
)
POLLS = ("/performance/status/", "/performance/data/", "/jobs/")
CALLS = (
    "/api/account/",
    "/api/jobs/",
    "/api/valuations/1/runs/",
    "/api/performance/alerts/?state=firing",
    "/api/performance/metrics/system/?format=csv",
)


class Guest:
    """Signed in by session and by token while all was well."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.browser = Visitor(server, Accept="text/html").sign_in("operator")
        self.caller = Visitor(server, Authorization=f"Bearer {Visitor(server).token('operator')}")

    def all_is_well(self) -> bool:
        return self.browser.get("/account/").status == 200 and self.caller.get("/api/account/").status == 200

    def meets_an_outage_everywhere(self, why: str) -> None:
        for path in PAGES:
            self.meets_a_page(path, why)
        for path in POLLS:
            assert self.browser.get(path, **{"HX-Request": "true"}).status == 503, path
        for path in CALLS:
            self.meets_an_envelope(path, why)

    def meets_a_page(self, path: str, why: str) -> None:
        answer = self.browser.get(path, **{"X-Request-ID": "meet-503"})
        assert answer.status == 503, (path, answer.text[:500])
        assert int(answer.headers["Retry-After"]) > 0
        text = answer.text.replace("&#x27;", "'")
        assert "The database can't be reached" in text
        assert re.search(
            rf"{re.escape(why)}</strong> It has been so since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC", text
        ), text
        assert "If you run this server: " in text
        assert "meet-503" in text
        assert "Traceback" not in text

    def meets_an_envelope(self, path: str, why: str) -> None:
        answer = self.caller.get(path)
        assert answer.status == 503, (path, answer.text[:500])
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Request-ID"]
        assert answer.error["code"] == "unavailable"
        (detail,) = answer.error["details"]
        assert (detail["field"], detail["message"]) == ("database", why)
        assert detail["remedy"]

    def is_told_by_health(self) -> None:
        """Short, to everybody, without a token."""
        answer = Visitor(self.server).get("/api/performance/health/")
        assert answer.status == 503
        assert "the database does not answer" in answer.error["message"]
        assert f"as {socket.gethostname()} sees it" in answer.error["message"]
        (detail,) = answer.error["details"]
        assert detail["field"] == "database"
        assert detail["remedy"]

    def comes_back(self) -> None:
        wait_for(self.all_is_well, what="The recovery")
        assert self.browser.get("/performance/").status == 200
        # Nobody samples here, which is all that is left to say.
        told = self.caller.get("/api/performance/health/")
        assert [detail["field"] for detail in told.error["details"]] == ["sampler"]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory) -> Path:
    """A folder with SQLite's file in it: tables, and one person of each role."""
    folder = tmp_path_factory.mktemp("furnished")
    Server(folder).prepare()
    return folder


@pytest.fixture(scope="module")
def postgres(tmp_path_factory) -> Iterator[Database]:
    """A server with the same in it."""
    with home() as place, postgresql(place / "pg") as database:
        Server(tmp_path_factory.mktemp("furnisher"), DATABASE_URL=database.url).prepare()
        yield database


@pytest.fixture
def database(postgres):
    """That server, at work whatever the test before did to it."""
    if postgres.process is None:
        postgres.start()
    return postgres


def lines_of(server: Server) -> list[str]:
    return [line for line in server.said.splitlines() if "django.request" in line and "ERROR" in line]


@contextmanager
def served(folder, **environment: str) -> Iterator[Server]:
    rates = {f"API_RATE_{name}": "100000/m" for name in ("READ", "WRITE", "SIGN_IN")}
    with Server(folder, **rates, **environment) as server:
        yield server


@contextmanager
def served_on_a_copy(furnished: Path, folder: Path, address: str = "") -> Iterator[Server]:
    """On a file of its own, without connections that persist, since those keep what they have opened."""
    shutil.copytree(furnished, folder)
    url = f"sqlite:///{folder / 'valor.sqlite3'}{address}"
    with served(folder, DATABASE_URL=url, CONN_MAX_AGE="0") as server:
        yield server


def test_postgresql_stops_and_starts_again(tmp_path, database):
    with served(tmp_path, DATABASE_URL=database.url) as server:
        guest = Guest(server)
        assert guest.all_is_well()
        database.stop()
        assert guest.browser.get("/account/").status == 503
        guest.meets_an_outage_everywhere("It does not answer.")
        guest.is_told_by_health()
        said = lines_of(server)
        assert len(said) == 1, said
        assert "The database has been out of reach since" in said[0]
        assert "Traceback" not in server.said
        database.start()
        guest.comes_back()


def test_a_file_of_sqlite_that_is_gone(tmp_path, furnished):
    with served_on_a_copy(furnished, tmp_path / "home") as server:
        guest = Guest(server)
        assert guest.all_is_well()
        away = tmp_path / "away"
        away.mkdir()
        for file in sorted(server.home.glob("valor.sqlite3*")):
            # Whoever closes the last connection takes the files beside it away.
            with suppress(FileNotFoundError):
                file.rename(away / file.name)
        (server.home / "valor.sqlite3").mkdir()
        guest.meets_an_outage_everywhere("Its file can't be opened.")
        guest.is_told_by_health()
        (server.home / "valor.sqlite3").rmdir()
        assert guest.browser.get("/account/").status == 503  # SQLite has made a new file, which is empty.
        guest.meets_a_page("/jobs/", "It holds none of our tables.")
        for file in server.home.glob("valor.sqlite3*"):
            file.unlink(missing_ok=True)
        for file in away.iterdir():
            shutil.move(file, server.home / file.name)
        guest.comes_back()
        assert "Traceback" not in server.said


def test_a_file_of_sqlite_that_is_locked(tmp_path, furnished):
    """A writer waits for as long as the address of the database says."""
    with served_on_a_copy(furnished, tmp_path / "home", "?timeout=2") as server:
        guest = Guest(server)
        with closing(sqlite3.connect(server.home / "valor.sqlite3", isolation_level=None)) as other:
            other.execute("PRAGMA journal_mode=WAL")
            other.execute("BEGIN IMMEDIATE")
            answer = guest.browser.post("/sign-out/")
            assert answer.status == 503
            assert "Another program holds the database locked." in answer.text
            other.execute("ROLLBACK")
        guest.comes_back()


def test_since_when_is_when_it_was_first_met(tmp_path, database):
    with served(tmp_path, DATABASE_URL=database.url) as server:
        guest = Guest(server)
        database.stop()
        first = re.search(r"since ([\d-]+T[\d:]+Z)", guest.caller.get("/api/jobs/").error["message"])
        time.sleep(1.1)
        again = re.search(r"since ([\d-]+T[\d:]+Z)", guest.caller.get("/api/jobs/").error["message"])
        assert first and again and first[1] == again[1]
        database.start()
        guest.comes_back()
        database.stop()
        new = re.search(r"since ([\d-]+T[\d:]+Z)", guest.caller.get("/api/jobs/").error["message"])
        assert new and new[1] > first[1]
