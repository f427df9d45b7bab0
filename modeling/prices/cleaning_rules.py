"""By which rules a set is cleaned, as a plain document: checked, and made a policy of the engine late.

NumPy is imported inside the functions: a worker must not load it before it forks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modeling.prices.tickers import is_ticker
from valor.lib.errors import InvalidInput, Problem
from valor.lib.numbers import format_percent

if TYPE_CHECKING:
    from modeling.engines.prices.cleaning.policy import CleaningPolicy

CHOICES: dict[str, tuple[str, ...]] = {
    "splits": ("flag", "adjust"),
    "spikes": ("flag", "drop"),
    "stale": ("flag", "drop"),
    "delistings": ("flag", "drop"),
    "gaps": ("keep", "fill"),
}
SHARES = ("split_confidence", "spike_confidence", "most_missing_of_ticker", "most_missing_of_day")
DAYS = ("stale_days", "fill_days")
MOST_RATES = 50
DEFAULTS: dict[str, Any] = {
    **{name: choices[0] for name, choices in CHOICES.items()},
    "split_confidence": 0.8,
    "spike_confidence": 0.8,
    "most_missing_of_ticker": None,
    "most_missing_of_day": None,
    "stale_days": 5,
    "fill_days": 5,
    "calendar": "union",
    "currency": "",
    "rates": {},
}
MOST_DAYS = 1_000
IN_WORDS = {
    "splits": {"flag": "Suspected splits are flagged", "adjust": "Prices before splits are adjusted"},
    "spikes": {"flag": "Outliers are flagged", "drop": "Outliers are dropped"},
    "stale": {"flag": "Stale runs are flagged", "drop": "Of stale runs all but the first price is dropped"},
    "delistings": {"flag": "Delistings are flagged", "drop": "Delisted tickers are dropped"},
    "gaps": {"keep": "Gaps are kept", "fill": "Gaps are filled with the price before"},
}


def checked_rules(given: Mapping[str, Any]) -> dict[str, Any]:
    """The rules with what was not given as by default; raises InvalidInput with every problem."""
    problems = [
        Problem(name, None, "There is no such rule.", f"Use: {', '.join(DEFAULTS)}.")
        for name in given
        if name not in DEFAULTS
    ]
    rules = {**DEFAULTS, **{name: value for name, value in given.items() if name in DEFAULTS}}
    problems += [problem for name, choices in CHOICES.items() for problem in choice_problems(rules, name, choices)]
    problems += [problem for name in SHARES for problem in share_problems(rules, name)]
    problems += [problem for name in DAYS for problem in day_problems(rules, name)]
    problems += rate_problems(rules["rates"])
    if rules["currency"] != "" and not is_currency(rules["currency"]):
        problems.append(Problem("currency", str(rules["currency"])[:80], "It is no currency.", "Give one such as USD."))
    if not is_calendar(rules["calendar"]):
        remedy = "Give union, intersection, or the ticker whose days count."
        problems.append(Problem("calendar", str(rules["calendar"])[:80], "There is no such calendar.", remedy))
    if problems:
        raise InvalidInput(problems=problems)
    return rules


def choice_problems(rules: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> list[Problem]:
    if rules[name] in choices:
        return []
    return [Problem(name, str(rules[name])[:80], "There is no such rule.", f"Choose {' or '.join(choices)}.")]


def share_problems(rules: Mapping[str, Any], name: str) -> list[Problem]:
    value = rules[name]
    if value is None and DEFAULTS[name] is None:
        return []
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
        return []
    return [Problem(name, str(value)[:80], "It is not a share.", "Give a decimal from 0 to 1.")]


def day_problems(rules: Mapping[str, Any], name: str) -> list[Problem]:
    value, least = rules[name], 3 if name == "stale_days" else 1
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST_DAYS:
        return []
    return [Problem(name, str(value)[:80], "It is not such a number of days.", f"Give {least} to {MOST_DAYS}.")]


def rate_problems(rates: Any) -> list[Problem]:
    """Rates are ``{"EUR": {"price_set": 3, "ticker": "EURUSD"}}``: what a unit of that currency costs."""
    remedy = 'Give e.g. {"EUR": {"price_set": 3, "ticker": "EURUSD"}}.'
    if not isinstance(rates, Mapping):
        return [Problem("rates", None, "This is no object.", remedy)]
    if len(rates) > MOST_RATES:
        return [Problem("rates", len(rates), "There are too many.", f"Give at most {MOST_RATES}.")]
    return [
        Problem("rates", str(code)[:80], "Its series of rates is not named.", remedy)
        for code, place in rates.items()
        if not (is_currency(code) and is_place(place))
    ]


def is_place(place: Any) -> bool:
    return (
        isinstance(place, Mapping)
        and isinstance(place.get("price_set"), int)
        and not isinstance(place["price_set"], bool)
        and 0 < place["price_set"] < 2**63
        and isinstance(place.get("ticker"), str)
        and is_ticker(place["ticker"])
    )


def is_calendar(name: Any) -> bool:
    """ "union" and "intersection" are tickers by their form."""
    return isinstance(name, str) and is_ticker(name)


def is_currency(code: Any) -> bool:
    return isinstance(code, str) and len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


def policy_of(rules: Mapping[str, Any], rates: Mapping[str, Any]) -> CleaningPolicy:
    """The engine's policy, with the rates as series on the calendar of the prices."""
    from modeling.engines.prices.cleaning.policy import CleaningPolicy

    plain = {name: value for name, value in rules.items() if name not in {"rates", "currency"}}
    return CleaningPolicy(not_positive="drop", currency=rules["currency"] or None, rates=dict(rates), **plain)


def words_of(rules: Mapping[str, Any]) -> list[str]:
    """The rules as sentences."""
    told = [IN_WORDS[name][rules[name]] for name in CHOICES]
    told[0] += (
        f" from a confidence of {format_percent(rules['split_confidence'], 0)}" if rules["splits"] == "adjust" else ""
    )
    told[1] += (
        f" from a confidence of {format_percent(rules['spike_confidence'], 0)}" if rules["spikes"] == "drop" else ""
    )
    told[2] += f" ({rules['stale_days']} days or more)" if rules["stale"] == "drop" else ""
    told[4] += f", at most {rules['fill_days']} days of each" if rules["gaps"] == "fill" else ""
    if rules["calendar"] != "union":
        days = "all tickers have" if rules["calendar"] == "intersection" else f"{rules['calendar']} has"
        told.append(f"Days are those on which {days} prices")
    if rules["currency"]:
        told.append(f"Prices are converted to {rules['currency']}")
    for name, what in (("most_missing_of_ticker", "Tickers"), ("most_missing_of_day", "Days")):
        if rules[name] is not None:
            told.append(f"{what} that lack more than {format_percent(rules[name], 0)} of the prices are dropped")
    return told
