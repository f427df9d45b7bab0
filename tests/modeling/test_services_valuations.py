"""Starting, saving and deleting valuations."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from modeling.errors import StaleVersion
from modeling.models import Company, Valuation, ValuationVersion
from modeling.services import create_valuation, delete_valuation, save_document, start_valuation
from valor.lib.errors import InvalidInput, NotFound


def with_growth(valuation: Valuation, growth: Any) -> dict[str, Any]:
    document = deepcopy(valuation.document)
    document["inputs"]["growth"] = growth
    return document


def growth_of(valuation: Valuation) -> float:
    return Valuation.objects.get(pk=valuation.pk).document["inputs"]["growth"]


def test_a_started_valuation_is_prefilled_and_at_version_1(analyst, company) -> None:
    valuation = start_valuation(company, analyst)
    assert (valuation.owner, valuation.company, valuation.version) == (analyst, company, 1)
    assert valuation.name == "Acme, FY2024"
    assert valuation.document["inputs"]["base_revenue"] == 1331
    assert valuation.document["valuation_date"] == "2024-12-31"
    assert valuation.document["debt_includes_leases"] is True
    assert valuation.document["price"] is None
    assert [version.document for version in valuation.versions.all()] == [valuation.document]


def test_a_company_without_statements_cannot_be_valued(analyst) -> None:
    empty = Company.objects.create(name="Empty", owner=analyst)
    with pytest.raises(InvalidInput) as caught:
        start_valuation(empty, analyst)
    assert caught.value.problems[0].field == "company"
    assert not Valuation.objects.exists()


def test_the_stored_document_is_canonical(valuation, document) -> None:
    assert "terminal_roic" not in document["inputs"]
    assert valuation.document["inputs"]["terminal_roic"] is None


def test_an_impossible_document_is_refused_with_every_problem(analyst, document) -> None:
    document["inputs"] |= {"terminal_growth": 0.09, "shares": -1}
    with pytest.raises(InvalidInput) as caught:
        create_valuation(owner=analyst, document=document)
    assert {problem.field for problem in caught.value.problems} == {"inputs.terminal_growth", "inputs.shares"}
    assert not Valuation.objects.exists()


def test_saving_makes_the_next_version_and_keeps_the_last(valuation) -> None:
    saved = save_document(valuation, with_growth(valuation, 0.2), expected_version=1)
    assert saved.version == 2
    assert [version.version for version in ValuationVersion.objects.filter(valuation=valuation)] == [2, 1]
    growths = [version.document["inputs"]["growth"] for version in ValuationVersion.objects.order_by("version")]
    assert growths == [0.1, 0.2]


def test_an_impossible_edit_changes_nothing(valuation) -> None:
    with pytest.raises(InvalidInput):
        save_document(valuation, with_growth(valuation, float("nan")), expected_version=1)
    assert growth_of(valuation) == 0.1
    assert ValuationVersion.objects.count() == 1


def test_an_unchanged_document_makes_no_version(valuation) -> None:
    assert save_document(valuation, valuation.document, expected_version=1).version == 1
    assert ValuationVersion.objects.count() == 1


def test_a_renamed_document_renames_the_valuation(valuation) -> None:
    saved = save_document(valuation, valuation.document | {"name": "Another"}, expected_version=1)
    assert (saved.name, saved.version) == ("Another", 2)


def test_a_stale_edit_is_refused_and_told_the_current_version(valuation) -> None:
    save_document(valuation, with_growth(valuation, 0.2), expected_version=1)
    with pytest.raises(StaleVersion) as caught:
        save_document(valuation, with_growth(valuation, 0.3), expected_version=1)
    assert caught.value.current == 2
    (problem,) = caught.value.problems
    assert (problem.field, problem.value) == ("version", 2)
    assert growth_of(valuation) == 0.2


def test_a_version_that_never_was_is_stale_too(valuation) -> None:
    with pytest.raises(StaleVersion):
        save_document(valuation, with_growth(valuation, 0.2), expected_version=10**30)


def test_overwrite_saves_on_top(valuation) -> None:
    save_document(valuation, with_growth(valuation, 0.2), expected_version=1)
    saved = save_document(valuation, with_growth(valuation, 0.3), expected_version=1, overwrite=True)
    assert saved.version == 3
    assert growth_of(valuation) == 0.3


def test_a_newer_edit_of_the_same_tab_is_never_stale(valuation) -> None:
    for sequence, growth in ((1, 0.11), (2, 0.12), (5, 0.15)):
        saved = save_document(valuation, with_growth(valuation, growth), expected_version=1, tab="a", sequence=sequence)
    assert saved.version == 4
    assert growth_of(valuation) == 0.15


@pytest.mark.parametrize("late", [1, 4, 5])
@pytest.mark.parametrize("overwrite", [False, True])
def test_an_overtaken_edit_of_the_same_tab_is_dropped(valuation, late, overwrite) -> None:
    save_document(valuation, with_growth(valuation, 0.15), expected_version=1, tab="a", sequence=5)
    kept = save_document(
        valuation, with_growth(valuation, 0.11), expected_version=2, tab="a", sequence=late, overwrite=overwrite
    )
    assert kept.version == 2
    assert growth_of(valuation) == 0.15


def test_another_tab_must_know_the_version(valuation) -> None:
    save_document(valuation, with_growth(valuation, 0.15), expected_version=1, tab="a", sequence=5)
    with pytest.raises(StaleVersion):
        save_document(valuation, with_growth(valuation, 0.2), expected_version=1, tab="b", sequence=9)
    assert save_document(valuation, with_growth(valuation, 0.2), expected_version=2, tab="b", sequence=1).version == 3
    with pytest.raises(StaleVersion):
        save_document(valuation, with_growth(valuation, 0.16), expected_version=2, tab="a", sequence=6)


def test_a_deleted_valuation_cannot_be_saved(valuation) -> None:
    Valuation.objects.filter(pk=valuation.pk).delete()
    with pytest.raises(NotFound):
        save_document(valuation, with_growth(valuation, 0.2), expected_version=1)


def test_deleting_takes_the_versions_along_and_leaves_the_company(analyst, company) -> None:
    delete_valuation(start_valuation(company, analyst))
    assert not Valuation.objects.exists()
    assert not ValuationVersion.objects.exists()
    assert Company.objects.filter(pk=company.pk).exists()


def test_a_valuation_outlives_its_company(analyst, company) -> None:
    valuation = start_valuation(company, analyst)
    company.delete()
    valuation.refresh_from_db()
    assert valuation.company is None
    assert valuation.document["inputs"]["base_revenue"] == 1331


def test_the_database_itself_refuses_version_0(valuation) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Valuation.objects.filter(pk=valuation.pk).update(version=0)
