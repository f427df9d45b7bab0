"""What differs between two documents, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any

from modeling.forms.fields import DRIVERS, FIELDS, Field
from modeling.forms.texts import shown
from modeling.forms.uncertainty import KINDS, parameters
from modeling.forms.workbench import value_at
from modeling.presenters.words import inside, worded

PERCENT = {"rate": " %", "rates": " %"}


@dataclass(frozen=True)
class Change:
    """One input that differs: what it was and what it is now."""

    label: str
    before: str
    after: str

    @property
    def words(self) -> str:
        return f"{self.label} {self.before} > {self.after}"


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Every input that differs, in the order of the workbench."""
    return [*field_changes(before, after), *uncertainty_changes(before, after), *correlation_changes(before, after)]


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    currency = str(after.get("currency", ""))
    for path, field in FIELDS.items():
        old, new = value_at(before, path), value_at(after, path)
        if old != new and not (is_nothing(old) and is_nothing(new)):
            yield Change(field.label, worded(old, field, currency), worded(new, field, currency))


def is_nothing(value: Any) -> bool:
    return value is None or value is False


def uncertainty_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old, new = before.get("uncertainty") or {}, after.get("uncertainty") or {}
    for name, driver in DRIVERS.items():
        was, now = old.get(name) or {}, new.get(name) or {}
        moved = (value_at(after, driver.path) or 0.0) - (value_at(before, driver.path) or 0.0)
        if was != now and not has_only_moved(was, now, driver, moved):
            label, (said_was, said_now) = f"Uncertainty of {inside(driver.label)}", differing(was, now)
            yield Change(label, distribution_words(said_was, driver), distribution_words(said_now, driver))


def has_only_moved(was: Mapping[str, Any], now: Mapping[str, Any], driver: Field, moved: float) -> bool:
    """Whether a distribution followed its base case, whose change says it all."""
    if was.keys() != now.keys() or was.get("distribution") != now.get("distribution"):
        return False
    places = {part.name for part in parameters(str(now["distribution"])) if part.unit == "own"} - {"sd"}
    pairs = [(name, was[name], now[name]) for name in now if was[name] != now[name]]
    return all(
        name in places and old is not None and new is not None and isclose(new - old, moved, abs_tol=1e-9)
        for name, old, new in pairs
    )


def differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Both distributions with the parameters that tell them apart; another kind has all of its own."""
    if was.get("distribution") != now.get("distribution"):
        return was, now
    names = {"distribution", *(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))}
    before, after = ({name: entry[name] for name in names if name in entry} for entry in (was, now))
    return before, after


def distribution_words(entry: Mapping[str, Any], driver: Field) -> str:
    """A distribution in one line: normal, mean 12 %, std. deviation 3 %."""
    if entry.get("distribution") not in KINDS:
        return "certain"
    kind = str(entry["distribution"])
    parts = [
        f"{part.label.lower()} {shown(entry[part.name], part.kind(driver))}{PERCENT.get(part.kind(driver), '')}"
        for part in parameters(kind)
        if entry.get(part.name) is not None
    ]
    return ", ".join((KINDS[kind][0], *parts))


def correlation_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old, new = (
        {frozenset(entry["between"]): entry["value"] for entry in document.get("correlations") or []}
        for document in (before, after)
    )
    for pair in sorted(old.keys() | new.keys(), key=sorted):
        was, now = old.get(pair, 0.0), new.get(pair, 0.0)
        if was != now:
            names = " and ".join(inside(DRIVERS[name].label) for name in sorted(pair))
            yield Change(f"Correlation of {names}", shown(was, "number"), shown(now, "number"))


def sentence(found: list[Change], since: str) -> str:
    """``2 inputs differ: growth 12 % > 14 %, ...``; the first three are named."""
    if not found:
        return f"Nothing has changed since {since}."
    named = ", ".join(change.words for change in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    noun = "input differs" if len(found) == 1 else "inputs differ"
    return f"{len(found)} {noun} since {since}: {named}{more}."
