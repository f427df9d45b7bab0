"""The SEC: a document of companyfacts by ticker or number, and the command that imports it."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from modeling.models import Company
from modeling.providers.client import Client
from modeling.providers.errors import BadAnswer, NoContact, ProviderAway
from modeling.providers.registry import Gives, provider_of
from modeling.providers.sec import cik_of, companyfacts
from tests.modeling.importers.documents import acme
from tests.modeling.providers.answers import DIRECTORY, PAGE
from tests.modeling.providers.server import answers, ends_early, gives
from valor.lib.errors import InvalidInput

FACTS = "/api/xbrl/companyfacts/CIK0000000042.json"


@pytest.fixture
def sec(providers):
    providers.pages = {"/files/": gives(DIRECTORY), FACTS: gives(acme())}
    providers.script = [answers("", 404)]
    return providers


@pytest.fixture
def client(sec) -> Client:
    return Client(provider_of("sec", Gives.STATEMENTS))


@pytest.mark.parametrize("company", ["ACM", "acm", "42", "0000000042", "CIK0000000042", " 42 "])
def test_a_company_is_named_by_ticker_or_number(client, sec, company) -> None:
    assert json.loads(companyfacts(client, company))["cik"] == 42
    assert sec.paths[-1] == FACTS


def test_who_calls_is_told(client, sec, settings) -> None:
    companyfacts(client, "42")
    assert sec.requests[0][1]["user-agent"].endswith("Acme Research ana@example.com")
    settings.PROVIDER_CONTACT = ""
    with pytest.raises(NoContact, match="PROVIDER_CONTACT"):
        companyfacts(client, "43")


def test_a_dot_in_a_ticker_is_the_secs_dash(client) -> None:
    assert cik_of(client, "BRK.B") == cik_of(client, "BRK-B") == 1067983


def test_the_directory_is_asked_once(client, sec) -> None:
    for company in ("ACM", "BRK.B", "ACM"):
        cik_of(client, company)
    assert sec.paths == ["/files/company_tickers.json"]


@pytest.mark.parametrize("company", ["", "0", "../x", "A B", "12345678901", "²", "ACM?x", "TOOLONGATICKER"])
def test_what_names_no_company_is_refused_without_asking(client, sec, company) -> None:
    with pytest.raises(InvalidInput):
        companyfacts(client, company)
    assert sec.requests == []


def test_unknown_companies_are_told(client) -> None:
    with pytest.raises(InvalidInput, match="has no ticker NOPE"):
        companyfacts(client, "NOPE")
    with pytest.raises(InvalidInput, match=r"no companyfacts of 43 \(CIK 43\)"):
        companyfacts(client, "43")


@pytest.mark.parametrize(
    "page",
    [gives([]), gives({"0": 3}), gives({"0": {"ticker": "A"}}), answers("{"), answers(PAGE), answers('{"a":' * 9999)],
)
def test_a_directory_that_can_not_be_read_is_no_answer(client, sec, page) -> None:
    sec.pages["/files/"] = page
    with pytest.raises(BadAnswer):
        cik_of(client, "ACM")


def test_a_page_in_place_of_the_document_is_no_answer(client, sec) -> None:
    sec.pages[FACTS] = answers(PAGE)
    with pytest.raises(BadAnswer, match="no JSON object"):
        companyfacts(client, "42")


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("import_company", *args, stdout=out)
    return out.getvalue()


def test_the_command_imports_from_the_sec(db, sec) -> None:
    assert "2 years from FY2022 to FY2023" in run("--from-sec", "ACM")
    assert Company.objects.get().cik == "42"
    report = json.loads(run("--from-sec", "42", "--json"))
    assert (report["added"], report["changed"]) == (0, 0)
    assert sec.paths.count(FACTS) == 1


def test_a_document_cut_short_leaves_nothing(db, sec, monkeypatch) -> None:
    monkeypatch.setattr("modeling.providers.client.FIRST_WAIT", 0.0)
    sec.pages[FACTS] = ends_early
    with pytest.raises(CommandError, match="ended too early") as caught:
        run("--from-sec", "42")
    assert caught.value.returncode == 2
    assert isinstance(caught.value.__cause__, ProviderAway)
    assert not Company.objects.exists()


@pytest.mark.parametrize("args", [[], ["x.json", "--from-sec", "ACM"]])
def test_the_command_takes_a_file_or_asks_the_sec(db, args) -> None:
    with pytest.raises(CommandError):
        run(*args)
