"""The workbench's form: one post of texts read into one document, with every unreadable text named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from modeling.forms.edits import MAX_TEXT, Edited, repairs_in
from modeling.forms.fields import BLOCKS, DRIVERS, FIELDS, Field
from modeling.forms.following import follow
from modeling.forms.texts import EXAMPLES, Unreadable, one, plain, read, shown
from modeling.forms.uncertainty import CERTAIN, ordered, parameters, read_correlations, read_driver
from modeling.simulation_request import DEFAULT_SEED, DEFAULT_TRIALS
from valor.lib.errors import Problem

SIMULATION = {"trials": str(DEFAULT_TRIALS), "seed": str(DEFAULT_SEED)}
Document = dict[str, Any]


@dataclass(frozen=True)
class Slip:
    """A rate that looks as if its percent were forgotten, with the text that would repair it."""

    shown: str
    repair: str


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """What stands at a dotted path; None where nothing does."""
    found: Any = document
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def put(document: Document, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for part in parents:
        document = document.setdefault(part, {})
    document[last] = value


def texts_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Every input's text for a stored document, uncertain ones and correlations included."""
    texts = {path: shown(value_at(document, path), field.kind) for path, field in FIELDS.items()}
    uncertainty = document.get("uncertainty") or {}
    for name, driver in DRIVERS.items():
        entry = uncertainty.get(name) or {}
        kind = entry.get("distribution", CERTAIN)
        texts[f"uncertainty.{name}.distribution"] = kind
        for parameter in parameters(kind):
            path = f"uncertainty.{name}.{parameter.name}"
            texts[path] = shown(entry.get(parameter.name), parameter.kind(driver))
    for entry in document.get("correlations") or []:
        column, row = sorted(entry["between"], key=list(DRIVERS).index)
        texts[f"correlations.{row}.{column}"] = shown(entry["value"], "number")
    return texts


def slips_in(document: Mapping[str, Any]) -> dict[str, Slip]:
    """The rates so small that a percent sign was probably forgotten."""
    found = {}
    for path, field in FIELDS.items():
        value = value_at(document, path) if field.kind == "rate" else None
        if isinstance(value, (int, float)) and 0 < abs(value) < field.slip:
            found[path] = Slip(plain(value * 100), plain(value * 10_000))
    return found


class WorkbenchForm(Edited):
    """Reads *data* against the *stored* document; what the post leaves out stays as stored."""

    def __init__(self, data: Mapping[str, str], stored: Mapping[str, Any]) -> None:
        self.data = {name: text[:MAX_TEXT] for name, text in data.items()} | repairs_in(data)
        self.stored = stored
        self.problems: list[Problem] = []
        self.followed: set[str] = set()
        self.document = self._document()

    def _document(self) -> Document:
        kept = ("method", "currency", "unit")
        document: Document = {key: self.stored[key] for key in kept if key in self.stored}
        for field in FIELDS.values():
            value = self._value(field)
            if value is not None and not self._left_out(field):
                put(document, field.path, value)
        self._read_uncertainty(document)
        return document

    def _value(self, field: Field) -> Any:
        stored = value_at(self.stored, field.path)
        text = self.data.get(field.path)
        if text is None:
            return stored
        try:
            return read(text, field.kind, stored)
        except Unreadable:
            problem = Problem(field.path, text, f"“{text.strip()}” can't be read.", EXAMPLES[field.kind])
            self.problems.append(problem)
            return stored

    def _left_out(self, field: Field) -> bool:
        """Whether the field stands in a block of which nothing but a choice is filled in."""
        block = next((block for block in BLOCKS if field.path.startswith(f"{block}.")), None)
        if block is None:
            return False
        rest = (other for other in FIELDS.values() if other.path.startswith(f"{block}.") and other.kind != "choice")
        return not any(self.text(other.path) for other in rest)

    def _read_uncertainty(self, document: Document) -> None:
        stored = self.stored.get("uncertainty") or {}
        found: Document = {}
        for name, driver in DRIVERS.items():
            entry, problems = read_driver(driver, self.data, stored.get(name), value_at(document, driver.path))
            self.problems += problems
            moved = None if problems or not entry else self._followed(driver, entry, document)
            if moved:
                self.followed.add(name)
            if entry:
                found[name] = moved or entry
        known = list(self.stored.get("correlations") or [])
        correlations, problems = read_correlations(ordered(found), self.data, known)
        self.problems += problems
        document.update({"uncertainty": found} if found else {})
        document.update({"correlations": correlations} if correlations else {})

    def _followed(self, driver: Field, entry: Document, document: Document) -> Document | None:
        if self.redraws(driver.name):
            return None
        base_then, base_now = (value_at(source, driver.path) for source in (self.stored, document))
        return follow(driver, entry, self.data, base_then, base_now)

    def text(self, path: str) -> str:
        """The text of one field as it was posted, or as the stored value would show."""
        if path in self.data:
            return self.data[path].strip()
        field = FIELDS[path]
        return shown(value_at(self.stored, path), field.kind)

    def texts(self) -> dict[str, str]:
        """Every input's text for showing the form again: what was typed wins over what is stored."""
        fresh = texts_of(self.document)
        redrawn = {f"uncertainty.{name}." for name in DRIVERS if name in self.followed or self.redraws(name)}
        typed = {name: text for name, text in self.data.items() if not any(map(name.startswith, redrawn))}
        return fresh | typed

    def redraws(self, driver: str) -> bool:
        """Whether the parameters on the page belong to another distribution than the one now chosen."""
        kind = self.data.get(f"uncertainty.{driver}.distribution")
        return kind is not None and self.data.get(f"uncertainty.{driver}.shown", CERTAIN) != kind

    @property
    def redraws_correlations(self) -> bool:
        """Whether the matrix on the page is for another set of drivers than the uncertain ones."""
        now = ",".join(ordered(self.document.get("uncertainty") or {}))
        return self.data.get("correlations.shown", now) != now

    def simulation(self) -> dict[str, Any]:
        """What a run is asked for; a text that is no whole number goes on as it is, to be refused by name."""
        trials, seed = (whole_number(self.data.get(name, default)) for name, default in SIMULATION.items())
        return {"trials": trials, "seed": seed, "sampler": self.data.get("sampler", "sobol")}

    def add(self, problems: Iterable[Problem]) -> None:
        """Takes over what else is wrong, one problem for each field.

        A correlation whose driver has an impossible distribution is not wrong by itself: it is left unsaid.
        """
        problems = list(problems)
        known = {problem.field for problem in self.problems}
        broken = {problem.field.split(".")[1] for problem in problems if problem.field.startswith("uncertainty.")}
        self.problems += [
            problem
            for problem in problems
            if problem.field not in known and not (problem.field.endswith(".between") and problem.value in broken)
        ]


def whole_number(text: str) -> int | str:
    """``1,000,000`` and ``1e6`` as a number; anything else stays a text."""
    if text.isascii() and text.isdigit() and len(text) < 30:
        return int(text)
    try:
        value = one(text.strip(), "number")
    except Unreadable:
        return text
    return int(value) if value == int(value) else text
