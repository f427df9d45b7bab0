"""Web servers of the product, without worker and sampler, as gunicorn runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from tests.__main__ import ROOT, clean_environment
from tests.installation import MANAGE, wait_for
from tests.services import free_port

PASSWORD = "correct horse battery"
MAKE_PEOPLE = f"""
from django.contrib.auth.models import Group, User
for name in ("analyst", "operator"):
    user = User.objects.create_user(name, password="{PASSWORD}", is_staff=name == "operator")
    user.groups.add(Group.objects.get_or_create(name=name)[0])
"""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)["error"]
        return found


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Server:
    """One gunicorn on a port of its own; what it prints is in ``log``."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / f"web-{self.port}.log"
        ours = {
            "VALOR_HOME": str(home),
            "VALOR_BIND": f"127.0.0.1:{self.port}",
            "DJANGO_SETTINGS_MODULE": "valor.settings",
        }
        self.environment = clean_environment() | ours | environment

    def prepare(self, people: bool = True) -> Self:
        """The tables, and one person of each role."""
        steps = [("migrate", "--skip-checks", "-v0"), ("shell", "-v0", "-c", MAKE_PEOPLE)]
        for step in steps if people else steps[:1]:
            subprocess.run([*MANAGE, *step], cwd=ROOT, env=self.environment, timeout=120, check=True)
        return self

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "gunicorn", "--config", "python:valor.gunicorn", "valor.wsgi"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        wait_for(lambda: Visitor(self).get("/favicon.ico").status == 302, what="The start of the web server")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    @property
    def said(self) -> str:
        return self.log.read_text()


class Visitor:
    """Somebody with cookies, and perhaps a token."""

    def __init__(self, server: Server, **headers: str) -> None:
        self.url = server.url
        self.headers = headers
        self.cookies = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies), NoRedirect)

    def send(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Status 0 where nothing answers."""
        try:
            with self.opener.open(
                Request(self.url + path, body, {**self.headers, **(headers or {})}), timeout=60
            ) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode())
        except URLError as error:
            return Answer(0, {}, str(error))

    def get(self, path: str, **headers: str) -> Answer:
        return self.send(path, headers=headers)

    def sign_in(self, name: str) -> Self:
        self.get("/sign-in/")
        assert self.post("/sign-in/", username=name, password=PASSWORD).status == 302
        return self

    def post(self, path: str, **fields: str) -> Answer:
        """As a page's form does."""
        token = next(str(cookie.value) for cookie in self.cookies if cookie.name == "csrftoken")
        return self.send(path, urlencode(fields | {"csrfmiddlewaretoken": token}).encode())

    def token(self, name: str) -> str:
        body = json.dumps({"username": name, "password": PASSWORD}).encode()
        answer = self.send("/api/token/", body, {"Content-Type": "application/json"})
        assert answer.status == 200, answer.text
        return str(json.loads(answer.text)["data"]["access"])
