"""The recorded demo journey: what an analyst and an operator ask in half an hour, once, from an empty cache.

Run as a process with a VALOR_HOME of its own: prints one JSON object, the share of cached functions' calls that were
answered from the cache.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from performance.cache.ledger import Calls, total  # noqa: E402
from performance.cache.registry import current_store  # noqa: E402
from performance.sampler import Sampler  # noqa: E402

# Who, how, where, what is changed in the form. SAMPLE: the sampler's next tick, as it comes every 30 s.
Step = tuple[str, str, str, dict[str, str]]
POLL, STATUS = "/performance/data/?range=1h", "/performance/status/"
WORKBENCH = "/valuations/1/"


def get(person: str, *paths: str) -> list[Step]:
    return [(person, "GET", path, {}) for path in paths]


def edit(**changes: str) -> Step:
    return "analyst", "EDIT", WORKBENCH, {name.replace("__", "."): text for name, text in changes.items()}


SAMPLE: Step = ("sampler", "SAMPLE", "", {})
JOURNEY: list[Step] = [
    SAMPLE,
    *get("analyst", "/companies/", STATUS, "/companies/1/", STATUS, "/companies/", "/companies/2/", STATUS),
    *get("operator", "/performance/", POLL, STATUS),
    ("analyst", "POST", "/companies/1/value/", {}),
    *get("analyst", WORKBENCH, STATUS),
    edit(inputs__growth="9 %"),
    edit(inputs__growth="10 %"),
    SAMPLE,
    *get("operator", POLL, STATUS),
    edit(inputs__operating_margin="28 %"),
    *get("analyst", WORKBENCH, STATUS, "/companies/1/", WORKBENCH, STATUS),
    *get("operator", "/performance/cache/", "/performance/?range=6h", "/performance/data/?range=6h", STATUS),
    *get("analyst", "/performance/", POLL, STATUS, "/companies/", "/companies/3/", "/companies/2/"),
    SAMPLE,
    *get("operator", "/performance/", POLL, STATUS, "/jobs/", STATUS),
    *get("analyst", POLL, WORKBENCH, STATUS),
    edit(inputs__growth="9 %"),
    *get("analyst", WORKBENCH, "/companies/", STATUS),
    *get("analyst", "/api/schema/?format=json", "/api/companies/", "/api/companies/1/", "/api/companies/2/"),
    *get("analyst", "/api/valuations/1/", "/api/companies/1/", "/api/performance/summary/"),
    *get("operator", "/api/schema/?format=json", "/api/performance/summary/", "/api/performance/health/"),
    SAMPLE,
    *get("operator", POLL, "/api/performance/cache/", "/api/performance/summary/", STATUS),
    *get("analyst", POLL, "/companies/1/", WORKBENCH, STATUS, "/companies/"),
]


class Fields(HTMLParser):
    """The workbench's form as a browser would post it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        name = found.get("name", "")
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in found or self.select not in self.values):
            self.values[self.select] = found.get("value", "")
        elif tag == "input" and name and self.posted(found):
            self.values[name] = found.get("value", "")

    @staticmethod
    def posted(found: dict[str, str]) -> bool:
        return found.get("type") not in ("checkbox", "radio", "submit") or "checked" in found

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""


class Traveller:
    """Goes the journey step by step; an answer that is an error ends it."""

    def __init__(self) -> None:
        self.clients = {name: Client() for name in ("analyst", "operator")}
        for name, client in self.clients.items():
            client.force_login(User.objects.get(username=name))
        self.sampler = Sampler(interval=30, wait=lambda seconds: True)
        self.sequence = 0

    def take(self, step: Step) -> None:
        person, verb, path, changes = step
        if verb == "SAMPLE":
            self.sampler.once()
            return
        client = self.clients[person]
        answer = self.edit(client, path, changes) if verb == "EDIT" else getattr(client, verb.lower())(path)
        if answer.status_code >= 400:
            raise RuntimeError(f"{verb} {path} answered {answer.status_code}: {answer.content[:300]!r}")

    def edit(self, client: Client, path: str, changes: dict[str, str]) -> Any:
        """Changes inputs of the page and posts the whole form, as the workbench does while one types."""
        self.sequence += 1
        form = Fields(client.get(path).content.decode()).values | changes | {"sequence": str(self.sequence)}
        return client.post(f"{path}edit/", form, headers={"HX-Request": "true"})


def prepare() -> None:
    call_command("migrate", verbosity=0)
    call_command("load_demo", verbosity=0)


def hit_rate() -> float:
    cache.clear()
    traveller = Traveller()
    for step in JOURNEY:
        traveller.take(step)
    store = current_store()
    assert store is not None
    calls = total(store.books.calls, Calls)
    return calls.hits / (calls.hits + calls.misses)


if __name__ == "__main__":
    prepare()
    print(json.dumps({"hit_rate": hit_rate()}), flush=True)
