"""What to type so that constraints that conflict no longer do: the relaxations of `Infeasible` as texts of the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modeling.forms.portfolio.exposures import named
from modeling.forms.portfolio.fields import LIMIT_FIELDS
from modeling.forms.portfolio.form import rules_of, value_of
from modeling.forms.portfolio.lines import bounds_text, groups_text

OWN = {"target_return": "objective.return", "target_risk": "objective.risk", "gross": "leverage.gross"}
DIGITS = 8  # as many as the engine's own words have


def texts_for(conflict: Any, document: Mapping[str, Any]) -> dict[str, str]:
    """The texts that relax one requirement of a conflict; empty where no input of the page can."""
    if conflict.relax_to is None:
        return {}
    kind, value = conflict.kind, conflict.relax_to
    if kind in ("lower", "upper"):
        return bounds(kind, value, conflict.relaxes, document)
    if kind in ("group_lower", "group_upper"):
        return group(kind.removeprefix("group_"), value, conflict.names[0], document)
    if kind in ("exposure_lower", "exposure_upper"):
        return {named(kind.removeprefix("exposure_"), conflict.names[0]): f"{value:.{DIGITS}g}"}
    path = OWN.get(kind) or next((known for known in LIMIT_FIELDS if known.startswith(f"{kind}.")), "")
    if not path:
        return {}
    return {path: f"{value:.0f}" if kind == "cardinality" else exact(value)}


def exact(value: float) -> str:
    """In percent, with every digit that it needs."""
    return f"{value * 100:.{DIGITS}g}"


def bounds(side: str, value: float, names: tuple[str, ...], document: Mapping[str, Any]) -> dict[str, str]:
    """The bound of all, and those of single assets that are among *names*."""
    own = {name: dict(ends) for name, ends in (document["bounds"].get("by_asset") or {}).items()}
    texts = {}
    if any(name not in own for name in names):
        texts[f"bounds.{side}"] = exact(value)
    meant = [name for name in names if name in own]
    for name in meant:
        own[name][side] = value
    if meant:
        texts["bounds.by_asset"] = bounds_text(own)
    return texts


def group(side: str, value: float, name: str, document: Mapping[str, Any]) -> dict[str, str]:
    rules = [{**rule, side: value} if rule["name"] == name else rule for rule in rules_of(document, "group")]
    return {"groups": groups_text(rules)} if value_of(document, "groups") else {}
