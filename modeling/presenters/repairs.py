"""Offers to repair what was typed: a forgotten percent sign, correlations that contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modeling.forms.uncertainty import ordered, pairs
from modeling.forms.workbench import Slip, slips_in
from modeling.presenters.sheet import Repair
from valor.lib.errors import Problem


def repairs_for(document: Mapping[str, Any], problems: Iterable[Problem] = ()) -> dict[str, Repair]:
    """The repair offered at each slot; an input that is wrong anyway is not asked about its percent sign."""
    wrong = {problem.field for problem in problems}
    repairs = {path: slip_repair(path, slip) for path, slip in slips_in(document).items() if path not in wrong}
    entries = document.get("correlations") or []
    # A single coefficient out of range is an error of its own input: no matrix is near it.
    if "correlations" in wrong and all(-1 <= e["value"] <= 1 for e in entries):
        repairs["correlations"] = Repair("", "Use nearest matrix", nearest_texts(document, entries))
    return repairs


def slip_repair(path: str, slip: Slip) -> Repair:
    return Repair(f"{slip.shown} %: did you mean {slip.repair} %?", f"Use {slip.repair} %", {path: slip.repair})


def nearest_texts(document: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The texts that put the nearest possible matrix into the form."""
    from modeling import codecs  # late: it loads NumPy, which a worker must not do before it forks

    drivers = ordered(document.get("uncertainty") or {})
    given = [codecs.Correlation(tuple(entry["between"]), float(entry["value"])) for entry in entries]
    nearest = {frozenset(item.between): f"{item.value:g}" for item in codecs.nearest_correlations(drivers, given)}
    return {f"correlations.{row}.{column}": nearest.get(frozenset((row, column)), "") for row, column in pairs(drivers)}
