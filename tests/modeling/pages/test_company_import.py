"""Uploading a company's document."""

from __future__ import annotations

import json

from django.core.files.uploadedfile import SimpleUploadedFile

from modeling.forms import upload
from modeling.models import Company, Fact
from tests.modeling.importers.documents import acme
from tests.modeling.pages.questions import refuses_strangers

URL = "/companies/import/"


def sent(page, content: bytes):
    return page.post(URL, {"document": SimpleUploadedFile("facts.json", content, "application/json")})


def test_is_for_analysts(page, operator_page) -> None:
    refuses_strangers("get", URL, operator_page)
    refuses_strangers("post", URL, operator_page)
    assert page.delete(URL).status_code == 405
    assert page.get(URL).status_code == 200


def test_an_import_shows_its_report_and_leads_to_the_company(page, analyst) -> None:
    answer = sent(page, json.dumps(acme()).encode())
    company = Company.objects.get()
    assert answer.status_code == 200
    assert company.owner == analyst
    text = answer.content.decode()
    assert "2 years read" in text
    assert "Revenues" in text
    assert "Missing: " in text
    assert company.get_absolute_url() in text


def test_a_broken_document_is_explained_in_place_and_stores_nothing(page) -> None:
    for content in (b"{", b"[]", b"\xff\xfe", b'{"a": 1e400}', json.dumps({"cik": 1, "facts": {}}).encode()):
        answer = sent(page, content)
        assert answer.status_code == 422, content
        text = answer.content.decode()
        assert 'role="alert"' in text
        assert "Nothing was imported." in text
        assert "document: This" not in text
        assert "see each field" not in text
    assert not Company.objects.exists()
    assert not Fact.objects.exists()


def test_no_file_and_an_empty_file_are_named(page) -> None:
    nothing, empty = page.post(URL, {}), sent(page, b"")
    assert (nothing.status_code, empty.status_code) == (422, 422)
    assert "Choose the file to import." in nothing.content.decode()
    assert "The file is empty" in empty.content.decode()


def test_a_file_over_the_limit_is_refused_unread(page, monkeypatch) -> None:
    monkeypatch.setattr(upload, "MAX_BYTES", 10)
    answer = sent(page, json.dumps(acme()).encode())
    assert answer.status_code == 422
    assert "the limit is" in answer.content.decode()
    assert not Company.objects.exists()


def test_an_upload_without_the_csrf_token_is_refused(analyst) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(analyst)
    assert sent(strict, b"{}").status_code == 403
