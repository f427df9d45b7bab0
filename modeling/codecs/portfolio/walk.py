"""The rules of a backtest as a document: how far the strategy looks back, when it trades, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from modeling.codecs.portfolio.fields import SHARE
from modeling.codecs.reading import MISSING, Numeric, Reader, described, refuse
from modeling.engines.portfolio.backtest.rules import Calendar, OnRefusal, Rebalancing, Rules, Window
from modeling.engines.portfolio.estimators.sample import LEAST_RETURNS
from modeling.engines.portfolio.trading import Costs
from valor.lib.errors import InvalidInput, Problem

KEYS = ("window", "expanding", "rebalance", "every", "band", "costs", "delay", "initial", "cash_rate", "on_refusal")
CALENDARS = ("week", "month", "quarter", "year", "never")
MOST_PERIODS = 20_000
COST = Numeric(low=0.0, high=0.5, rate=True, default=0.0)
MONEY = Numeric(low=0.0, low_open=True, default=1_000_000.0)
CASH_RATE = Numeric(low=-0.5, high=1.0, rate=True, default=0.0)
DEFAULT_WINDOW = 104
GAPS = 0.1  # of its prices in a window that an asset may lack


def parse_walk(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The rules in their canonical form, every key stated. Raises InvalidInput once, with every problem found."""
    if not isinstance(raw, Mapping):
        raise InvalidInput.at("rules", None, f"{described(raw)} is no set of rules.", "Give an object.")
    problems: list[Problem] = []
    document = Reader(raw, "rules", KEYS, problems)
    costs = document.section("costs", ("buy", "sell", "slippage")) or Reader({}, "rules.costs", (), [])
    found = {
        "window": document.whole("window", LEAST_RETURNS, MOST_PERIODS, DEFAULT_WINDOW),
        "expanding": document.flag("expanding"),
        "rebalance": document.choice("rebalance", CALENDARS, "month"),
        "every": None if document.get("every") is MISSING else document.whole("every", 1, MOST_PERIODS),
        "band": document.number("band", SHARE),
        "costs": {name: costs.needed(name, COST) for name in ("buy", "sell", "slippage")},
        "delay": document.whole("delay", 0, 1, 1),
        "initial": document.needed("initial", MONEY),
        "cash_rate": document.needed("cash_rate", CASH_RATE),
        "on_refusal": document.choice("on_refusal", ("keep", "stop"), "keep"),
    }
    if found["every"] is not None and document.get("rebalance") not in (MISSING, "never"):
        remedy = "Give one of the two."
        document.report("every", found["every"], "There is a calendar as well as a number of periods.", remedy)
    if found["band"] == 0.0:
        document.report("band", 0.0, "A band of nothing trades every day.", "Give 0.05, or leave it out.")
    refuse(problems)
    return {**found, "rebalance": "never"} if found["every"] is not None else found


def window_of(periods: int, *, expanding: bool) -> Window:
    """An asset may lack a few prices of a rolling window; each takes two returns, of which enough must stay.

    Without that a holiday of its market would keep it out for as long as the window is.
    """
    lacking = 0 if expanding else min(int(GAPS * (periods + 1)), (periods - LEAST_RETURNS) // 2)
    return Window(periods, expanding, periods + 1 - lacking)


def rules_of(walk: Mapping[str, Any], periods_per_year: int, risk_free: float) -> Rules:
    """Canonical rules as the engine takes them."""
    calendar = None if walk["rebalance"] == "never" else cast(Calendar, walk["rebalance"])
    return Rules(
        window=window_of(walk["window"], expanding=walk["expanding"]),
        rebalancing=Rebalancing(walk["every"], calendar, walk["band"]),
        periods_per_year=periods_per_year,
        costs=Costs(**walk["costs"]),
        delay=walk["delay"],
        initial=walk["initial"],
        cash_rate=walk["cash_rate"],
        on_refusal=cast(OnRefusal, walk["on_refusal"]),
        risk_free=risk_free,
    )
