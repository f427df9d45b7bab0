"""The European Central Bank: its euro reference rates, without a key. EURUSD is the price of one euro in dollars."""

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

PAIR = re.compile("EUR[A-Z]{3}").fullmatch


def check(ticker: str) -> None:
    currency(ticker)


def currency(ticker: str) -> str:
    """The currency of a pair; raises InvalidInput."""
    if not PAIR(ticker) or ticker == "EUREUR":
        remedy = "Give EUR and another currency, such as EURUSD."
        raise InvalidInput.at("tickers", ticker[:80], "The ECB gives rates of the euro only.", remedy)
    return ticker[3:]


def quotes(client: Client, ticker: str, period: Period) -> Quotes:
    other = currency(ticker)
    wanted = {"format": "csvdata", "detail": "dataonly"}
    if period.first is not None:
        wanted["startPeriod"] = period.first.isoformat()
    path = f"/service/data/EXR/D.{other}.EUR.SP00.A?{urlencode(wanted)}"
    found = client.read(client.provider.base_url + path, table)
    if found is None:
        since = f" from {period.first} on" if period.first else ""
        raise InvalidInput.at("tickers", ticker, f"The ECB has no rates of {ticker}{since}.", "Check the currency.")
    return Quotes(ticker, *found, currency=other, source="European Central Bank, euro reference rate")


def table(client: Client, answer: Answer) -> Dated | None:
    """None where the ECB has nothing, which it says with 404 or with an empty answer."""
    text = answer.body.strip()
    if answer.status == 404 or not text:
        return None
    if text.startswith(b"<"):
        raise client.bad("It is a web page.")
    try:
        return dated_prices(answer.body, "TIME_PERIOD", "OBS_VALUE")
    except NoTable as error:
        raise client.bad(str(error)) from error


ECB = declare(
    Provider(
        name="ecb",
        label="European Central Bank",
        gives=Gives.PRICES,
        terms="Euro reference rates of each working day, for information. Free where the ECB is named as the source.",
        base_url="https://data-api.ecb.europa.eu",
        rate=Rate(2, 1.0),
        tickers="EURUSD, EURGBP, EURJPY",
        check=check,
        quotes=quotes,
    )
)
