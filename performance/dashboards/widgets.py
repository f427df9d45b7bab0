"""What a panel of a dashboard is: each kind is a declared class that says what can be chosen and how that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from performance.boards import Lead
from performance.dashboards.options import Option
from performance.glance import Glance
from performance.news import News, Showing
from performance.panels import Panel
from valor.lib.errors import Problem

FOR_OPERATORS = "Shown to operators only: ask one of them for the role."


@dataclass(frozen=True)
class Seen:
    """Who looks when, and what was read for the answer already."""

    glance: Glance
    now: datetime
    user: Any
    operator: bool
    showing: Showing


class Widget:
    """One entry of a layout, which is known to make sense."""

    kind: ClassVar[str]
    label: ClassVar[str]
    what: ClassVar[str]  # in a sentence, for who chooses among the kinds
    options: ClassVar[tuple[Option, ...]] = ()
    width: ClassVar[int] = 1  # in thirds of the page, where nothing is said
    template: ClassVar[str] = ""  # of what moves
    do_not_call_in_templates: ClassVar[bool] = True  # They show the kinds themselves.

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.entry, self.key, self.wide = entry, str(entry["key"]), int(entry["width"])

    @property
    def name(self) -> str:
        """Of its place on the page."""
        return f"own-{self.key}"

    @property
    def title(self) -> str:
        return self.entry["title"] or self.usual

    @property
    def usual(self) -> str:
        """Its title where nobody gave it one."""
        return self.label

    @property
    def where(self) -> str:
        """Behind a title: the host, where it shows one of its own."""
        host = self.entry.get("host", "")
        return f" on {host}" if host else ""

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Problem]:
        """What is wrong with choices that are right each by itself."""
        yield from ()

    @property
    def panel(self) -> type[Panel] | None:
        """The chart that it draws."""
        return None

    @property
    def lead(self) -> Lead | None:
        """The card that it shows."""
        return None

    def withheld(self, operator: bool) -> str:
        """Why the viewer may not see it, in words; empty where they may."""
        return ""

    def shown(self, seen: Seen) -> dict[str, Any]:
        """What its template needs; not asked where it is withheld."""
        return {}

    def marks(self, news: News) -> Iterable[object]:
        """What makes an answer a new one beside samples, the status' sentence, and which alerts are open."""
        return ()


class Lost(Widget):
    """An entry that made sense once: what it shows is not there any more, and it says so."""

    kind, label = "lost", "Nothing"
    what = "What it showed is not there any more."
    template = "performance/dashboards/_lost.html"

    def __init__(self, entry: Any, key: str, problem: Problem) -> None:
        self.problem, there = problem, entry if isinstance(entry, Mapping) else {}
        title = there.get("title")
        super().__init__({"key": key, "width": 1, "title": title if isinstance(title, str) else ""})

    def shown(self, seen: Seen) -> dict[str, Any]:
        return {"problem": self.problem}


KINDS: dict[str, type[Widget]] = {}
W = TypeVar("W", bound=type[Widget])


def register(widget: W) -> W:
    """Declares a kind; the same name twice is a mistake."""
    if widget.kind in KINDS:
        raise ValueError(f"The kind {widget.kind!r} is declared twice.")
    KINDS[widget.kind] = widget
    return widget


def kinds() -> dict[str, type[Widget]]:
    """Every kind by its name, in the order of declaration."""
    from performance.dashboards import kinds as declared  # noqa: F401  declares them

    return KINDS
