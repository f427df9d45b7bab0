"""Several people, tabs and workers at the same moment; on a database that lets them be at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from modeling.errors import StaleVersion
from modeling.models import Company, Fact, Run, Valuation, ValuationVersion
from modeling.services import create_valuation, import_companyfacts, save_document, start_run
from tests.modeling.importers.documents import acme, flow

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite in memory lets one writer in at a time"),
]
CALLERS = 6


def at_once(call: Callable[[int], Any], callers: int = CALLERS) -> list[Any]:
    """The answers of *callers* threads that start together; an exception counts as an answer."""
    together = Barrier(callers)

    def caller(number: int) -> Any:
        try:
            together.wait()
            return call(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(caller, range(callers)))


def test_of_edits_made_on_one_version_a_single_one_is_saved(valuation) -> None:
    def save(number: int) -> Valuation:
        document = deepcopy(valuation.document)
        document["inputs"]["growth"] = 0.2 + number / 100
        return save_document(valuation, document, expected_version=1)

    answers = at_once(save)
    saved = [answer for answer in answers if isinstance(answer, Valuation)]
    assert len(saved) == 1
    assert all(isinstance(answer, StaleVersion) for answer in answers if answer not in saved)
    stored = Valuation.objects.get()
    assert (stored.version, stored.document) == (2, saved[0].document)
    assert ValuationVersion.objects.count() == 2


def test_of_edits_of_one_tab_the_newest_stays(valuation) -> None:
    def save(number: int) -> Valuation:
        document = deepcopy(valuation.document)
        document["inputs"]["growth"] = 0.2 + number / 100
        return save_document(valuation, document, expected_version=1, tab="a", sequence=number)

    save(0)
    answers = at_once(save)
    assert all(isinstance(answer, Valuation) for answer in answers)
    stored = Valuation.objects.get()
    assert stored.document["inputs"]["growth"] == pytest.approx(0.2 + (CALLERS - 1) / 100)
    assert ValuationVersion.objects.count() == stored.version


def test_runs_started_at_once_are_numbered_and_share_one_job(valuation) -> None:
    runs = at_once(lambda _: start_run(valuation, trials=1000, seed=1, sampler="sobol", owner=valuation.owner))
    assert sorted(run.number for run in runs) == list(range(1, CALLERS + 1))
    assert len({run.job_id for run in runs}) == 1


def test_equal_valuations_started_at_once_share_one_job(analyst, document) -> None:
    twins = [create_valuation(owner=analyst, document=document) for _ in range(CALLERS)]
    runs = at_once(lambda number: start_run(twins[number], trials=1000, seed=1, sampler="sobol", owner=analyst))
    assert all(isinstance(run, Run) for run in runs), runs
    assert len({run.job_id for run in runs}) == 1


@pytest.mark.parametrize("shared", [True, False])
def test_an_import_made_twice_at_once_is_there_once(analyst, shared) -> None:
    reports = at_once(lambda _: import_companyfacts(acme(), None if shared else analyst))
    assert len({report.company_id for report in reports}) == 1, reports
    assert Company.objects.count() == 1
    assert Fact.objects.count() == 10


def test_two_imports_that_add_the_same_year_take_turns(analyst) -> None:
    import_companyfacts(acme(Revenues=[flow(2022, 1)]), analyst)
    reports = at_once(lambda _: import_companyfacts(acme(), analyst))
    assert sorted(report.added for report in reports) == [0] * (CALLERS - 1) + [5], reports
