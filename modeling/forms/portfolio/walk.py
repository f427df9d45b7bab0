"""The rules of a backtest as texts, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modeling.forms.edits import MAX_TEXT
from modeling.forms.portfolio.fields import Field
from modeling.forms.texts import EXAMPLES, Unreadable, read
from valor.lib.errors import Problem

CALENDARS = (
    ("week", "Every week"),
    ("month", "Every month"),
    ("quarter", "Every quarter"),
    ("year", "Every year"),
    ("never", "Never again"),
)
REFUSALS = (("keep", "Keep what is held"), ("stop", "Stop there"))
FIELDS = (
    Field("rules.window", "Window", "number", "periods that each decision looks back"),
    Field("rules.expanding", "Growing window", "flag", "from the first price on"),
    Field("rules.rebalance", "Rebalanced", "choice", choices=CALENDARS),
    Field("rules.band", "Band", "rate", "also when a weight is further off; may stay empty", unit="%"),
    Field("rules.costs.buy", "Cost of buying", "rate", "of what is bought", unit="%"),
    Field("rules.costs.sell", "Cost of selling", "rate", "of what is sold", unit="%"),
    Field("rules.costs.slippage", "Slippage", "rate", "of what is traded", unit="%"),
    Field("rules.delay", "Delay", "number", "periods from decision to trade: 0 or 1"),
    Field("rules.initial", "Money at the start", "number"),
    Field("rules.cash_rate", "Interest on cash", "rate", "a year", unit="%"),
    Field("rules.on_refusal", "Where there is no answer", "choice", choices=REFUSALS),
)
PATHS = {field.path for field in FIELDS}
FIRST = {
    "rules.window": "104",
    "rules.rebalance": "month",
    "rules.costs.buy": "0.1",
    "rules.costs.sell": "0.1",
    "rules.costs.slippage": "0.05",
    "rules.delay": "1",
    "rules.initial": "1,000,000",
    "rules.cash_rate": "0",
    "rules.on_refusal": "keep",
}


class WalkForm:
    """What was posted, read into rules; unread texts are problems, and stay in the form as they were typed."""

    def __init__(self, data: Mapping[str, str]) -> None:
        self.texts = FIRST | {path: data[path][:MAX_TEXT] for path in PATHS if path in data}
        self.problems: list[Problem] = []
        self.rules: dict[str, Any] = {"costs": {}}
        for field in FIELDS:
            self._read(field)

    def _read(self, field: Field) -> None:
        text = self.texts.get(field.path, "")
        try:
            value = read(text, field.kind)
        except Unreadable:
            problem = Problem(field.path, text, f"“{text.strip()[:80]}” can't be read.", EXAMPLES[field.kind])
            self.problems.append(problem)
            return
        *parents, name = field.path.split(".")[1:]
        if value is not None:
            (self.rules["costs"] if parents else self.rules)[name] = value

    def add(self, problems: Iterable[Problem]) -> list[Problem]:
        """Takes over what is wrong with the rules; what is wrong with something else comes back."""
        known = {problem.field for problem in self.problems}
        problems = list(problems)
        self.problems += [one for one in problems if one.field in PATHS - known]
        return [one for one in problems if one.field not in PATHS]
