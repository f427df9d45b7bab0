"""SEC EDGAR: the statements of American filers as one document of companyfacts, and a directory of their tickers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from modeling.providers.registry import Gives, Provider, Rate, declare
from valor.lib.errors import InvalidInput

if TYPE_CHECKING:
    from modeling.providers.client import Client
    from modeling.providers.transport import Answer

NUMBER = re.compile(r"(?:CIK)?0*([1-9][0-9]{0,9})", re.IGNORECASE).fullmatch
TICKER = re.compile(r"[A-Z][A-Z0-9]{0,9}([.-][A-Z0-9]{1,4})?").fullmatch
DIRECTORY = "/files/company_tickers.json"


def companyfacts(client: Client, company: str) -> bytes:
    """The companyfacts document of a company, named by its ticker or its SEC number (CIK)."""
    number = cik_of(client, company)
    url = f"{client.provider.base_url}/api/xbrl/companyfacts/CIK{number:010d}.json"
    document = client.read(url, whole_document)
    if document is None:
        message = f"The SEC has no companyfacts of {company} (CIK {number})."
        raise InvalidInput.at("company", company, message, "Check the number; only filers of XBRL reports have them.")
    return document


def named(company: str) -> str | int:
    """The SEC number, or the ticker as the SEC writes it; raises InvalidInput for what is neither."""
    text = company.strip()
    if text.isascii() and (found := NUMBER(text)):
        return int(found[1])
    ticker = text.upper().replace(".", "-")
    if text.isascii() and TICKER(ticker):
        return ticker
    message = "This is neither a ticker nor an SEC number."
    raise InvalidInput.at("company", company[:80], message, "Give it like AAPL, BRK.B or 320193.")


def cik_of(client: Client, company: str) -> int:
    """The SEC number; a ticker is looked up in the SEC's directory."""
    name = named(company)
    if isinstance(name, int):
        return name
    number = directory(client).get(name)
    if number is None:
        message = f"The SEC's directory has no ticker {company}."
        raise InvalidInput.at("company", company, message, "Check the ticker, or give the SEC number (CIK).")
    return number


def directory(client: Client) -> dict[str, int]:
    """The SEC number of each ticker."""
    return client.read(client.provider.lookup_url + DIRECTORY, tickers_in)


def tickers_in(client: Client, answer: Answer) -> dict[str, int]:
    try:
        return dict(entry(row) for row in json.loads(answer.body).values())
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise client.bad("Its directory of tickers can't be read.") from error


def entry(row: Any) -> tuple[str, int]:
    return str(row["ticker"]).upper(), int(row["cik_str"])


def whole_document(client: Client, answer: Answer) -> bytes | None:
    """None where the SEC has nothing. Where it takes the caller for too eager a machine it sends a page instead."""
    if answer.status == 404:
        return None
    text = answer.body.strip()
    if not (text.startswith(b"{") and text.endswith(b"}")):
        raise client.bad("It is no JSON object.")
    return answer.body


SEC = declare(
    Provider(
        name="sec",
        label="SEC EDGAR",
        gives=Gives.STATEMENTS,
        terms="Public documents. The SEC asks callers to say who they are, and for at most 10 requests a second.",
        base_url="https://data.sec.gov",
        lookup_url="https://www.sec.gov",
        rate=Rate(4, 1.0),
        tickers="AAPL, BRK.B, or the SEC number (CIK)",
        needs_contact=True,
    )
)
