"""What a worker loads, and when; and a simulation in pieces and in parts, which gives what an undisturbed one gives."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from modeling.apps import load_engines
from modeling.codecs import parse_document, simulation_of
from modeling.engines.simulation import spec as spec_module
from modeling.engines.simulation.simulate import Simulation
from modeling.examples import DOCUMENT
from modeling.jobs import simulations as jobs
from modeling.simulation_request import SIMULATE
from tasks import context, lifecycle, registry, runner, services
from tasks.choices import State
from tasks.context import JobContext
from tasks.models import Job, Piece
from tasks.signals import worker_started
from tasks.testing import run_pending
from valor.lib.errors import InvalidInput

START = "import django, sys; django.setup(); import valor.urls; print('numpy' in sys.modules, 'scipy' in sys.modules)"


def test_nothing_loads_numpy_before_a_worker_forks() -> None:
    started = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    assert started.stdout.split() == ["False", "False"]


def test_a_started_worker_loads_the_engines_before_its_first_job() -> None:
    assert load_engines in [receiver() for _, receiver, *_ in worker_started.receivers]
    code = (
        "import django, sys; django.setup(); from tasks.signals import worker_started; "
        "worker_started.send(sender=None); print('modeling.codecs' in sys.modules)"
    )
    started = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert started.stdout.strip() == "True"


def test_the_job_is_declared_with_a_title_people_understand() -> None:
    assert registry.spec_of(SIMULATE).title == "Simulation"


TRIALS = 600_000


@pytest.fixture
def counted(monkeypatch):
    """Outcomes are counted, and runs split, from 100,000 trials on: quick enough for a test."""
    monkeypatch.setattr(spec_module, "KEPT_TRIALS", 100_000)
    monkeypatch.setattr(jobs, "TRIALS_A_PART", 150_000)


@pytest.fixture
def always_due(monkeypatch):
    monkeypatch.setattr(JobContext, "is_checkpoint_due", True)


def request_of(**changes: Any) -> dict[str, Any]:
    return {"document": DOCUMENT, "trials": TRIALS, "seed": 7, "sampler": "sobol"} | changes


def undisturbed(**changes: Any) -> dict[str, Any]:
    request = request_of(**changes)
    model = parse_document(request["document"])
    return without_time(simulation_of(model, request["trials"], request["seed"], request["sampler"]).run().as_dict())


def without_time(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "seconds"}


def ended(job: Job) -> Job:
    run_pending()
    job.refresh_from_db()
    assert (job.state, job.error_message) == (State.DONE, "")
    return job


class Killed(BaseException):
    """As kill -9: nothing of the runner's own handling runs."""


def kill_at(monkeypatch, trials: int) -> None:
    """The worker is killed once, as soon as a run has got so far."""
    honest = JobContext.progress
    kills = [True]

    def progress(self, done, *rest):
        if done >= trials and kills:
            kills.clear()
            raise Killed
        return honest(self, done, *rest)

    monkeypatch.setattr(JobContext, "progress", progress)


@pytest.mark.parametrize("sampler", ["sobol", "latin_hypercube", "pseudo_random"])
def test_a_large_run_is_split_and_gives_what_an_undivided_one_gives(counted, analyst, sampler) -> None:
    job = ended(services.submit(SIMULATE, request_of(sampler=sampler), owner=analyst))
    assert job.parts_total == 4
    assert without_time(job.result) == undisturbed(sampler=sampler)
    assert (job.done, job.total) == (TRIALS, TRIALS)
    assert job.result["seconds"] > 0
    assert not Piece.objects.exists()


def test_a_run_whose_outcomes_are_kept_is_not_split(analyst) -> None:
    job = ended(services.submit(SIMULATE, request_of(trials=50_000), owner=analyst))
    assert job.parts_total == 0
    assert without_time(job.result) == undisturbed(trials=50_000)


