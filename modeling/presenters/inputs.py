"""Builds the left side of the workbench: inputs with unit, source, history and errors, and the closed groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modeling.forms.fields import DRIVERS, FIELDS, GROUPS, SIGHT, Field, Group
from modeling.forms.texts import shown
from modeling.forms.uncertainty import CERTAIN, KINDS, ordered, pairs, parameters
from modeling.forms.workbench import value_at
from modeling.prefill import FOLLOWING, Suggestion
from modeling.presenters.problems import on_page
from modeling.presenters.sheet import (
    Input,
    InputGroup,
    Mark,
    Matrix,
    Pedigree,
    Repair,
    Sheet,
    Slot,
    TextInput,
    Uncertain,
)
from modeling.presenters.words import historic, summary_of, unit_of, worded
from valor.lib.errors import Problem

SIMULATION = {"trials": "Trials", "seed": "Seed", "sampler": "Sampler"}
SAMPLERS = {"sobol": "scrambled Sobol", "latin_hypercube": "Latin hypercube", "pseudo_random": "pseudo-random"}


def pedigree_of(suggestion: Suggestion, field: Field) -> Pedigree:
    history = tuple((label, historic(value, field)) for label, value in reversed(suggestion.history))
    return Pedigree(suggestion.kind, suggestion.formula, suggestion.source, suggestion.reason, history)


def mark_of(field: Field, value: Any, suggestion: Suggestion | None) -> Mark:
    """A value as suggested keeps the suggestion's mark; another one is the person's own."""
    if suggestion is None or (value is None and suggestion.value is None):
        return Mark(field.key)
    if suggestion.value is None:
        return Mark(field.key, "yours", "yours")
    if shown(value, field.kind) == shown(suggestion.value, field.kind):
        return Mark(field.key, "assumed", "assumed") if suggestion.kind == "assumed" else Mark(field.key)
    if value is None and field.name in FOLLOWING:
        return Mark(field.key, f"assumed {worded(suggestion.value, field)}", "assumed")
    word = "empty" if value is None else "yours"
    return Mark(field.key, f"{word} (suggested {worded(suggestion.value, field)})", "yours")


def closest(path: str, known: set[str]) -> str:
    """The slot where a problem is shown: its own field, the nearest one around it, or the top of the form."""
    while path and path not in known:
        path = path.rpartition(".")[0]
    return path or "document"


def driver_of(path: str) -> str:
    """The driver in the path of a distribution: ``uncertainty.growth.sd``."""
    root, *rest = path.split(".")
    return rest[0] if root == "uncertainty" and rest else ""


class SheetMaker:
    """Builds the sheet from texts, the document they stand for, problems and suggestions."""

    def __init__(
        self,
        texts: Mapping[str, str],
        document: Mapping[str, Any],
        suggestions: Mapping[str, Suggestion],
        problems: Iterable[Problem] = (),
        repairs: Mapping[str, Repair] | None = None,
    ) -> None:
        self.texts = texts
        self.document = document
        self.currency = str(document.get("currency", ""))
        self.suggestions = suggestions
        self.repairs = repairs or {}
        self.drivers = ordered(document.get("uncertainty") or {})
        self.pairs = pairs(self.drivers)
        known = self.paths()
        self.placed: dict[str, list[Problem]] = {}
        for problem in problems:
            said = on_page(problem, self.kind(driver_of(problem.field)))
            self.placed.setdefault(closest(self.pair_path(problem.field), known), []).append(said)

    def paths(self) -> set[str]:
        """The path of every slot of the sheet."""
        matrix = {"correlations", *(f"correlations.{row}.{column}" for row, column in self.pairs)}
        uncertain = {f"uncertainty.{name}" for name in DRIVERS}
        chosen = {f"uncertainty.{name}.{part.name}" for name in DRIVERS for part in parameters(self.kind(name))}
        return {*FIELDS, *SIMULATION, *matrix, *uncertain, *chosen}

    def pair_path(self, path: str) -> str:
        """``correlations.2.value`` names the third correlation of the document: the input of that pair."""
        parts = path.split(".")
        entries = self.document.get("correlations") or []
        if parts[0] != "correlations" or len(parts) < 2 or not parts[1].isdigit() or int(parts[1]) >= len(entries):
            return path
        between = set(entries[int(parts[1])]["between"])
        found = next((pair for pair in self.pairs if set(pair) == between), None)
        return f"correlations.{found[0]}.{found[1]}" if found else "correlations"

    def kind(self, driver: str) -> str:
        """The distribution chosen, *certain* where there is none such."""
        kind = self.texts.get(f"uncertainty.{driver}.distribution", CERTAIN)
        return kind if kind in KINDS else CERTAIN

    def slot(self, path: str) -> Slot:
        return Slot(path, tuple(self.placed.get(path, ())), self.repairs.get(path))

    def sheet(self) -> Sheet:
        sight, *groups = (self.group(group) for group in (SIGHT, *GROUPS))
        simulation = tuple(self.text_input(path, label, "number") for path, label in SIMULATION.items())
        trials, seed, sampler = (item.text for item in simulation)
        summary = f"{trials} trials, seed {seed}, {SAMPLERS.get(sampler, sampler)}"
        return Sheet(sight, tuple(groups), self.matrix(), self.slot("document"), simulation, summary)

    def group(self, group: Group) -> InputGroup:
        inputs = tuple(self.input(field) for field in group.fields)
        return InputGroup(group.name, group.title, inputs, summary_of(group, self.document))

    def input(self, field: Field) -> Input:
        name = "price" if field.path == "price.value" else field.name
        suggestion = self.suggestions.get(name) if field.is_driver or name == "price" else None
        return Input(
            field=field,
            text=self.texts.get(field.path, ""),
            unit=unit_of(field.kind, self.currency, field.name),
            slot=self.slot(field.path),
            mark=mark_of(field, value_at(self.document, field.path), suggestion),
            pedigree=pedigree_of(suggestion, field) if suggestion else None,
            uncertain=self.uncertain(field) if field.is_driver else None,
        )

    def uncertain(self, field: Field) -> Uncertain:
        prefix, kind = f"uncertainty.{field.name}", self.kind(field.name)
        inputs = tuple(
            self.text_input(f"{prefix}.{part.name}", part.label, part.kind(field), field.name)
            for part in parameters(kind)
        )
        kinds = ((CERTAIN, CERTAIN), *((name, label) for name, (label, _) in KINDS.items()))
        return Uncertain(
            field.name, field.label, self.texts.get(field.path, ""), kind, kinds, inputs, self.slot(prefix)
        )

    def text_input(self, path: str, label: str, kind: str, name: str = "") -> TextInput:
        return TextInput(path, label, self.texts.get(path, ""), unit_of(kind, self.currency, name), self.slot(path))

    def matrix(self) -> Matrix:
        rows = []
        for index, row in enumerate(self.drivers):
            label = DRIVERS[row].label
            cells = tuple(
                self.text_input(f"correlations.{row}.{column}", f"{label} with {DRIVERS[column].label}", "number")
                for column in self.drivers[:index]
            )
            rows.append((label, cells))
        return Matrix(",".join(self.drivers), tuple(rows), self.slot("correlations"))
