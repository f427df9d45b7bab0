"""The web server of a house, and somebody who asks it for simulations: by the page, and by the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.chaos.house import House
from tests.installation import wait_for
from tests.services import free_port


class Visitor:
    """Signed in twice: with a session, and with a token."""

    def __init__(self, url: str, name: str, password: str, valuation: int, simulation: tuple[int, int]) -> None:
        self.url = url
        self.valuation = valuation
        self.trials, self.seed = simulation
        self.cookies = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies))
        wait_for(lambda: self.ask("/sign-in/")[0] == 200, what="The start of the web server")
        who = {"username": name, "password": password}
        assert self.post("/sign-in/", **who)[0] == 200
        status, answer = self.ask("/api/token/", json.dumps(who).encode(), {"Content-Type": "application/json"})
        assert status == 200, answer
        self.token = json.loads(answer)["data"]["access"]

    def ask(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and body; 0 where nothing answers."""
        try:
            with self.opener.open(Request(self.url + path, body, headers or {}), timeout=20) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except URLError as error:
            return 0, str(error)

    def post(self, path: str, **fields: Any) -> tuple[int, str]:
        """As a page's form does."""
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        fields["csrfmiddlewaretoken"] = token
        return self.ask(path, urlencode(fields).encode())

    def simulate_by_page(self) -> tuple[int, str]:
        fields = {"version": 1, "trials": self.trials, "seed": self.seed, "sampler": "sobol"}
        return self.post(f"/valuations/{self.valuation}/simulate/", **fields)

    def simulate_by_api(self) -> tuple[int, str]:
        body = json.dumps({"trials": self.trials, "seed": self.seed, "sampler": "sobol"}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        return self.ask(f"/api/valuations/{self.valuation}/simulate/", body, headers)


@contextmanager
def visitor(house: House, owner: str) -> Iterator[Visitor]:
    """A visitor with a valuation and, for as long as it is needed, a web server."""
    name = f"{owner} (visitor)"
    valuation, password, simulation = house.call("welcome", owner=name)
    port = free_port()
    command = ("-m", "gunicorn", "--config", "python:valor.gunicorn", "--bind", f"127.0.0.1:{port}", "valor.wsgi")
    server = house.start(*command)
    try:
        yield Visitor(f"http://127.0.0.1:{port}", name, password, valuation, simulation)
    finally:
        server.terminate()
        server.wait(15)


def has_what_was_asked_for(house: House, owner: str, runs: int) -> bool:
    """The visitor's runs are there, and done, with the results that undisturbed ones have."""
    name = f"{owner} (visitor)"
    house.settle(name)
    return bool(house.results(name) == house.undisturbed[:1] * runs)
