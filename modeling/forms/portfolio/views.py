"""Views as lines: ``AAPL 8 % confidence 50 %``, ``BBY over WMT 2 %``, ``GOOGL from valuation 3 run 2 in 3 years``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from modeling.forms.portfolio.figures import FIGURE, line_of, percent, rate
from modeling.forms.portfolio.lines import matched, read_lines
from modeling.forms.texts import Unreadable, one, plain

EXAMPLE = "Type AAPL 8 % confidence 50 %, BBY over WMT 2 %, or GOOGL from valuation 3 run 2 in 3 years."
NUMBER = r"\d[\d,]*(?:\.\d*)?"
SIMULATED = line_of(
    rf"(?P<asset>\S+)\s+from\s+valuation\s+(?P<valuation>\d{{1,9}}),?\s+run\s+(?P<run>\d{{1,9}}),?"
    rf"\s+in\s+(?P<horizon>{NUMBER})\s+years?(?:,?\s+at\s+(?P<price>{NUMBER}))?"
)
STATED = line_of(
    rf"(?P<long>.+?)(?:\s+over\s+(?P<short>.+?))?\s+(?P<value>{FIGURE})"
    rf"(?:,?\s+(?P<sure>confidence|deviation)\s+(?P<figure>{FIGURE}))?"
)
PART = re.compile(rf"(?:(?P<weight>{NUMBER})\s+)?(?P<name>\S+)")


def view_line(view: Mapping[str, Any]) -> str:
    if view["kind"] == "valuation":
        price = f" at {plain(view['price'])}" if view.get("price") else ""
        return (
            f"{view['asset']} from valuation {view['valuation']} run {view['run']} "
            f"in {plain(view['horizon'])} years{price}"
        )
    sides = (
        view["asset"] if view["kind"] == "absolute" else f"{side_text(view['long'])} over {side_text(view['short'])}"
    )
    sure = ""
    if view.get("confidence") is not None:
        sure = f" confidence {percent(view['confidence'])}"
    elif view.get("variance") is not None:
        sure = f" deviation {percent(view['variance'] ** 0.5)}"
    return f"{sides} {percent(view['return'])}{sure}"


def side_text(weights: Mapping[str, float] | str) -> str:
    """A ticker alone, or several with their shares: ``0.6 BBY + 0.4 TGT``."""
    if isinstance(weights, str):
        return weights
    if len(weights) == 1:
        return next(iter(weights))
    return " + ".join(f"{plain(weight)} {name}" for name, weight in weights.items())


def views_text(views: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(map(view_line, views))


def read_views(text: str, stored: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return read_lines(text, read_view, EXAMPLE, {view_line(view): view for view in stored})


def read_view(line: str) -> Mapping[str, Any]:
    simulated = SIMULATED.fullmatch(line)
    if simulated:
        return simulated_view(simulated)
    found = matched(STATED, line, EXAMPLE)
    view: dict[str, Any] = {"return": rate(found["value"])}
    if found["sure"]:
        figure = rate(found["figure"])
        view |= {"confidence": figure} if found["sure"].lower() == "confidence" else {"variance": figure**2}
    long = read_side(found["long"])
    if found["short"] is None and len(long) == 1:
        return {"kind": "absolute", "asset": next(iter(long)), **view}
    short = read_side(found["short"]) if found["short"] else {}
    return {"kind": "relative", "long": long, "short": short, **view}


def simulated_view(found: re.Match[str]) -> Mapping[str, Any]:
    return {
        "kind": "valuation",
        "asset": found["asset"],
        "valuation": int(found["valuation"]),
        "run": int(found["run"]),
        "horizon": one(found["horizon"], "number"),
        "price": one(found["price"], "number") if found["price"] else None,
    }


def read_side(text: str) -> dict[str, float]:
    parts = [PART.fullmatch(part.strip()) for part in text.split("+")]
    if not all(parts):
        raise Unreadable(EXAMPLE)
    return {part["name"]: float(one(part["weight"] or "1", "number")) for part in parts if part}
