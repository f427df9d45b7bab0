"""Stooq: daily closing prices of shares and indices, without a key.

It answers in CSV, or with a few words in its place: "No data", "Exceeded the daily hits limit", and at times a page
that only a browser gets past. Such a page is told as what it is, and not worked around.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from modeling.providers.registry import Gives, Period, Provider, Quotes, Rate, declare
from modeling.providers.tables import Dated, NoTable, dated_prices
from valor.lib.errors import InvalidInput

if TYPE_CHECKING:
    from modeling.providers.client import Client
    from modeling.providers.transport import Answer

# The endings of markets and what they trade in. London is not among them: some of its prices are in pence, some not.
MARKETS = {"US": "USD", "DE": "EUR", "JP": "JPY", "HK": "HKD", "HU": "HUF"}
TICKER = re.compile(r"\^?[A-Z0-9]{1,12}([.-][A-Z0-9]{1,4}){0,2}").fullmatch
LIMIT_SECONDS = 3600.0
PAGE_SECONDS = 600.0
BY_HAND = "Download the file in a browser and import it."


def check(ticker: str) -> None:
    symbol(ticker)


def symbol(ticker: str) -> tuple[str, str]:
    """How Stooq writes a ticker, and what it is in: AAPL is aapl.us, BRK.B is brk-b.us, ^SPX stays an index."""
    capital = ticker.upper()
    if not (ticker.isascii() and TICKER(capital)):
        remedy = "Give it like AAPL, BRK.B, SAP.DE or ^SPX."
        raise InvalidInput.at("tickers", ticker[:80], "Stooq can't have such a ticker.", remedy)
    if capital.startswith("^"):
        return capital.lower(), ""
    name, dot, market = capital.rpartition(".")
    if dot and market in MARKETS:
        return f"{name.replace('.', '-')}.{market}".lower(), MARKETS[market]
    if dot and market == "UK":
        message = "Stooq gives some of London's prices in pence and some in pounds, and does not say which."
        raise InvalidInput.at("tickers", ticker[:80], message, "Import a file, and state its currency.")
    return f"{capital.replace('.', '-')}.us".lower(), "USD"


def quotes(client: Client, ticker: str, period: Period) -> Quotes:
    name, currency = symbol(ticker)
    wanted = {"s": name, "i": "d"}
    if period.first is not None:
        wanted |= {"d1": f"{period.first:%Y%m%d}", "d2": f"{period.today:%Y%m%d}"}
    found = client.read(f"{client.provider.base_url}/q/d/l/?{urlencode(wanted)}", table)
    if found is None:
        since = f" from {period.first} on" if period.first else ""
        remedy = "Check how the exchange writes it; other markets than America's need their ending, such as SAP.DE."
        raise InvalidInput.at("tickers", ticker, f"Stooq has no prices of {ticker}{since}.", remedy)
    return Quotes(ticker, *found, currency=currency, source=f"Stooq, {name}, daily close")


def table(client: Client, answer: Answer) -> Dated | None:
    """None where Stooq has nothing."""
    words = first_words(answer)
    if words.startswith("exceeded the daily hits limit"):
        message = "Stooq says that its daily limit of downloads is reached."
        raise client.refuses(message, f"Try again tomorrow. {BY_HAND}", LIMIT_SECONDS)
    if words.startswith("<"):
        message = "Stooq answered with a web page in place of prices: it wants a browser just now."
        raise client.refuses(message, BY_HAND, PAGE_SECONDS)
    if answer.status == 404 or words.startswith("no data"):
        return None
    try:
        return dated_prices(answer.body, "Date", "Close")
    except NoTable as error:
        raise client.bad(str(error)) from error


def first_words(answer: Answer) -> str:
    return answer.body[:400].decode("utf-8", "replace").lstrip("\ufeff \r\n\t").lower()


STOOQ = declare(
    Provider(
        name="stooq",
        label="Stooq",
        gives=Gives.PRICES,
        terms=(
            "Daily closes, adjusted as Stooq adjusts them. Free for personal use within a daily limit of downloads; "
            "see stooq.com for its terms before you pass prices on."
        ),
        base_url="https://stooq.com",
        rate=Rate(1, 1.0),
        tickers="AAPL, BRK.B, SAP.DE (also .JP, .HK, .HU), ^SPX",
        check=check,
        quotes=quotes,
    )
)
