"""Prices in one currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from modeling.engines.prices.cleaning.records import Cleaned, Finding, Repair, counted
from modeling.engines.prices.errors import MixedCurrencies, OutOfStep
from modeling.engines.prices.panel import Array, Panel
from valor.lib.errors import Problem


def refuse_mixed(panel: Panel) -> None:
    """MixedCurrencies where there is more than one."""
    codes = sorted(set(panel.currencies))
    if len(codes) > 1:
        message = "The prices are in several currencies."
        remedy = "Name the currency to convert to, with its rates, or choose the tickers of one."
        raise MixedCurrencies(problems=[Problem("currencies", ", ".join(codes), message, remedy)])


def converted(panel: Panel, currency: str, rates: Mapping[str, Any]) -> Cleaned:
    """The panel in *currency*.

    Parameters
    ----------
    rates : for each other currency the price of one unit of it in *currency* on each day, shape (t,), NaN where it is
        not known. A price on such a day is dropped and reported; no rate is carried over.

    Raises
    ------
    OutOfStep
        Where the panel's currencies are not known, a currency has no rates, or rates do not fit the calendar.
    """
    if panel.tickers and not panel.currencies:
        remedy = "Say which currency each ticker is quoted in."
        raise OutOfStep(problems=[Problem("currencies", "", "The currencies of the prices are not known.", remedy)])
    others = sorted(set(panel.currencies) - {currency})
    series = {code: _rates(panel, code, currency, rates) for code in others}
    prices = panel.prices.copy()
    findings, repairs = [], []
    for row, code in enumerate(panel.currencies):
        if code == currency:
            continue
        there = ~np.isnan(panel.prices[row])
        prices[row] *= series[code]
        lost = np.flatnonzero(there & np.isnan(series[code]))
        if len(lost):
            findings.append(_missing(panel, row, lost, currency))
        repairs.append(_repair(panel, row, currency, int(there.sum()) - len(lost)))
    cleaned = Panel(panel.days, panel.tickers, prices, (currency,) * len(panel.tickers))
    return Cleaned(cleaned, tuple(findings), tuple(repairs))


def _rates(panel: Panel, code: str, currency: str, rates: Mapping[str, Any]) -> Array:
    if code not in rates:
        message = f"There are no rates from {code} to {currency}."
        raise OutOfStep(problems=[Problem("rates", code, message, "Give them, or leave out its tickers.")])
    series = np.asarray(rates[code], dtype=np.float64)
    if series.shape != panel.days.shape:
        remedy = f"Give one for each of the {len(panel.days)} days, NaN where it is not known."
        raise OutOfStep(problems=[Problem("rates", code, "The rates have another length than the calendar.", remedy)])
    bad = (series <= 0) | np.isinf(series)
    if bad.any():
        figure = f"{code} {series[bad][0]:g}"
        problem = Problem("rates", figure, "A rate is not a finite number above zero.", "Correct it.")
        raise OutOfStep(problems=[problem])
    return series


def _missing(panel: Panel, row: int, lost: np.ndarray, currency: str) -> Finding:
    code = panel.currencies[row]
    message = f"{counted(len(lost), 'price')} dropped: there is no rate from {code} to {currency} on the day."
    first, last = panel.dates[lost[0]], panel.dates[lost[-1]]
    return Finding("currency", panel.tickers[row], first, last, message, {"prices": len(lost), "currency": code})


def _repair(panel: Panel, row: int, currency: str, changed: int) -> Repair:
    code = panel.currencies[row]
    message = f"{counted(changed, 'price')} converted from {code} to {currency}."
    return Repair("currency", panel.tickers[row], panel.dates[0], panel.dates[-1], message, changed, {"from": code})
