"""The constraints of a portfolio beyond the bounds, declared in `fields.KINDS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from modeling.codecs.portfolio.fields import KINDS, LOADING, MOST_ASSETS, MOST_RULES, Kind
from modeling.codecs.portfolio.lists import by_ticker, objects, tickers
from modeling.codecs.portfolio.model import Rule
from modeling.codecs.reading import MISSING, Reader, nearest

EXAMPLE = '{"kind": "group", "name": "Banks", "members": ["BAC", "JPM"], "upper": 0.2}'


def read_rules(document: Reader) -> tuple[Rule, ...]:
    def one(raw: Mapping[str, Any], path: str) -> Rule | None:
        kind = raw.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            document.report(f"{path}.kind", kind, "There is no such constraint.", nearest(kind, KINDS))
            return None
        entry = Reader(raw, path, KINDS[kind].keys, document.problems)
        return replace(read_rule(entry, kind, KINDS[kind]), place=int(path.rpartition(".")[2]))

    return objects(document, "constraints", MOST_RULES, one, EXAMPLE)


def read_rule(entry: Reader, name: str, kind: Kind) -> Rule:
    figures = {key: entry.number(key, spec) for key, spec in kind.figures.items()}
    for key in kind.needed:
        if figures[key] is None:
            entry.report(key, MISSING, "It is missing.", f"Give a number {kind.figures[key].words()}.")
    stated = {key: figure for key, figure in figures.items() if figure is not None}
    if kind.named and not stated:
        entry.report("upper", MISSING, "It limits nothing.", "Give a lower or an upper bound.")
    if stated.get("lower", float("-inf")) > stated.get("upper", float("inf")):
        entry.report("lower", stated["lower"], "It is above the upper bound.", "Lower the one or raise the other.")
    label = entry.text("name", 80)
    if kind.named and not label:
        entry.report("name", MISSING, "It is missing.", "Give the name by which messages call it.")
    members = tickers(entry, "members", MOST_ASSETS) if kind.members else ()
    weights = by_ticker(entry, kind.weights, LOADING) if kind.weights else {}
    if kind.weights == "loadings" and not weights:
        entry.report("loadings", MISSING, "It is missing.", 'Give each asset\'s loading, such as {"AAPL": 1.2}.')
    return Rule(name, label or name.replace("_", " ").capitalize(), stated, members, weights)
