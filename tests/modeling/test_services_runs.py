"""Simulations in the background: through the very code a worker runs."""

from __future__ import annotations

import pytest

from modeling.apps import hand_over_late
from modeling.codecs import parse_document, simulation_of
from modeling.models import Run, Valuation
from modeling.services import create_valuation, delete_valuation, save_document, start_run
from tasks import selectors as jobs
from tasks import services as job_services
from tasks.testing import run_pending
from valor.lib.errors import InvalidInput, NotFound

TRIALS = 2000


def start(valuation, **changes) -> Run:
    return start_run(
        valuation, **({"trials": TRIALS, "seed": 7, "sampler": "sobol", "owner": valuation.owner} | changes)
    )


def job_of(run: Run):
    return jobs.job_for(run.valuation.owner, run.job_id)


def without_time(result):
    return {key: value for key, value in result.items() if key != "seconds"}


def test_a_run_waits_for_its_job_and_gets_its_result(valuation) -> None:
    run = start(valuation)
    assert (run.number, run.version, run.result, run.finished_at) == (1, 1, None, None)
    assert job_of(run).state == "queued"
    assert run_pending() == 1
    run.refresh_from_db()
    direct = simulation_of(parse_document(valuation.document), TRIALS, 7, "sobol").run(None).as_dict()
    assert without_time(run.result) == without_time(direct)
    assert run.finished_at
    assert job_of(run).state == "done"


def test_a_run_keeps_what_it_was_made_from(valuation) -> None:
    run = start(valuation)
    changed = valuation.document | {"name": "Changed"}
    save_document(valuation, changed, expected_version=1)
    run_pending()
    run.refresh_from_db()
    assert run.document["name"] == "A growing company"
    assert run.version == 1
    assert start(valuation).version == 2


def test_an_equal_request_under_way_shares_the_job(valuation) -> None:
    first, second = start(valuation), start(valuation)
    assert (first.number, second.number) == (1, 2)
    assert first.job_id == second.job_id
    assert run_pending() == 1
    assert Run.objects.filter(result__isnull=True).count() == 0


def test_an_equal_request_that_is_done_has_its_result_at_once(valuation) -> None:
    first = start(valuation)
    run_pending()
    second = start(valuation)
    assert second.job_id == first.job_id
    assert second.result["trials"] == TRIALS
    assert second.finished_at
    assert run_pending() == 0


@pytest.mark.parametrize("change", [{"seed": 8}, {"trials": 3000}, {"sampler": "pseudo_random"}])
def test_another_request_is_another_job(valuation, change) -> None:
    assert start(valuation).job_id != start(valuation, **change).job_id


def test_equal_valuations_of_two_people_do_not_share(valuation, other_analyst, document) -> None:
    other = create_valuation(owner=other_analyst, document=document)
    assert start(valuation).job_id != start(other).job_id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("trials", 0),
        ("trials", 999),
        ("trials", 1_000_000_001),
        ("trials", 10**12),
        ("trials", 1e6),
        ("trials", "1000"),
        ("trials", True),
        ("trials", None),
        ("seed", -1),
        ("seed", 2**63),
        ("seed", 1.5),
        ("sampler", "halton"),
        ("sampler", ""),
    ],
)
def test_impossible_settings_are_refused_before_a_job_exists(valuation, field, value) -> None:
    with pytest.raises(InvalidInput) as caught:
        start(valuation, **{field: value})
    (problem,) = caught.value.problems
    assert problem.field == field
    assert problem.remedy
    assert not Run.objects.exists()
    assert not jobs.visible_to(valuation.owner).exists()


def test_without_an_uncertain_driver_there_is_nothing_to_simulate(analyst, document) -> None:
    certain = {key: value for key, value in document.items() if key not in {"uncertainty", "correlations"}}
    with pytest.raises(InvalidInput) as caught:
        start(create_valuation(owner=analyst, document=certain))
    assert caught.value.problems[0].field == "uncertainty"


def test_a_deleted_valuation_cannot_run(valuation) -> None:
    twin = Valuation.objects.get(pk=valuation.pk)
    delete_valuation(valuation)
    with pytest.raises(NotFound):
        start(twin)


def test_deleting_cancels_the_job_nobody_waits_for(valuation) -> None:
    run = start(valuation)
    owner = valuation.owner
    delete_valuation(valuation)
    assert jobs.job_for(owner, run.job_id).state == "cancelled"
    assert run_pending() == 0


def test_deleting_leaves_a_job_that_another_run_waits_for(valuation, document) -> None:
    twin = create_valuation(owner=valuation.owner, document=document)
    run, kept = start(valuation), start(twin)
    assert run.job_id == kept.job_id
    delete_valuation(valuation)
    assert job_of(kept).state == "queued"
    run_pending()
    kept.refresh_from_db()
    assert kept.result


def test_deleting_after_the_end_leaves_the_finished_job(valuation) -> None:
    run, owner = start(valuation), valuation.owner
    run_pending()
    delete_valuation(valuation)
    assert jobs.job_for(owner, run.job_id).state == "done"


def test_a_result_for_runs_that_are_gone_harms_nobody(valuation) -> None:
    run, owner = start(valuation), valuation.owner
    Run.objects.all().delete()
    run_pending()
    assert jobs.job_for(owner, run.job_id).state == "done"


def test_a_cancelled_job_leaves_the_run_without_result_and_a_new_one_can_start(valuation) -> None:
    run = start(valuation)
    job_services.cancel(job_of(run))
    again = start(valuation)
    assert again.job_id != run.job_id
    run_pending()
    again.refresh_from_db()
    run.refresh_from_db()
    assert again.result
    assert run.result is None


def test_a_run_stored_while_its_job_was_ending_still_gets_the_result(valuation) -> None:
    run = start(valuation)
    run_pending()
    Run.objects.filter(pk=run.pk).update(result=None, finished_at=None)
    hand_over_late(job=job_of(run), sender=None, signal=None)
    run.refresh_from_db()
    assert run.result["trials"] == TRIALS


def test_the_job_leads_to_its_run(valuation) -> None:
    run = start(valuation)
    assert jobs.subject_url(job_of(run)) == f"/valuations/{valuation.pk}/runs/1/"
    Run.objects.all().delete()
    assert jobs.subject_url(jobs.job_for(valuation.owner, run.job_id)) is None
