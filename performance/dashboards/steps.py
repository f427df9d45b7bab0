"""What can be done to one panel of a layout: every step gives another layout and says what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from performance.dashboards.layout import WIDTHS, Entry, complete, free_key, problems_of, widget_of, widgets_of
from performance.dashboards.widgets import Lost, Widget
from valor.lib.errors import InvalidInput, NotFound


@dataclass(frozen=True)
class Step:
    """*opposite* is the step that the eye and the hand look for where this one can't be done again."""

    name: str
    label: str
    opposite: str


STEPS = {
    step.name: step
    for step in (
        Step("first", "To the beginning", "last"),
        Step("up", "Earlier", "down"),
        Step("down", "Later", "up"),
        Step("last", "To the end", "first"),
        Step("narrower", "Narrower", "wider"),
        Step("wider", "Wider", "narrower"),
    )
}


@dataclass(frozen=True)
class Done:
    layout: list[Entry]
    said: str
    key: str


def possible(step: str, widget: Widget, index: int, count: int) -> bool:
    """Whether it would change anything."""
    if step in ("first", "up"):
        return index > 0
    if step in ("down", "last"):
        return index < count - 1
    return not isinstance(widget, Lost) and widget.wide + (1 if step == "wider" else -1) in WIDTHS


def taken(layout: Any, key: str, name: str) -> Done:
    """The layout after a step of one panel; one that can't be taken leaves it as it is."""
    if name not in STEPS:
        raise InvalidInput.at("step", name, "There is no such step.", f"Use one of {', '.join(STEPS)}.")
    entries, index = place_of(layout, key)
    widget = widgets_of(entries)[index]
    if possible(name, widget, index, len(entries)):
        if name in ("wider", "narrower"):
            entries[index] = entries[index] | {"width": widget.wide + (1 if name == "wider" else -1)}
        else:
            to = {"first": 0, "up": index - 1, "down": index + 1, "last": len(entries) - 1}[name]
            entries.insert(to, entries.pop(index))
    return Done(entries, f"{widget.title}: {STEPS[name].label.lower()}.", key)


def focus_after(layout: Any, key: str, name: str) -> str:
    """The step whose button is there and of use after this one."""
    entries, index = place_of(layout, key)
    widget = widgets_of(entries)[index]
    return name if possible(name, widget, index, len(entries)) else STEPS[name].opposite


def removed(layout: Any, key: str) -> Done:
    entries, index = place_of(layout, key)
    title = widgets_of(entries)[index].title
    del entries[index]
    return Done(entries, f"{title} was removed.", key)


def added(layout: Any, values: Mapping[str, Any]) -> Done:
    """At the end."""
    entries = entries_of(layout)
    entry = valid(values)
    key = free_key({str(other["key"]) for other in entries})
    made = complete(entry, key)
    return Done([*entries, made], f"{widget_of(made, set()).title} was added.", key)


def replaced(layout: Any, key: str, values: Mapping[str, Any]) -> Done:
    entries, index = place_of(layout, key)
    entries[index] = complete(valid(values), key)
    return Done(entries, f"{widgets_of(entries)[index].title} was changed.", key)


def valid(values: Mapping[str, Any]) -> Entry:
    entry = dict(values)
    problems = list(problems_of(entry))
    if problems:
        raise InvalidInput("This panel can't be used.", problems=problems)
    return entry


def place_of(layout: Any, key: str) -> tuple[list[Entry], int]:
    """The entries, each with its key, and where the one of this key is."""
    entries = entries_of(layout)
    index = next((at for at, entry in enumerate(entries) if entry["key"] == key), None)
    if index is None:
        raise NotFound("This panel is not on the dashboard any more.")
    return entries, index


def entries_of(layout: Any) -> list[Entry]:
    """As they are stored, each with the key that its panel goes by; what is no entry at all is left out."""
    found: Sequence[Any] = layout if isinstance(layout, list) else []
    kept = [entry for entry in found if isinstance(entry, dict)]
    return [entry | {"key": widget.key} for entry, widget in zip(kept, widgets_of(kept), strict=False)]
