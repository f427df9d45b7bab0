"""What the product keeps: right after every change, and nobody else's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from modeling.examples import DOCUMENT
from modeling.models import Company, Fact
from modeling.selectors import latest_figures, prefill_for, statements
from modeling.services import create_valuation, save_document
from modeling.services.facts import store_facts
from modeling.views.bench import result_of
from performance.cache.recipe import Recipe
from performance.summary import figures
from tests.modeling.conftest import make_company

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("default")]


def restated(company: Company, revenue: int) -> None:
    """A later filing states the last revenue anew."""
    fact = Fact(
        concept="revenue",
        period_start=date(2024, 1, 1),
        period_end=date(2024, 12, 31),
        value=Decimal(revenue) * 1_000_000,
        unit="USD",
        form="10-K/A",
        filed=date(2025, 6, 1),
    )
    store_facts(company, [fact])


def revenue_of(company: Company) -> float | None:
    return statements(company)[-1].get("revenue")


def test_statements_are_read_once_and_again_after_an_import(django_assert_num_queries):
    company = make_company()
    assert revenue_of(company) == 1331
    with django_assert_num_queries(0):
        assert revenue_of(company) == 1331
    restated(company, 2000)
    for known in (company, Company.objects.get(pk=company.pk)):
        assert revenue_of(known) == 2000
        assert latest_figures([known])[known.pk]["revenue"].value == 2_000_000_000
        assert prefill_for(known).drivers["growth"].value != 0.1


def test_an_import_that_changes_nothing_keeps_what_is_kept(django_assert_num_queries):
    company = make_company()
    restated(company, 2000)
    revenue_of(company)
    before = company.updated_at
    restated(company, 2000)
    company.refresh_from_db()
    assert company.updated_at == before
    with django_assert_num_queries(0):
        assert revenue_of(company) == 2000


def test_one_persons_company_never_answers_anothers(analyst, other_analyst):
    ours, theirs = make_company(analyst, cik="1"), make_company(other_analyst, cik="1")
    restated(theirs, 9999)
    assert revenue_of(ours) == 1331
    assert revenue_of(theirs) == 9999
    assert set(latest_figures([ours])) == {ours.pk}


def test_even_the_same_document_of_two_people_is_kept_twice(analyst, other_analyst, monkeypatch):
    keys = []
    plain = Recipe.key
    monkeypatch.setattr(Recipe, "key", lambda self, *call: keys.append(plain(self, *call)) or keys[-1])
    ours = create_valuation(owner=analyst, document=DOCUMENT)
    theirs = create_valuation(owner=other_analyst, document=DOCUMENT)
    assert ours.document == theirs.document
    assert result_of(ours.owner_id, ours.document) == result_of(theirs.owner_id, theirs.document)
    assert len(set(keys)) == 2


PAGES = ["/companies/", "/companies/{company}/", "/valuations/{valuation}/"]
ENDPOINTS = ["/api/companies/", "/api/companies/{company}/", "/api/valuations/", "/api/valuations/{valuation}/"]


@pytest.mark.parametrize("path", PAGES + ENDPOINTS)
def test_what_one_person_made_the_cache_keep_is_never_shown_to_another(client, analyst, other_analyst, path):
    company = make_company(analyst, name="Secret Holdings", cik="7")
    valuation = create_valuation(owner=analyst, document=DOCUMENT | {"name": "Secret plan"}, company=company)
    address = path.format(company=company.pk, valuation=valuation.pk)
    client.force_login(analyst)
    for _ in range(2):
        assert b"Secret" in client.get(address).content
    client.force_login(other_analyst)
    for _ in range(2):
        answer = client.get(address)
        assert answer.status_code == (404 if "{" in path else 200)
        assert b"Secret" not in answer.content
    client.force_login(analyst)
    assert b"Secret" in client.get(address).content


def test_an_edit_shows_its_own_value_at_once(analyst):
    valuation = create_valuation(owner=analyst, document=DOCUMENT)
    before = result_of(analyst.pk, valuation.document)
    document = valuation.document | {"inputs": valuation.document["inputs"] | {"cash": 999_999.0}}
    saved = save_document(valuation, document, expected_version=1)
    after = result_of(analyst.pk, saved.document)
    assert after.value != before.value
    assert result_of(analyst.pk, valuation.document) == before


def test_a_new_sample_is_a_new_series(now, django_assert_num_queries):
    from datetime import timedelta

    from performance.models import SystemSample

    def sample(age, cpu):
        return SystemSample.objects.create(
            host="web-1", taken_at=now - timedelta(seconds=age), interval=30, cpu_percent=cpu
        )

    first = sample(60, 10.0)
    assert figures("web-1", first, now)[0].value == 10.0
    with django_assert_num_queries(1):  # what fires
        figures("web-1", first, now)
    second = sample(30, 20.0)
    assert figures("web-1", second, now)[0].value == 20.0
    assert figures("web-1", first, now)[0].value == 10.0


def test_the_schema_is_generated_once_and_is_the_same(api, monkeypatch):
    from drf_spectacular.generators import SchemaGenerator

    runs = []
    plain = SchemaGenerator.get_schema
    monkeypatch.setattr(SchemaGenerator, "get_schema", lambda self, *a, **k: runs.append(1) or plain(self, *a, **k))
    first, second = (api.get("/api/schema/?format=json").content for _ in range(2))
    assert first == second
    assert b"performance_cache_invalidate" in first
    assert len(runs) == 1
    api.get("/api/schema/?format=json&version=anything")
    assert len(runs) == 2
