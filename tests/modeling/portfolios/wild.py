"""Portfolio documents and rules of backtests as people and programs get them wrong, and what is held against answers.

`judged(seed)` makes one from its seed, asks for its answer, and lists what is wrong with that: a portfolio document is
answered with finite figures, or refused with its own field, a message and a remedy. Nothing else may happen.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Collection
from random import Random
from typing import Any

import numpy as np

from modeling.codecs.portfolio import parse_portfolio
from modeling.codecs.portfolio.fields import KINDS, LINKAGES, OBJECTIVES, TOP
from modeling.codecs.portfolio.parse import OBJECTIVE_KEYS
from modeling.codecs.portfolio.walk import KEYS as RULE_KEYS
from modeling.engines.portfolio.estimators.catalogue import covariance_estimators, mean_estimators
from modeling.portfolios.request import Request, request_of
from modeling.portfolios.walk import walk_model
from valor.lib.errors import ValorError

FIGURES = [0, -0.0, 1, -1, 0.05, 0.3, 0.5, 2, 10, 5e-324, 1e-14, 1e-9, 1e6, 1e15, 1e300, -1e300, 10**400]
STRANGE = [True, "x", "0.1", "", None, [], {}, [1], {"a": 1}, float("nan"), float("inf"), "\x00", "é" * 300]
STEPS = {"daily": 1, "weekly": 7, "monthly": 30}
# What may stand below a part of the document.
KEYS: dict[str, Collection[str]] = {
    "prices": ("set", "tickers", "from", "to", "frequency", "dates", "series"),
    "estimators": ("mean", "covariance"),
    "bounds": ("lower", "upper", "by_asset"),
    "constraints": [str(place) for place in range(10)],
    "costs": ("buy", "sell", "holding"),
    "views": ("market_weights", "risk_aversion", "tau", "views"),
    "objective": OBJECTIVE_KEYS,
    "rules": RULE_KEYS,
}
Document = dict[str, Any]


def judged(seed: int) -> list[str]:
    """What is wrong with the answer to the document of this seed; empty where nothing is."""
    rng = Random(seed)
    document = wild(rng)
    rules = walk(rng) if rng.random() < 0.4 and document.get("objective") != "frontier" else None
    return verdict(document, rules)


def verdict(document: Document, rules: Document | None = None) -> list[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            request = request_of(document, None, rules)
            answer = answered(Request.read(json.loads(json.dumps(request.parameters(), allow_nan=False))))
        json.dumps(answer, allow_nan=False)
    except ValorError as error:
        return [fault for problem in error.problems for fault in faults(problem)] or unnamed(error)
    except Exception as error:  # whatever else comes is the finding
        return [f"{type(error).__name__}: {error}"]
    return unsound(answer)


def answered(request: Request) -> Document:
    if request.rules is None:
        return request.answer()
    return walk_model(parse_portfolio(request.document), request.rules)


def unnamed(error: ValorError) -> list[str]:
    return [] if error.problems else [f"no field is named: {error}"]


def faults(problem: Any) -> list[str]:
    """A problem must name a field of the document or of the rules, and say what is wrong and what to do."""
    found = []
    root, *path = problem.field.split(".")
    known = root in (*TOP, "rules", "document") and (not path or root not in KEYS or path[0] in KEYS[root])
    if not known and "no such key" not in problem.message:
        found.append(f"the field {problem.field} is not the document's: {problem.message}")
    if not problem.message or not problem.remedy:
        found.append(f"{problem.field} has no message or no remedy")
    try:
        json.dumps(problem.value, allow_nan=False)
    except (TypeError, ValueError):
        found.append(f"the value of {problem.field} is no JSON: {problem.value!r}")
    return found


def unsound(answer: Document) -> list[str]:
    """Weights of an optimum add up to one, and its volatility is not below zero."""
    found = []
    for point in answer.get("points", [answer] if "expected_return" in answer else []):
        total = sum(point["weights"].values())
        if abs(total - 1) > 1e-6:
            found.append(f"the weights add up to {total}")
        if point["volatility"] < 0:
            found.append("the volatility is below zero")
    return found


def wild(rng: Random) -> Document:
    """A document: usually sound in most parts, with up to three of them hostile."""
    prices = rng.random() < 0.75
    names = [f"T{place}" for place in range(rng.choice([1, 2, 3, 5, 8, 12]))]
    document: Document = inline(rng, names) if prices else stated(rng, names)
    for part in rng.sample(sorted(PARTS), rng.choice([0, 1, 1, 2, 3, 5])):
        PARTS[part](rng, document, names)
    document.setdefault("objective", rng.choice(OBJECTIVES))
    for _ in range(rng.choice([0, 0, 0, 0, 0, 0, 1, 2])):
        broken(rng, document)
    return document


def inline(rng: Random, names: list[str]) -> Document:
    """Prices, some of them late, delisted, still, jumping, gone, or all alike."""
    draw = np.random.default_rng(rng.randrange(2**32))
    own = rng.choice(list(STEPS))
    count = rng.choice([3, 25, 60, 130, 130])
    days = np.datetime64("2015-01-05") + STEPS[own] * np.arange(count)
    market = draw.normal(0.0005, 0.01, count)
    strange = 0.3 if rng.random() < 0.3 else 0.0
    tickers = [*names, "MKT", "FAC"][: len(names) + rng.choice([0, 1, 2, 2, 2])]
    series = {name: moved(rng, draw, market, strange) for name in tickers}
    prices = {
        "dates": [str(day) for day in days],
        "series": {name: [None if np.isnan(price) else float(price) for price in row] for name, row in series.items()},
    }
    if rng.random() < 0.2:
        prices["frequency"] = rng.choice(list(STEPS))
    return {"prices": prices}


KINDS_OF_PATHS = ("still", "late", "gone", "nan", "jump", "tiny", "huge", "market", "holes")


def moved(rng: Random, draw: np.random.Generator, market: np.ndarray, strange: float) -> np.ndarray:
    """One path of prices, of a strange kind with this probability."""
    count = len(market)
    path = 100 * np.cumprod(1 + market + draw.normal(0.0002, 0.01, count))
    kind = rng.choice(KINDS_OF_PATHS) if rng.random() < strange else ""
    where = rng.randrange(count)
    if kind == "still":
        path[:] = 100.0
    elif kind == "late":
        path[:where] = np.nan
    elif kind == "gone":
        path[where:] = np.nan
    elif kind == "nan":
        path[:] = np.nan
    elif kind == "jump":
        path[where:] *= 1e6
    elif kind == "tiny":
        path = 100 * np.cumprod(1 + 1e-7 * draw.normal(size=count))
    elif kind == "huge":
        path = path * rng.choice([1e-9, 1e12])
    elif kind == "market":
        path = 100 * np.cumprod(1 + market)
    elif kind == "holes":
        path[draw.random(count) < 0.3] = np.nan
    return path


def stated(rng: Random, names: list[str]) -> Document:
    """Estimates as they are stated: sound, singular, tiny, huge, tied, or no covariance at all."""
    draw = np.random.default_rng(rng.randrange(2**32))
    n = len(names)
    root = draw.normal(size=(n, max(1, rng.choice([n, n // 2, 1])))) * rng.choice([0.1, 0.1, 0.2, 1e-7, 30.0])
    covariance = root @ root.T
    kind = rng.random()
    if kind < 0.1:
        covariance[0, :] = covariance[:, 0] = 0.0
    elif kind < 0.15:
        covariance = -covariance
    elif kind < 0.2:
        covariance[0, -1] += 0.1
    mean = [rng.choice([0.05, 0.05, rng.uniform(-0.2, 0.3), 5.0, -1.0, 0.0]) for _ in names]
    assets = [{"name": name, "mean": figure} for name, figure in zip(names, mean, strict=True)]
    return {"assets": assets, "covariance": covariance.tolist()}


def estimators(rng: Random, document: Document, names: list[str]) -> None:
    document["estimators"] = {
        "mean": chosen(rng, mean_estimators),
        "covariance": chosen(rng, covariance_estimators),
    }
    if rng.random() < 0.7:
        document |= {"benchmark": "MKT", "factors": ["FAC"]}


def chosen(rng: Random, offered: Any) -> Any:
    one = rng.choice(list(offered))
    found: Document = {"method": one.name}
    for parameter in one.parameters:
        if rng.random() < 0.4:
            fitting = {"choice": parameter.choices, "flag": (True, False)}.get(parameter.kind, (2, 3, 30, 0.5))
            found[parameter.name] = rng.choice(fitting if rng.random() < 0.9 else FIGURES)
    return found


def bounds(rng: Random, document: Document, names: list[str]) -> None:
    document["bounds"] = {
        "lower": rng.choice([0, 0, -0.5, -1, -10, 0.4, 0.05]),
        "upper": rng.choice([1, 0.3, 0.5, 10, 0.15]),
    }
    if rng.random() < 0.5:
        who = rng.choice([*names, "MKT", "NOBODY"])
        document["bounds"]["by_asset"] = {
            who: {"lower": rng.choice([0, 0.2, -1, 1.5]), "upper": rng.choice([0.2, 1, 3])}
        }


def rules(rng: Random, document: Document, names: list[str]) -> None:
    document["constraints"] = [rule(rng, names) for _ in range(rng.choice([1, 1, 2, 4]))]


LIMITS = {
    ("group", "lower"): [0.0, 0.1, 0.3, -0.5],
    ("group", "upper"): [0.2, 0.5, 0.9, 1.5],
    ("factor", "lower"): [-1, 0.0, 0.2],
    ("factor", "upper"): [0.3, 1, 2],
    ("cardinality", "most"): [1, 2, 3, 5, 50, 1.5],
    ("minimum_position", "size"): [1e-9, 0.05, 0.2, 0.5, 1],
    ("leverage", "gross"): [0.5, 1, 1.3, 2],
}


def rule(rng: Random, names: list[str]) -> Document:
    kind = rng.choice(list(KINDS))
    declared = KINDS[kind]
    found: Document = {"kind": kind, "name": rng.choice(["Few", "Some", "All", "a.b", "leverage"])}
    for key in declared.figures:
        if key in declared.needed or rng.random() < 0.7:
            found[key] = rng.choice(LIMITS.get((kind, key), [0.0, 0.1, 0.5, 1, 2, 1e-9, 10]))
    if declared.members:
        found["members"] = rng.sample(names, rng.randint(1, len(names)))
    if declared.weights:
        found[declared.weights] = weights(rng, names)
    return found


def weights(rng: Random, names: list[str]) -> Document:
    who = rng.sample([*names, *names[:1]], min(len(names), rng.randint(1, 4)))
    if rng.random() < 0.1:
        who.append("NOBODY")
    return {name: rng.choice([0.1, 0.5, 1 / len(names), 0.2, -0.3, 0.0, 1e-12]) for name in who}


def held(rng: Random, document: Document, names: list[str]) -> None:
    document["current"] = weights(rng, names)


def costs(rng: Random, document: Document, names: list[str]) -> None:
    document["costs"] = {"buy": rng.choice([0, 0.001, 0.5]), "sell": rng.choice([0, 0.002, 0.5]), "holding": 0.5}


def market(rng: Random, document: Document, names: list[str]) -> None:
    """A benchmark that is there, is held as well, is the only ticker, is unknown, or a factor, too."""
    document["benchmark"] = rng.choice(["MKT", "MKT", names[0], "NOBODY"])
    if rng.random() < 0.3:
        document["factors"] = rng.choice([["FAC"], ["MKT"], [names[0]], ["FAC", "MKT"], names, ["NOBODY"]])


def views(rng: Random, document: Document, names: list[str]) -> None:
    document["views"] = {
        "market_weights": rng.choice([{}, weights(rng, names), {names[0]: -1.0}]),
        "risk_aversion": rng.choice([2.5, 1e-9, 1e4]),
        "tau": rng.choice([0.05, 1e-9, 10]),
        "views": [view(rng, names) for _ in range(rng.choice([0, 1, 2, 5]))],
    }
    if rng.random() < 0.7:
        document["objective"] = "black_litterman"


def view(rng: Random, names: list[str]) -> Document:
    one, other = rng.choice(names), rng.choice(names if rng.random() < 0.9 else ["NOBODY"])
    found: Document = {"return": rng.choice([0.05, -1, 5, 0.0])}
    found |= rng.choice([{"confidence": rng.choice([0, 0.5, 1, 1e-9])}, {"variance": rng.choice([0, 0.01, 1e4])}, {}])
    if rng.random() < 0.5:
        return found | {"kind": "absolute", "asset": other}
    return found | {"kind": "relative", "long": one, "short": other}


def objective(rng: Random, document: Document, names: list[str]) -> None:
    document["objective"] = {
        "method": rng.choice(OBJECTIVES),
        "return": rng.choice([0.0, 0.05, 0.1, 0.2, -1, 5]),
        "risk": rng.choice([0.0, 1e-9, 0.1, 0.15, 0.3, 10]),
        "risk_aversion": rng.choice([None, 1e-9, 2.5, 1e4]),
        "beta": rng.choice([None, 0.5, 0.95, 0.999999999]),
        "points": rng.choice([2, 3, 20]),
        "budgets": rng.choice(
            [{}, {}, {}, weights(rng, names), {names[0]: 1.0}, {name: 1 / len(names) for name in names}]
        ),
        "linkage": rng.choice(LINKAGES),
    }


def money(rng: Random, document: Document, names: list[str]) -> None:
    document["risk_free"] = rng.choice([0.0, 0.02, 0.02, -0.5, 1.0, -1.0])
    document["currency"] = rng.choice(["USD", "", "usd"])


Part = Callable[[Random, Document, list[str]], None]
PARTS: dict[str, Part] = {
    each.__name__: each for each in (estimators, bounds, rules, held, costs, market, views, objective, money)
}


def broken(rng: Random, document: Any) -> None:
    """One value somewhere in the document replaced by something strange, taken away, or put under another key."""
    place, key = None, None
    while isinstance(document, dict | list) and document and (place is None or rng.random() < 0.8):
        place = document
        key = rng.choice(list(document)) if isinstance(document, dict) else rng.randrange(len(document))
        document = document[key]
    if place is None:
        return
    if isinstance(place, dict) and rng.random() < 0.2:
        place[rng.choice(["", "x", f"{key}s", "a.b"])] = place.pop(key)
    else:
        place[key] = rng.choice(STRANGE + FIGURES)


def walk(rng: Random) -> Document:
    found: Document = {
        "window": rng.choice([2, 3, 10, 24, 52, 10_000]),
        "expanding": rng.choice([True, False]),
        "costs": {"buy": rng.choice([0, 0.01, 0.5]), "slippage": rng.choice([0, 0.5])},
        "delay": rng.choice([0, 1]),
        "initial": rng.choice([1e6, 1e-9, 1e15, 1.0]),
        "cash_rate": rng.choice([0.0, 0.03, -0.5, 1.0]),
        "on_refusal": rng.choice(["keep", "stop"]),
    }
    found |= rng.choice(
        [{"rebalance": rng.choice(["month", "quarter", "year", "never"])}, {"every": rng.choice([5, 30])}]
    )
    if rng.random() < 0.3:
        found["band"] = rng.choice([0.2, 1e-9, 1.0])
    if rng.random() < 0.15:
        broken(rng, found)
    return found
