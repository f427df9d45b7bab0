"""One post of texts read into one portfolio document, with every text that can't be read named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

from modeling.forms.edits import MAX_TEXT, Edited, repairs_in
from modeling.forms.portfolio import budgets, exposures, lines, views
from modeling.forms.portfolio.estimators import defaults, estimators
from modeling.forms.portfolio.fields import HELD, LIMIT_FIELDS, LIMITS, PRICES, SIGHT, VIEWS, Field, Group
from modeling.forms.portfolio.lines import UnreadableLine
from modeling.forms.texts import EXAMPLES, Unreadable, plain, read, shown
from valor.lib.errors import Problem

MAX_LINES = 500_000  # 5,000 assets with their bounds need less
ADDED = ("add.run", "add.asset", "add.horizon")
Document = dict[str, Any]
Assets = Callable[[Mapping[str, Any]], Sequence[str]]


def groups_of_fields() -> tuple[Group, ...]:
    return (SIGHT, PRICES, estimators(), LIMITS, HELD, VIEWS)


@cache
def all_fields() -> dict[str, Field]:
    return {field.path: field for group in groups_of_fields() for field in group.fields}


def rules_of(document: Mapping[str, Any], kind: str) -> list[Any]:
    return [rule for rule in document.get("constraints") or () if rule["kind"] == kind]


def value_of(document: Mapping[str, Any], path: str) -> Any:
    """What an input shows of a canonical document; None where nothing is stated."""
    if path in LIMIT_FIELDS:
        kind, key = path.split(".")
        return next((rule.get(key) for rule in rules_of(document, kind)), None)
    if path == "groups":
        return rules_of(document, "group")
    if path.startswith("estimators.") and not path.endswith(".method"):
        _, side, name = path.split(".")
        chosen = document["estimators"][side]
        return chosen.get(name, defaults(side, chosen["method"]).get(name))
    found: Any = document
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def text_of(document: Mapping[str, Any], field: Field) -> str:
    value = value_of(document, field.path)
    makers = {
        "tickers": lines.tickers_text,
        "weights": lines.weights_text,
        "bounds": lines.bounds_text,
        "groups": lines.groups_text,
        "views": views.views_text,
    }
    if field.kind in makers:
        return makers[field.kind](value) if value else ""  # type: ignore[operator]
    return shown(value, field.kind)


def texts_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Every input's text for a stored document."""
    return {path: text_of(document, field) for path, field in all_fields().items()}


