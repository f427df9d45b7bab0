"""The right side of a portfolio's page: what was chosen, the frontier around it, or why there is no answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modeling.forms.portfolio.fields import OBJECTIVES
from modeling.forms.portfolio.form import all_fields, place_of
from modeling.forms.portfolio.relax import texts_for
from modeling.presenters.frontier import FrontierChart, Place, Plane, chart_of, plane_of
from modeling.presenters.holdings import Figure, Holdings, figures_of, holdings_of, method_words
from modeling.presenters.portfolio_sheet import on_page
from modeling.presenters.portfolio_tables import table_of
from modeling.presenters.words import typeset
from valor.lib.errors import ValorError
from valor.lib.numbers import format_percent

OBJECTIVE_WORDS = dict(OBJECTIVES)


@dataclass(frozen=True)
class Reason:
    """One thing that stands in the way: in words, the input it speaks of, and what to type instead."""

    words: str
    remedy: str
    key: str = ""
    label: str = ""
    repair: str = ""


@dataclass(frozen=True)
class Refusal:
    message: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Point:
    """One portfolio on the page; ``share`` says where on the frontier it lies, from 0 to 1."""

    title: str
    share: float
    words: str
    figures: tuple[Figure, ...]
    holdings: Holdings
    method: str
    cx: str
    cy: str
    use: str = ""


@dataclass(frozen=True)
class Outcome:
    """Everything on the right; what could not be found is None."""

    point: Point | None = None
    chart: FrontierChart | None = None
    refusal: Refusal | None = None
    is_large: bool = False
    notes: tuple[str, ...] = ()
    basis: str = ""
    effects: tuple[tuple[str, ...], ...] = ()


def refusal_of(error: ValorError, document: Mapping[str, Any]) -> Refusal:
    """An error in the page's words; a conflict of constraints with a button for each way out."""
    conflict = getattr(error, "conflict", ())
    reasons = []
    for place, problem in enumerate(error.problems):
        path = place_of(problem.field, document)
        field = all_fields().get(path)
        table = table_of(path)
        said = on_page(problem, field) if not conflict else problem
        texts = texts_for(conflict[place], document) if conflict else {}
        if conflict and conflict[place].kind == "budget":  # no input of the page sets it
            reasons.append(Reason(typeset(said.message), ""))
            continue
        reasons.append(
            Reason(
                typeset(said.message),
                typeset(said.remedy),
                field.key if field else table[0],
                field.label if field else table[1],
                json.dumps(texts) if texts else "",
            )
        )
    return Refusal(typeset(error.message), tuple(dict.fromkeys(reasons)))


def plane_for(line: Any) -> Plane:
    """The same for every point of a line, so that a mark can be moved without drawing anew."""
    held = [place_of_solution(line.held)] if line.held else []
    drawn, assets = drawn_of(line), assets_of(line).values()
    return plane_of([*drawn, *assets, place_of_solution(line.equal), *held])


def drawn_of(line: Any) -> list[Place]:
    return [(float(risk), float(reward)) for risk, reward in line.drawn]


def assets_of(line: Any) -> dict[str, Place]:
    problem = line.task.problem
    risks = problem.covariance.diagonal().clip(min=0.0) ** 0.5
    return {
        name: (float(risk), float(reward))
        for name, risk, reward in zip(line.task.names, risks, problem.mean, strict=True)
    }


def place_of_solution(solution: Any) -> Place:
    return (solution.volatility, solution.expected_return)


def frontier_chart(line: Any, chosen: Mapping[str, Any] | None) -> FrontierChart:
    marks: dict[str, tuple[str, Place]] = {"Equal weights": ("equal", place_of_solution(line.equal))}
    if line.held is not None:
        marks["Held now"] = ("held", place_of_solution(line.held))
    if chosen is not None:
        marks["Chosen"] = ("chosen", (chosen["volatility"], chosen["expected_return"]))
    return chart_of(plane_for(line), drawn_of(line), assets_of(line), marks)


def point_of(line: Any, answer: Mapping[str, Any], title: str, share: float | None = None) -> Point:
    """A portfolio as the page shows it; *share* where it was asked for by its place on the frontier."""
    plane, data = plane_for(line), line.task.data
    reward, risk = answer["expected_return"], answer["volatility"]
    digits = 12 if share == 1.0 else 6  # rounded up, the greatest return would be more than can be had
    use = json.dumps({"objective.method": "target_return", "objective.return": f"{reward * 100:.{digits}g}"})
    return Point(
        title,
        line.share_of(reward) if share is None else share,
        f"{format_percent(reward)} a year at a risk of {format_percent(risk)}",
        figures_of(answer),
        holdings_of(answer, data.groups if data else {}, line.task.model.current),
        method_words(answer),
        plane.x(risk),
        plane.y(reward),
        "" if share is None else use,
    )


def basis_of(told: Mapping[str, Any] | None) -> str:
    """Which prices it rests on, in one sentence."""
    if told is None:
        return "It rests on the expected returns and the covariance that the document states."
    return (
        f"It rests on {told['returns']:,} returns of {told['source']}, {told['from']} to {told['to']}, "
        f"{told['periods_per_year']} of which make a year."
    )


def effects_of(views: Mapping[str, Any] | None) -> tuple[tuple[str, ...], ...]:
    """What each view stated, and what was expected before and after all of them."""
    return tuple(
        (str(effect["label"]), *(format_percent(effect[key]) for key in ("stated", "prior", "posterior")))
        for effect in (views or {}).get("effects") or ()
    )
