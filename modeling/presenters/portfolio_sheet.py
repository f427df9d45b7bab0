"""The left side of a portfolio's page: its inputs with their texts, errors and the repairs offered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from modeling.forms.portfolio.fields import HELD, LIMITS, OBJECTIVES, PRICES, VIEWS, Choices, Field, Group
from modeling.forms.portfolio.form import groups_of_fields, place_of, slip, value_of
from modeling.forms.texts import plain
from modeling.presenters.portfolio_tables import Tables
from modeling.presenters.problems import worded
from modeling.presenters.sheet import Repair, Slot
from modeling.presenters.words import typeset
from valor.lib.errors import Problem

METHOD = re.compile(rf"\b(?:{'|'.join(method for method, _ in OBJECTIVES if '_' in method)})\b")


@dataclass(frozen=True)
class Item:
    """One input. *hidden* ones belong to another choice of the select named by ``chosen_by``."""

    field: Field
    text: str
    slot: Slot
    choices: Choices
    hidden: bool

    @property
    def rows(self) -> int:
        return min(max(len(self.text.splitlines()), 2), 8)

    @property
    def needed_by(self) -> str:
        return " ".join(self.field.needed_by)

    @property
    def chooses(self) -> bool:
        return self.field.path in ("objective.method", "estimators.mean.method", "estimators.covariance.method")

    @property
    def chosen_by(self) -> str:
        return f"{self.field.path.rpartition('.')[0]}.method"


@dataclass(frozen=True)
class Part:
    """A group of inputs; the summary says what stands in it while it is closed."""

    name: str
    title: str
    items: tuple[Item, ...]
    summary: str

    @property
    def has_trouble(self) -> bool:
        return any(item.slot.problems for item in self.items)


@dataclass(frozen=True)
class PortfolioSheet:
    general: Slot
    sight: Part
    parts: tuple[Part, ...]
    tables: Tables

    @property
    def slots(self) -> list[Slot]:
        items = [*self.sight.items, *(item for part in self.parts for item in part.items)]
        return [self.general, *(item.slot for item in items)]


def sheet_of(
    document: Mapping[str, Any],
    texts: Mapping[str, str],
    sets: Choices,
    problems: Iterable[Problem] = (),
    tables: Tables | None = None,
) -> PortfolioSheet:
    """The inputs of a document; *texts* are what was typed, *sets* the price sets to choose from."""
    told = list(problems)
    slots = slots_of(document, told)
    has_set = "set" in (document.get("prices") or {})
    made = [part_of(group, document, texts, sets, slots) for group in groups_of_fields()]
    if not has_set:
        made = [
            replace(part, items=tuple(i for i in part.items if not i.field.path.startswith("prices."))) for part in made
        ]
    sight, *parts = made
    general = Slot("document", tuple(on_page(p, None) for p in told if place_of(p.field, document) == "document"))
    return PortfolioSheet(general, sight, tuple(part for part in parts if part.items), tables or Tables())


def slots_of(document: Mapping[str, Any], problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(place_of(problem.field, document), []).append(problem)
    return found


def part_of(
    group: Group,
    document: Mapping[str, Any],
    texts: Mapping[str, str],
    sets: Choices,
    slots: Mapping[str, list[Problem]],
) -> Part:
    items = tuple(item_of(field, document, texts, sets, slots.get(field.path, [])) for field in group.fields)
    return Part(group.name, group.title, items, summary_of(group, document))


def item_of(
    field: Field, document: Mapping[str, Any], texts: Mapping[str, str], sets: Choices, problems: list[Problem]
) -> Item:
    said = tuple(on_page(problem, field) for problem in problems)
    slot = Slot(field.path, said, repair_of(field, document, problems))
    item = Item(field, texts.get(field.path, ""), slot, sets if field.path == "prices.set" else field.choices, False)
    if not field.needed_by:
        return item
    chosen = texts.get(item.chosen_by) or str(value_of(document, item.chosen_by))
    return replace(item, hidden=chosen not in field.needed_by and not said)


def on_page(problem: Problem, field: Field | None) -> Problem:
    """In the units and words of the page: decimals of a rate become percent, methods what they are called here."""
    understood = not isinstance(problem.value, str)
    rate = understood and (field is None or field.kind in ("rate", "weights", "bounds", "groups", "views"))
    message, remedy = (METHOD.sub(called, text) for text in (problem.message, problem.remedy))
    if understood:
        message, remedy = (typeset(worded(text, rate)) for text in (message, remedy))
    return replace(problem, message=message, remedy=remedy)


def called(method: re.Match[str]) -> str:
    """A method by the words that the page has for it."""
    return f"“{dict(OBJECTIVES)[method[0]]}”"


def repair_of(field: Field, document: Mapping[str, Any], problems: list[Problem]) -> Repair | None:
    """An offer to type what was probably meant."""
    for problem in problems:
        number = problem.value
        if field.kind == "rate" and isinstance(number, (int, float)) and "did you mean" in problem.remedy:
            return Repair("", f"Use {plain(number)} %", {field.path: plain(number)})
    meant = "" if problems else slip(field, value_of(document, field.path))
    if not meant:
        return None
    typed = plain(value_of(document, field.path) * 100)
    return Repair(f"{typed} %: did you mean {meant} %?", f"Use {meant} %", {field.path: meant})


def summary_of(group: Group, document: Mapping[str, Any]) -> str:
    makers = {
        PRICES.name: prices_summary,
        "estimators": estimators_summary,
        LIMITS.name: limits_summary,
        HELD.name: held_summary,
        VIEWS.name: views_summary,
    }
    return makers[group.name](group, document) if group.name in makers else ""


def prices_summary(group: Group, document: Mapping[str, Any]) -> str:
    prices = document.get("prices") or {}
    tickers = prices.get("tickers") or []
    assets = counted(len(tickers), "ticker") if tickers else "all tickers"
    first, last = prices.get("from"), prices.get("to")
    period = f"{first or 'the first'} to {last or 'the last'}" if first or last else "all prices"
    frequency = prices.get("frequency", "own")
    return ", ".join([assets, period, *([] if frequency == "own" else [frequency])])


def estimators_summary(group: Group, document: Mapping[str, Any]) -> str:
    labels = [dict(field.choices) for field in group.fields if field.path.endswith(".method")]
    methods = [document["estimators"][side]["method"] for side in ("mean", "covariance")]
    return ", ".join(names.get(method, method) for names, method in zip(labels, methods, strict=True))


def limits_summary(group: Group, document: Mapping[str, Any]) -> str:
    own = document["bounds"].get("by_asset") or {}
    groups = value_of(document, "groups") or []
    parts = [counted(len(own), "own bound")] if own else []
    parts += [counted(len(groups), "group")] if groups else []
    for field in group.fields[2:]:
        value = value_of(document, field.path)
        if value is not None:
            parts.append(f"{field.label.lower()} {plain(value * 100)} %" if field.unit else f"{plain(value)} names")
    more = sum(rule["kind"] == "factor" for rule in document.get("constraints") or ())
    parts += [counted(more, "factor")] if more else []
    return ", ".join(parts) or "none"


def held_summary(group: Group, document: Mapping[str, Any]) -> str:
    costs = document["costs"]
    parts = [counted(len(document["current"]), "asset")] if document["current"] else ["nothing held"]
    parts += (
        [f"costs {plain(costs['buy'] * 100)} % and {plain(costs['sell'] * 100)} %"]
        if any((costs["buy"], costs["sell"]))
        else []
    )
    return ", ".join(parts)


def views_summary(group: Group, document: Mapping[str, Any]) -> str:
    views = document.get("views")
    return counted(len(views.get("views") or []), "view") if views else "none"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
