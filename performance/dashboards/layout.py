"""Which layouts make sense: pages and API refuse the others in the same words. And the one that is there by default."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from performance.dashboards.widgets import Lost, Widget, kinds
from valor.lib.errors import InvalidInput, Problem
from valor.lib.text import storable

MOST = 24
LONGEST_TITLE = 80
WIDTHS = (1, 2, 3)
COMMON = ("key", "kind", "title", "width")
KEY = re.compile(r"w[1-9][0-9]{0,3}")
MOST_PROBLEMS = 20
Entry = dict[str, Any]

DEFAULT: tuple[Mapping[str, Any], ...] = (
    {"kind": "status"},
    {"kind": "stat", "metric": "system.cpu_percent"},
    {"kind": "stat", "metric": "system.memory_percent"},
    {"kind": "stat", "metric": "system.disk_percent"},
    {"kind": "stat", "metric": "application.request_rate"},
    {"kind": "stat", "metric": "application.latency_p95"},
    {"kind": "stat", "metric": "application.error_percent"},
    {"kind": "chart", "panel": "cpu"},
    {"kind": "chart", "panel": "requests"},
    {"kind": "chart", "panel": "latency"},
    {"kind": "alerts", "width": 2},
    {"kind": "top", "list": "jobs"},
)


def default() -> list[Entry]:
    return checked(list(DEFAULT))


def checked(entries: Any) -> list[Entry]:
    """A layout, complete and valid; InvalidInput names every fault by its place, such as ``layout.2.metrics``."""
    if not isinstance(entries, list):
        raise InvalidInput.at("layout", str(entries)[:LONGEST_TITLE], "This is no list.", "Send a list of panels.")
    if len(entries) > MOST:
        raise InvalidInput.at("layout", len(entries), "These are too many panels.", f"Send at most {MOST}.")
    problems = list(problems_of_all(entries))[:MOST_PROBLEMS]
    if problems:
        raise InvalidInput("This layout can't be used: nothing was stored.", problems=problems)
    taken = {entry["key"] for entry in entries if "key" in entry}
    return [complete(entry, entry.get("key") or free_key(taken)) for entry in entries]


def problems_of_all(entries: Sequence[Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        for problem in problems_of(entry):
            yield replace(problem, field=f"layout.{index}.{problem.field}".rstrip("."))
        key = entry.get("key") if isinstance(entry, dict) else None
        if isinstance(key, str) and key in seen:
            yield Problem(f"layout.{index}.key", key, "Another panel has this key.", "Leave it out.")
        seen.add(str(key))


def problems_of(entry: Any, stored: bool = False) -> Iterator[Problem]:
    """What is wrong with one entry; *stored*: it was right once."""
    if not isinstance(entry, dict):
        yield Problem("", str(entry)[:LONGEST_TITLE], "This is no panel.", "Send an object with a kind.")
        return
    name = entry.get("kind")
    kind = kinds().get(name) if isinstance(name, str) else None
    if kind is None:
        told = None if name is None else str(name)[:LONGEST_TITLE]
        yield Problem("kind", told, "There is no such kind of panel.", f"Use one of {', '.join(kinds())}.")
        return
    wrong = [*unknown(entry, kind), *common(entry)]
    for option in kind.options:
        wrong += option.problems(option.of(entry), stored)
    yield from wrong
    if not wrong:
        yield from kind.problems(complete(entry, "w1"))


def unknown(entry: Entry, kind: type[Widget]) -> Iterator[Problem]:
    """A typing error never passes for a default."""
    known = [*COMMON, *(option.name for option in kind.options)]
    for name in entry:
        if name not in known:
            near = get_close_matches(str(name), known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"Use {', '.join(known)}."
            yield Problem(storable(str(name))[:LONGEST_TITLE], None, f"A {kind.kind} panel has no such field.", remedy)


def common(entry: Entry) -> Iterator[Problem]:
    key, title, width = entry.get("key", "w1"), entry.get("title", ""), entry.get("width", 1)
    if not isinstance(key, str) or not KEY.fullmatch(key):
        yield Problem("key", str(key)[:LONGEST_TITLE], "This is no key.", "Leave it out, or use w1 to w9999.")
    if not isinstance(title, str) or title != storable(title) or len(title) > LONGEST_TITLE:
        remedy = f"Use a text of at most {LONGEST_TITLE} characters, or leave it out."
        yield Problem("title", storable(str(title))[:LONGEST_TITLE], "This is no title.", remedy)
    if isinstance(width, bool) or width not in WIDTHS:
        remedy = "Use 1, 2 or 3, in thirds of the page."
        yield Problem("width", str(width)[:LONGEST_TITLE], "A panel can't be so wide.", remedy)


def complete(entry: Entry, key: str) -> Entry:
    """With what counts where it says nothing."""
    kind = kinds()[entry["kind"]]
    chosen = {option.name: option.of(entry) for option in kind.options}
    width = int(entry.get("width", kind.width))
    return {"key": key, "kind": kind.kind, "title": entry.get("title", "").strip(), "width": width, **chosen}


def free_key(taken: set[str]) -> str:
    """The next after all that are taken, and taken itself from now on."""
    numbers = [int(key[1:]) for key in taken]
    following = max(numbers, default=0) + 1
    number = following if following < 10_000 else next(n for n in range(1, 10_000) if n not in numbers)
    taken.add(f"w{number}")
    return f"w{number}"


def widgets_of(entries: Any) -> list[Widget]:
    """The panels of a stored layout; one that makes no sense any more says so in its place."""
    found = entries if isinstance(entries, list) else []
    taken: set[str] = set()
    return [widget_of(entry, taken) for entry in found[:MOST]]


def widget_of(entry: Any, taken: set[str]) -> Widget:
    key = entry.get("key") if isinstance(entry, dict) else None
    key = key if isinstance(key, str) and KEY.fullmatch(key) and key not in taken else free_key(taken)
    taken.add(key)
    problem = next(problems_of(entry, stored=True), None)
    return Lost(entry, key, problem) if problem else kinds()[entry["kind"]](complete(entry, key))
