"""The signs of currencies that prices are written with: read, they are dropped, so first they must fit the currency."""

from __future__ import annotations

from collections.abc import Iterable

from modeling.importers.prices.figures import CURRENCY_SIGNS
from modeling.prices.units import MINOR
from valor.lib.errors import Problem

# The likeliest first.
MEANT = {
    "$": "USD CAD AUD NZD HKD SGD TWD MXN ARS CLP COP UYU BRL DOP CUP NIO BBD BMD BND BSD BZD FJD GYD JMD KYD LRD NAD "
    "SBD SRD TOP TTD TVD WST XCD",
    "€": "EUR",
    "£": "GBP EGP FKP GIP LBP SDG SHP SSP SYP",
    "¥": "JPY CNY CNH",
}


def sign_of(text: str) -> str:
    """The sign before a number; empty where it has none."""
    first = text.strip().lstrip("+-")[:1]
    return first if first and first in CURRENCY_SIGNS else ""


def fits(sign: str, currency: str) -> bool:
    """Whether prices with this sign may be in the currency; without a sign they may be in any."""
    return not sign or currency in MEANT[sign].split()


def misfit(sign: str, currency: str) -> Problem:
    """Why prices with a sign can't be taken for a currency."""
    message = f"Its prices carry {sign}, which is no sign of {currency}."
    if currency in MINOR:
        remedy = f"Leave the signs out, or write {MINOR[currency].currency} where that is meant."
        return Problem("currency", currency, message, remedy)
    likely = " or ".join(MEANT[sign].split()[:2])
    return Problem("currency", currency, message, f"Put them into a set in {likely}, or leave the signs out.")


def several(signs: Iterable[str]) -> Problem | None:
    """Why signs of more than one currency can't be dropped: one series would be made of both."""
    found = sorted(set(signs) - {""})
    if len(found) < 2:
        return None
    remedy = "Leave the signs out, and give each line its currency in a column of its own."
    return Problem("price_column", " ".join(found), "Its prices carry the signs of several currencies.", remedy)
