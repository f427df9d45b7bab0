"""The providers of prices: what they are asked, and what is made of what they answer."""

from __future__ import annotations

from datetime import date

import pytest

from modeling.providers.client import Client
from modeling.providers.ecb import currency
from modeling.providers.errors import BadAnswer, ProviderPaused, ProviderRefuses
from modeling.providers.registry import Gives, Period, Quotes, provider_of
from modeling.providers.stooq import symbol
from modeling.providers.tables import NoTable, dated_prices
from tests.modeling.providers.answers import ECB_CSV, PAGE, STOOQ_CSV
from tests.modeling.providers.server import answers
from valor.lib.errors import InvalidInput

ALL = Period(None, date(2024, 1, 10))
LATELY = Period(date(2024, 1, 3), date(2024, 1, 10))


def quotes(name: str, ticker: str, period: Period = ALL) -> Quotes:
    provider = provider_of(name, Gives.PRICES)
    return provider.quotes(Client(provider), ticker, period)


@pytest.mark.parametrize(
    ("ticker", "name", "money"),
    [
        ("AAPL", "aapl.us", "USD"),
        ("aapl", "aapl.us", "USD"),
        ("BRK.B", "brk-b.us", "USD"),
        ("BRK-B", "brk-b.us", "USD"),
        ("AAPL.US", "aapl.us", "USD"),
        ("BRK.B.US", "brk-b.us", "USD"),
        ("SAP.DE", "sap.de", "EUR"),
        ("7203.JP", "7203.jp", "JPY"),
        ("^SPX", "^spx", ""),
    ],
)
def test_stooq_writes_tickers_in_its_own_way(ticker, name, money) -> None:
    assert symbol(ticker) == (name, money)


@pytest.mark.parametrize(
    "ticker", ["", "A B", "AAPL&i=m", "../etc", "A\r\nB", "Ä", "A" * 40, "AAPL#", "http://x", "VOD.UK"]
)
def test_what_can_be_no_ticker_of_stooq_is_refused(ticker) -> None:
    with pytest.raises(InvalidInput) as caught:
        symbol(ticker)
    assert caught.value.problems[0].remedy


@pytest.mark.parametrize("ticker", ["USD", "EUR", "EURusd", "USDEUR", "EUREUR", "EURUSD+GBP", "EUR/US"])
def test_the_ecb_gives_rates_of_the_euro_only(ticker) -> None:
    with pytest.raises(InvalidInput, match="EURUSD"):
        currency(ticker)


def test_stooq_gives_daily_closes(providers) -> None:
    providers.script = [answers(STOOQ_CSV, Content_Type="text/csv")]
    found = quotes("stooq", "AAPL")
    assert found.days == (date(2024, 1, 2), date(2024, 1, 3), date(2024, 1, 4))
    assert found.prices == (185.64, 184.25, 181.91)
    assert found.currency == "USD"
    assert "Stooq" in found.source
    assert providers.paths == ["/q/d/l/?s=aapl.us&i=d"]


def test_only_the_days_asked_for(providers) -> None:
    providers.script = [answers(STOOQ_CSV)]
    quotes("stooq", "^SPX", LATELY)
    providers.script = [answers(ECB_CSV)]
    quotes("ecb", "EURUSD", LATELY)
    assert providers.paths == [
        "/q/d/l/?s=%5Espx&i=d&d1=20240103&d2=20240110",
        "/service/data/EXR/D.USD.EUR.SP00.A?format=csvdata&detail=dataonly&startPeriod=2024-01-03",
    ]


def test_the_ecb_gives_euro_rates_and_leaves_holidays_out(providers) -> None:
    providers.script = [answers(ECB_CSV, Content_Type="application/vnd.sdmx.data+csv")]
    found = quotes("ecb", "EURUSD")
    assert (found.days, found.prices) == ((date(2024, 1, 2), date(2024, 1, 3)), (1.0956, 1.0919))
    assert (found.currency, found.without) == ("USD", 1)


@pytest.mark.parametrize(("name", "ticker"), [("stooq", "NOPE"), ("ecb", "EURXXX")])
@pytest.mark.parametrize("behaviour", [answers("No data"), answers("", 404), answers("\ufeffNo data\r\n")])
def test_no_data_is_told_as_such(providers, name, ticker, behaviour) -> None:
    providers.script = [answers("") if name == "ecb" else behaviour]
    with pytest.raises(InvalidInput) as caught:
        quotes(name, ticker, LATELY)
    assert f"of {ticker} from 2024-01-03 on" in caught.value.problems[0].message


