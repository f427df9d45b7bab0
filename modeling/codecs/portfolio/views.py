"""The views of Black and Litterman: what somebody expects, of one asset or of one over another, and how surely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modeling.codecs.portfolio.fields import (
    CONFIDENCE,
    HORIZON,
    LOADING,
    MOST_VIEWS,
    PRICE,
    RETURN,
    WEIGHT,
)
from modeling.codecs.portfolio.lists import by_ticker, is_ticker, objects
from modeling.codecs.portfolio.model import AssetView, ValuationView, Views
from modeling.codecs.reading import MISSING, Numeric, Reader, described

EXAMPLE = '{"kind": "absolute", "asset": "AAPL", "return": 0.08, "confidence": 0.5}'
KEYS = {
    "absolute": ("kind", "asset", "return", "confidence", "variance", "source"),
    "relative": ("kind", "long", "short", "return", "confidence", "variance", "source"),
    "valuation": ("kind", "asset", "valuation", "run", "horizon", "price"),
}
VARIANCE = Numeric(low=0.0, high=1e4)
RISK_AVERSION = Numeric(low=0.0, low_open=True, high=1e4, default=2.5)
TAU = Numeric(low=0.0, low_open=True, high=10.0, default=0.05)


def read_views(document: Reader) -> Views | None:
    section = document.section("views", ("market_weights", "risk_aversion", "tau", "views"))
    if section is None:
        return None
    return Views(
        market_weights=by_ticker(section, "market_weights", WEIGHT),
        risk_aversion=section.needed("risk_aversion", RISK_AVERSION),
        tau=section.needed("tau", TAU),
        views=objects(section, "views", MOST_VIEWS, reader_of(document), EXAMPLE),
    )


def reader_of(document: Reader) -> Any:
    def one(raw: Mapping[str, Any], path: str) -> AssetView | ValuationView | None:
        kind = raw.get("kind")
        if not isinstance(kind, str) or kind not in KEYS:
            known = ", ".join(KEYS)
            document.report(f"{path}.kind", kind, "There is no such view.", f"Choose one of {known}.")
            return None
        entry = Reader(raw, path, KEYS[kind], document.problems)
        return read_valuation_view(entry) if kind == "valuation" else read_asset_view(entry, kind)

    return one


def read_asset_view(entry: Reader, kind: str) -> AssetView:
    if kind == "absolute":
        long, short = {asset_of(entry): 1.0}, {}
    else:
        long, short = side(entry, "long"), side(entry, "short")
    confidence, variance = entry.number("confidence", CONFIDENCE), entry.number("variance", VARIANCE)
    if confidence is not None and variance is not None:
        entry.report("variance", variance, "There is a confidence as well as a variance.", "Give one of the two.")
    value = entry.needed("return", RETURN)
    return AssetView(long, short, value, confidence, variance, entry.text("source"))


def side(entry: Reader, key: str) -> dict[str, float]:
    """Weights of one side, which add up to one: a ticker alone, or several with their weights."""
    value = entry.get(key)
    if isinstance(value, str) and is_ticker(value):
        return {value.strip(): 1.0}
    weights = by_ticker(entry, key, LOADING)
    total = sum(weights.values())
    if not weights or not total > 0:
        remedy = 'Give a ticker, or weights such as {"BBY": 0.6, "WMT": 0.4}.'
        entry.report(key, MISSING, "It names no assets.", remedy)
        return {}
    return {name: weight / total for name, weight in weights.items()}


def asset_of(entry: Reader) -> str:
    value = entry.get("asset")
    if not is_ticker(value):
        message = "It is missing." if value is MISSING else f"{described(value)} is not a ticker."
        entry.report("asset", value, message, "Name the asset by its ticker.")
        return ""
    return str(value).strip()


def read_valuation_view(entry: Reader) -> ValuationView:
    return ValuationView(
        asset=asset_of(entry),
        valuation=entry.whole("valuation", 1, 2**31 - 1),
        run=entry.whole("run", 1, 2**31 - 1),
        horizon=entry.needed("horizon", HORIZON),
        price=entry.number("price", PRICE),
    )
