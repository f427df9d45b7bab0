"""What the left side of the workbench consists of, as plain data for the templates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modeling.forms.fields import Field
from valor.lib.errors import Problem


@dataclass(frozen=True)
class Pedigree:
    """Where a suggested value comes from, in words; the newest year of its history first."""

    kind: str
    formula: str
    source: str
    reason: str
    history: tuple[tuple[str, str], ...]

    @property
    def latest(self) -> tuple[tuple[str, str], ...]:
        """The years that fit in the line under the input."""
        return self.history[:3]

    @property
    def earlier(self) -> tuple[tuple[str, str], ...]:
        return self.history[3:]


@dataclass(frozen=True)
class Repair:
    """A question and the button that answers it by putting other texts into the form."""

    question: str
    label: str
    texts: Mapping[str, str]

    @property
    def json(self) -> str:
        return json.dumps(dict(self.texts))


@dataclass(frozen=True)
class Slot:
    """What stands under an input: its errors, and the offer to repair them."""

    path: str
    problems: tuple[Problem, ...] = ()
    repair: Repair | None = None

    @property
    def key(self) -> str:
        return self.path.replace(".", "-")


@dataclass(frozen=True)
class Mark:
    """How the value stands to the suggestion: *assumed*, or the person's own."""

    key: str
    word: str = ""
    kind: str = ""


@dataclass(frozen=True)
class TextInput:
    """A plain labelled input with its slot: a parameter of a distribution, a correlation."""

    path: str
    label: str
    text: str
    unit: str
    slot: Slot

    @property
    def key(self) -> str:
        return self.path.replace(".", "-")


@dataclass(frozen=True)
class Uncertain:
    """The distribution of one driver: the kind chosen and the inputs it asks for, drawn for a base case."""

    driver: str
    label: str
    base: str
    kind: str
    kinds: tuple[tuple[str, str], ...]
    inputs: tuple[TextInput, ...]
    slot: Slot


@dataclass(frozen=True)
class Input:
    """One row of the workbench's left side."""

    field: Field
    text: str
    unit: str
    slot: Slot
    mark: Mark
    pedigree: Pedigree | None
    uncertain: Uncertain | None

    @property
    def has_trouble(self) -> bool:
        """Whether an error stands at the input or at its distribution."""
        slots = [self.slot]
        if self.uncertain:
            slots += [self.uncertain.slot, *(parameter.slot for parameter in self.uncertain.inputs)]
        return any(slot.problems for slot in slots)

    @property
    def is_uncertain(self) -> bool:
        return bool(self.uncertain and self.uncertain.inputs)


@dataclass(frozen=True)
class InputGroup:
    """A block of inputs; closed, it shows its summary."""

    name: str
    title: str
    inputs: tuple[Input, ...]
    summary: str

    @property
    def has_trouble(self) -> bool:
        return any(item.has_trouble for item in self.inputs)


@dataclass(frozen=True)
class Matrix:
    """The lower triangle of correlations: for each uncertain driver its inputs against those before it."""

    drivers: str
    rows: tuple[tuple[str, tuple[TextInput, ...]], ...]
    slot: Slot

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label for label, _ in self.rows[:-1])


@dataclass(frozen=True)
class Sheet:
    """Everything the left side shows for one state of the form."""

    sight: InputGroup
    groups: tuple[InputGroup, ...]
    matrix: Matrix
    general: Slot
    simulation: tuple[TextInput, ...]
    simulation_summary: str

    @property
    def simulation_trouble(self) -> bool:
        return any(item.slot.problems for item in self.simulation)

    def inputs(self) -> Iterable[Input]:
        for group in (self.sight, *self.groups):
            yield from group.inputs

    def slots(self) -> Iterable[Slot]:
        """Every place for an error on the page."""
        yield from (self.general, self.matrix.slot)
        yield from (item.slot for item in self.simulation)
        for item in self.inputs():
            yield item.slot
            if item.uncertain:
                yield item.uncertain.slot
                yield from (parameter.slot for parameter in item.uncertain.inputs)
        for _, cells in self.matrix.rows:
            yield from (cell.slot for cell in cells)
