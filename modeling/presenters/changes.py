"""What differs between two documents, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modeling.forms.fields import DRIVERS, FIELDS, Field
from modeling.forms.texts import shown
from modeling.forms.uncertainty import KINDS, parameters
from modeling.forms.workbench import value_at
from modeling.presenters.words import inside, worded


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
        if old.get(name) != new.get(name):
            label = f"Uncertainty of {inside(driver.label)}"
            yield Change(label, distribution_words(old.get(name), driver), distribution_words(new.get(name), driver))


def distribution_words(entry: Mapping[str, Any] | None, driver: Field) -> str:
    """A distribution in one line: normal, mean 12, standard deviation 3 %."""
    if not entry or entry.get("distribution") not in KINDS:
        return "certain"
    kind = str(entry["distribution"])
    parts = [
        f"{parameter.label.lower()} {shown(entry[parameter.name], parameter.kind(driver))}"
        for parameter in parameters(kind)
        if entry.get(parameter.name) is not None
    ]
    return f"{KINDS[kind][0]}: {', '.join(parts)}" + (" (in percent)" if driver.kind == "rate" else "")


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
