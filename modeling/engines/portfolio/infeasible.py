"""Why no portfolio meets all constraints: an irreducible set of those that conflict, in words, and what to relax."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.conflict_words import joined, less_strict, phrase
from modeling.engines.portfolio.constrained.feasibility import feasible, suspects
from modeling.engines.portfolio.constrained.program import Member, Program
from modeling.engines.portfolio.constrained.relaxation import relaxed_value
from valor.lib.errors import Problem

MOST_SINGLE = 100  # bounds that are tried one by one


@dataclass(frozen=True)
class Conflicting:
    """One requirement of the set, or several bounds of the same figure.

    Attributes
    ----------
    kind : such as "lower", "upper", "budget", "group_upper", "target_return"
    names : the assets, or the constraint
    path, value : where the figure stands, and what it is
    words : the requirement as a phrase
    relax_to : the nearest figure with which everything can be met while all else stays; None where there is none
    relaxes : whom the figure to relax to is for: every asset with the same bound, also those that are not to blame
    remedy : the same as a sentence
    """

    kind: str
    names: tuple[str, ...]
    path: str
    value: float
    words: str
    relax_to: float | None
    relaxes: tuple[str, ...]
    remedy: str


class Infeasible(EngineError):
    """No portfolio meets all of these constraints at once: relax one of them as said."""

    code = "infeasible"

    def __init__(self, conflict: Iterable[Conflicting]) -> None:
        self.conflict = tuple(conflict)
        phrases = [item.words for item in self.conflict]
        message = f"No portfolio can have {joined(phrases)}."
        problems = [
            Problem(item.path, item.value, _against(index, phrases), item.remedy)
            for index, item in enumerate(self.conflict)
        ]
        super().__init__(message, problems=problems)


def _against(index: int, phrases: list[str]) -> str:
    others = [words for place, words in enumerate(phrases) if place != index]
    own = phrases[index][0].upper() + phrases[index][1:]
    return f"{own} can't be had together with {joined(others)}." if others else f"{own} can't be had."


def explain(program: Program) -> Infeasible:
    """The refusal of a programme that nothing meets."""
    groups = irreducible(program)
    return Infeasible([_conflicting(program, group, groups) for group in groups])


def irreducible(program: Program) -> list[tuple[Member, ...]]:
    """Groups of requirements that nothing meets together, but something does once any one of them is left out.

    A deletion filter over those that the multipliers accuse, bounds of the same figure as one; then, where they are
    not too many and no whole numbers are asked for, over every bound by itself.
    """
    accused = suspects(program)
    whole = any(member.kind in ("cardinality", "minimum_position") for member in accused)
    kept = _filtered(program, list(alike(accused)))
    single: list[tuple[Member, ...]] = [(member,) for group in kept for member in group]
    if not whole and len(kept) < len(single) <= MOST_SINGLE:
        kept = _filtered(program, single)
    return list(alike(member for group in kept for member in group))


def _filtered(program: Program, groups: list[tuple[Member, ...]]) -> list[tuple[Member, ...]]:
    kept = groups
    for group in sorted(groups, key=_order):
        rest = [other for other in kept if other != group]
        if not feasible(program.keeping(member for other in rest for member in other)):
            kept = rest
    return kept


def alike(members: Iterable[Member]) -> Iterable[tuple[Member, ...]]:
    """Bounds of one figure and side together, every other requirement by itself."""
    groups: dict[tuple[str, str, float], list[Member]] = {}
    for member in members:
        name = "" if member.column is not None else member.name
        groups.setdefault((member.kind, name, member.value), []).append(member)
    return (tuple(group) for group in groups.values())


def _order(group: tuple[Member, ...]) -> int:
    """Left out first is what people think of last: bounds before what they asked for by name, the budget at the end."""
    return {"lower": 0, "upper": 1, "budget": 3}.get(group[0].kind, 2)


def _conflicting(program: Program, group: tuple[Member, ...], groups: list[tuple[Member, ...]]) -> Conflicting:
    first = group[0]
    names = tuple(member.name for member in group)
    same = next(one for one in alike(program.members) if first in one)
    value = relaxed_value(program, same)
    also = ""
    if value is None:
        conflict = program.keeping(member for one in groups for member in one)
        value = relaxed_value(conflict, group)
        also = "" if value is None else " Other constraints conflict as well."
    relaxes = tuple(member.name for member in same)
    return Conflicting(
        kind=first.kind,
        names=names,
        path=first.path,
        value=first.value,
        words=phrase(first.kind, names, first.value),
        relax_to=None if also else value,
        relaxes=relaxes,
        remedy=less_strict(first.kind, names if also else relaxes, first.value, value) + also,
    )