def test_a_killed_run_goes_on_from_its_pieces_to_the_same_result(always_due, analyst, monkeypatch) -> None:
    kill_at(monkeypatch, 300_000)
    job = services.submit(SIMULATE, request_of(), owner=analyst)
    with pytest.raises(Killed):
        runner.run_one()
    job.refresh_from_db()
    kept = job.pieces_kept
    assert 0 < kept < 16
    Job.objects.update(lease_until=job.queued_at)
    simulated = []
    honest = Simulation.pieces

    def pieces(self, first, *rest, **due):
        simulated.append(first)
        return honest(self, first, *rest, **due)

    monkeypatch.setattr(Simulation, "pieces", pieces)
    assert lifecycle.requeue_expired() == 1
    done = ended(job)
    assert simulated == [kept]
    assert without_time(done.result) == undisturbed()


def test_a_killed_part_goes_on_from_its_pieces_to_the_same_result(counted, always_due, analyst, monkeypatch) -> None:
    kill_at(monkeypatch, 100_000)
    job = services.submit(SIMULATE, request_of(), owner=analyst)
    runner.run_one()
    with pytest.raises(Killed):
        runner.run_one()
    part = Job.objects.get(parent=job, state=State.RUNNING)
    assert part.pieces_kept > 0
    Job.objects.filter(pk=part.pk).update(lease_until=job.queued_at)
    assert lifecycle.requeue_expired() == 1
    assert without_time(ended(job).result) == undisturbed()


def test_a_part_that_had_kept_everything_keeps_nothing_twice(counted, analyst, monkeypatch) -> None:
    job = services.submit(SIMULATE, request_of(), owner=analyst)
    runner.run_one()
    with monkeypatch.context() as killed:

        def kill(*_: Any, **__: Any) -> None:
            raise Killed

        killed.setattr(lifecycle, "finish", kill)
        with pytest.raises(Killed):
            runner.run_one()
    Job.objects.filter(parent=job, state=State.RUNNING).update(lease_until=job.queued_at)
    assert lifecycle.requeue_expired() == 1
    assert without_time(ended(job).result) == undisturbed()


def test_progress_never_goes_back_when_a_run_is_resumed(always_due, analyst, monkeypatch) -> None:
    monkeypatch.setattr(context, "INTERVAL", 0)
    kill_at(monkeypatch, 300_000)
    job = services.submit(SIMULATE, request_of(), owner=analyst)
    with pytest.raises(Killed):
        runner.run_one()
    job.refresh_from_db()
    kept = job.done
    seen = []
    honest = lifecycle.advance
    monkeypatch.setattr(lifecycle, "advance", lambda job, **row: seen.append(row.get("done", 0)) or honest(job, **row))
    Job.objects.update(lease_until=job.queued_at)
    lifecycle.requeue_expired()
    job.refresh_from_db()
    assert job.done == kept
    ended(job)
    assert seen == sorted(seen)
    assert 0 < seen[0] <= kept


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "parameters.document"),
        ({"document": "x"}, "parameters.document"),
        ([], "parameters.document"),
        ({"document": DOCUMENT, "trails": 5}, "parameters.trails"),
        ({"document": DOCUMENT, "trials": 0}, "trials"),
        ({"document": DOCUMENT, "trials": 10**12}, "trials"),
        ({"document": DOCUMENT, "seed": "x"}, "seed"),
    ],
)
def test_a_request_by_parameters_is_refused_by_field(analyst, parameters, field) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.submit(SIMULATE, parameters, owner=analyst)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not Job.objects.exists()


def test_a_request_needs_only_its_document(analyst) -> None:
    job = services.submit(SIMULATE, {"document": DOCUMENT}, owner=analyst)
    assert (job.parameters["trials"], job.parameters["seed"], job.parameters["sampler"]) == (1_000_000, 1, "sobol")


def test_analysts_may_submit_it_and_others_may_not(analyst, operator) -> None:
    may_submit = registry.spec_of(SIMULATE).may_submit
    assert may_submit is not None
    assert (may_submit(analyst), may_submit(operator)) == (True, False)