def test_no_data_is_kept_for_less_long(providers) -> None:
    providers.script = [answers("No data")]
    for _ in range(2):
        with pytest.raises(InvalidInput):
            quotes("stooq", "NOPE")
    assert len(providers.requests) == 1


def test_after_a_bad_answer_the_next_one_counts(providers) -> None:
    providers.script = [answers("Date,Close\n2024-01-0"), answers(STOOQ_CSV)]
    with pytest.raises(BadAnswer):
        quotes("stooq", "AAPL")
    assert len(quotes("stooq", "AAPL").days) == 3


def test_stooqs_daily_limit_keeps_everybody_from_asking_on(providers) -> None:
    providers.script = [answers("Exceeded the daily hits limit", Content_Type="text/html")]
    with pytest.raises(ProviderRefuses, match="tomorrow"):
        quotes("stooq", "AAPL")
    providers.script = [answers(STOOQ_CSV)]
    with pytest.raises(ProviderPaused, match="daily limit") as caught:
        quotes("stooq", "MSFT")
    assert caught.value.retry_after > 3000
    assert len(providers.requests) == 1


def test_a_page_for_browsers_is_told_and_not_worked_around(providers) -> None:
    providers.script = [answers(PAGE, Content_Type="text/html")]
    with pytest.raises(ProviderRefuses, match="wants a browser"):
        quotes("stooq", "AAPL")
    with pytest.raises(BadAnswer, match="web page"):
        quotes("ecb", "EURUSD")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Date,Open\n2024-01-02,1\n", "names no column Close"),
        ("Hello", "names no column Date: Hello"),
        ("Date,Close,Close\n2024-01-02,1,2\n", "names no column Close"),
        ("Date,Close\n2024-01-02\n", "Line 2 has 1 columns instead of 2"),
        ("Date,Close\n2024-01-02,1,2\n", "Line 2 has 3 columns"),
        ("Date,Close\n02.01.2024,1\n", "Line 2 has no date: 02.01.2024"),
        ("Date,Close\n2024-02-30,1\n", "Line 2 has no date"),
        ("Date,Close\n2024-01-02,1\n2024-01-02,2\n", "tells of 2024-01-02 again"),
        ("Date,Close\n2024-01-02,-1\n", "no price that can be: -1"),
        ("Date,Close\n2024-01-02,0\n", "no price that can be: 0"),
        ("Date,Close\n2024-01-02,1e300\n", "no price that can be: 1e300"),
        ("Date,Close\n2024-01-02,9e999\n", "no price that can be"),
        (f"Date,Close\n2024-01-02,{'9' * 400}\n", "no price that can be: 9999"),
        ("Date,Close\n2024-01-02,inf\n", "no price that can be: inf"),
        ("Date,Close\n2024-01-02,1_000\n", "no price that can be: 1_000"),
        ("Date,Close\n2024-01-02,=1+1\n", r"no price that can be: =1\+1"),
        ('Date,Close\n2024-01-02,"1\n', "It is no CSV"),
        (f"Date,Close\n{'x' * 200_000}\n", "It is no CSV"),
        (b"Date,Close\n2024-01-02,\xff\n", "no text in UTF-8"),
        (b"PK\x03\x04\xff\xfe", "no text in UTF-8"),
        ("Date,Close\n2024-01-02,1\x00\n", "Line 2 has no price|It is no CSV"),
        (
            "Date,Close\n"
            + "\n".join(f"{1800 + n // 300:04}-{n % 300 // 25 + 1:02}-{n % 25 + 1:02},1" for n in range(40_001)),
            "more than 40,000 days",
        ),
    ],
)
def test_a_table_that_is_not_as_expected_is_no_answer(providers, body, words) -> None:
    data = body.encode() if isinstance(body, str) else body
    with pytest.raises(NoTable, match=words):
        dated_prices(data, "Date", "Close")
    providers.script = [answers(data)]
    with pytest.raises(BadAnswer, match="answered with something else"):
        quotes("stooq", "AAPL")


def test_days_may_come_in_any_order(providers) -> None:
    days, prices, without = dated_prices(b"Date,Close\n2024-01-03,2\n\n2024-01-02,1\n2024-01-04,N/D\n", "Date", "Close")
    assert (days, prices, without) == ((date(2024, 1, 2), date(2024, 1, 3)), (1.0, 2.0), 1)