class PortfolioForm(Edited):
    """Reads *data* against the *stored* document; what the post leaves out stays as stored.

    *assets* tells what a document chooses from: the rows of the tables.
    """

    def __init__(
        self, data: Mapping[str, str], stored: Mapping[str, Any], assets: Assets = lambda document: ()
    ) -> None:
        fields = all_fields()
        whole = {path for path, field in fields.items() if field.is_lines}
        self.data = {name: text if name in whole else text[:MAX_TEXT] for name, text in data.items()}
        self.stored = stored
        self.problems: list[Problem] = []
        self.data |= repairs_in(data, MAX_LINES + 1)
        self.add_view()
        self.values = {path: self._value(field) for path, field in fields.items()}
        self.document = self._document()
        self.assets = tuple(assets(self.document))
        columns = exposures.columns_in(self.data, rules_of(stored, "factor"), self.assets)
        self.columns = exposures.relaxed(columns, self.data, self.problems)
        self._tables()

    def add_view(self) -> None:
        """A simulated value that was chosen below the views becomes the last of their lines."""
        if self.data.get("add") != "1":
            return
        run, asset, horizon = (self.data.get(name, "").strip() for name in ADDED)
        valuation, _, number = run.partition("/")
        if valuation.isdigit() and number.isdigit() and asset:
            line = f"{asset} from valuation {valuation} run {number} in {horizon or '3'} years"
            self.data["views.views"] = f"{self.data.get('views.views', '').rstrip()}\n{line}".strip()
        else:
            remedy = "Choose a run and name the ticker that its value is of."
            self.problems.append(Problem("add", None, "It is not said which value is meant.", remedy))

    def _value(self, field: Field) -> Any:
        stored, text = value_of(self.stored, field.path), self.data.get(field.path)
        if text is None:
            return stored
        if field.is_lines and len(text) > MAX_LINES:
            message = f"It has more than {MAX_LINES:,} characters."
            self.problems.append(Problem(field.path, text, message, "State what is so long by the API."))
            return stored
        try:
            return self._read(field, text, stored)
        except UnreadableLine as error:
            message = f"Line {error.number}, “{error.line[:80]}”, can't be read."
            self.problems.append(Problem(field.path, text, message, str(error)))
        except Unreadable:
            remedy = EXAMPLES.get(field.kind, "")
            self.problems.append(Problem(field.path, text, f"“{text.strip()[:80]}” can't be read.", remedy))
        return stored

    def _read(self, field: Field, text: str, stored: Any) -> Any:
        readers = {
            "weights": lines.read_weights,
            "bounds": lines.read_bounds,
            "groups": lines.read_groups,
            "views": views.read_views,
        }
        if field.kind == "tickers":
            return lines.read_tickers(text)
        if field.kind in readers:
            return readers[field.kind](text, stored or {})  # type: ignore[operator]
        value = read(text, field.kind, stored)
        whole = field.path == "prices.set" and isinstance(value, str) and value.isascii() and value.isdigit()
        return int(value[:18]) if whole else value

    def _document(self) -> Document:
        document: Document = deepcopy(dict(self.stored))
        for section in ("objective", "bounds", "costs"):
            document[section] = document[section] | self._section(section)
        for name in ("name", "risk_free", "benchmark", "current", "factors"):
            document[name] = self.values[name]
        if "set" in (document.get("prices") or {}):
            document["prices"] = self._section("prices")
        document["estimators"] = {side: self._estimator(side) for side in ("mean", "covariance")}
        document["constraints"] = self._rules()
        document["views"] = self._views()
        return document

    def _section(self, section: str) -> Document:
        prefix = f"{section}."
        return {path.removeprefix(prefix): value for path, value in self.values.items() if path.startswith(prefix)}

    def _estimator(self, side: str) -> Document:
        """The method, and those of its parameters that are not what they are by default."""
        method = str(self.values[f"estimators.{side}.method"])
        kept = self.stored["estimators"][side]
        known = kept if kept["method"] == method else {}
        found: Document = {"method": method}
        for name, default in defaults(side, method).items():
            value = self.values.get(f"estimators.{side}.{name}")
            if isinstance(default, int) and not isinstance(default, bool) and isinstance(value, float):
                value = int(value) if value.is_integer() else value
            if value is not None and (value != default or name in known):
                found[name] = value
        return found

    def _rules(self) -> list[Any]:
        """Groups, then the other limits; those that only the API can state stay as they are."""
        rules = list(self.values["groups"])
        for path in LIMIT_FIELDS:
            kind, key = path.split(".")
            if self.values[path] is not None:
                before = next(iter(rules_of(self.stored, kind)), {"kind": kind})
                rules.append({**before, key: self.values[path]})
        return rules + rules_of(self.stored, "factor")

    def _tables(self) -> None:
        """What stands in tables, by asset: where none is posted it stays as stored."""
        objective, rules = self.document["objective"], self.document["constraints"]
        if objective["method"] == "risk_parity":  # nobody sees them with another one
            known = objective.get("budgets") or {}
            objective["budgets"] = budgets.read_budgets(self.data, known, self.assets, self.problems)
        stored = rules_of(self.stored, "factor")
        self.column_at: dict[int, int] = {}
        if self.columns and self.columns != exposures.columns_of(stored, self.assets):
            rules[:] = [rule for rule in rules if rule["kind"] != "factor"]
            for number, rule in exposures.read_rules(self.columns, stored, self.problems):
                self.column_at[len(rules)] = number
                rules.append(rule)

    def _views(self) -> Document | None:
        found = self._section("views")
        wanted = found["views"] or found["market_weights"] or self.values["objective.method"] == "black_litterman"
        return {name: value for name, value in found.items() if value is not None} if wanted else None

    def texts(self) -> dict[str, str]:
        """Every input's text for showing the form again: what was typed wins over what is stored."""
        fields = all_fields()
        texts = {path: text_of(self.stored, field) for path, field in fields.items()}
        return texts | {path: self.data[path] for path in fields if path in self.data}

    def add(self, problems: Iterable[Problem]) -> None:
        """Takes over what else is wrong; an input whose text can't be read has its problem already."""
        problems = [replace(problem, field=self._input_of(problem.field)) for problem in problems]
        known = {place_of(problem.field, self.document) for problem in self.problems}
        self.problems += [problem for problem in problems if place_of(problem.field, self.document) not in known]

    def _input_of(self, path: str) -> str:
        """A document's path to a factor's limit as the input of its column; any other as it is."""
        root, _, rest = path.partition(".")
        place, _, part = rest.partition(".")
        if root != "constraints" or not place.isdigit() or int(place) not in self.column_at:
            return path
        number = self.column_at[int(place)]
        whole, _, asset = part.partition(".")
        return f"factor.{number}:{asset}" if whole == "loadings" and asset else f"factor.{number}.{part or 'name'}"


def place_of(path: str, document: Mapping[str, Any]) -> str:
    """The input that a document's path, or an engine's, speaks of; ``document`` where there is none."""
    fields = all_fields()
    if path.startswith(("factor.", budgets.PATH)):
        return path
    if path.startswith("constraints."):
        return rule_place(path, document)
    if path in ALIASES:
        return ALIASES[path]
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        if (known := ".".join(parts[:end])) in fields:
            return known
    return "document"


ALIASES = {
    "add": "views.views",
    "tickers": "prices.tickers",
    "bounds": "bounds.upper",
    "prices": "prices.set",
    "estimators.mean": "estimators.mean.method",
    "estimators.covariance": "estimators.covariance.method",
    "objective": "objective.method",
    "views": "views.views",
    "costs": "costs.buy",
}


def rule_place(path: str, document: Mapping[str, Any]) -> str:
    """A constraint's input, by its place in the document, its name or its kind."""
    name = path.split(".")[1]
    rules = document.get("constraints") or []
    named = (place for place, rule in enumerate(rules) if path.startswith(f"constraints.{rule['name']}"))
    place = int(name) if name.isdigit() and int(name) < len(rules) else next(named, None)
    kind = name if place is None else rules[place]["kind"]
    if place is not None and kind == "factor":
        return exposures.place_of(rules, place)
    return next((known for known in LIMIT_FIELDS if known.startswith(f"{kind}.")), "groups")


def slip(field: Field, value: Any) -> str:
    """The text that was probably meant by a rate so small that its percent was forgotten; empty where none was."""
    asked = field.path in ("bounds.upper", "objective.return", "objective.risk")
    if asked and isinstance(value, (int, float)) and 0 < abs(value) < 0.01:
        return plain(value * 10_000)
    return ""
