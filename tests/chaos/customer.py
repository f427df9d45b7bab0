"""What the customer of a chaos scenario does: submits the mixed load, and reports how every job of it fares."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Q

from modeling.codecs import MAX_TRIALS
from modeling.models import Run, Valuation, ValuationVersion
from modeling.services import create_valuation, start_run
from tasks import services
from tasks.choices import IN_FLIGHT
from tasks.models import Job, Piece
from tests.__main__ import ROOT
from tests.chaos.app.models import Effect

PASSWORD = "correct horse battery"
# A simulation that one worker does, and one that is split where the engine splits; the seeds keep them apart.
SIMULATIONS = ((min(4_000_000, MAX_TRIALS), 1), (min(20_000_000, MAX_TRIALS), 2))
SHORT_JOBS = 24
CHAIN_STEPS = 25
SUM_STEPS = 1000


def person(owner: str) -> User:
    """Who submits; one for each scenario, so that no job's result answers for another's."""
    user = User.objects.filter(username=owner).first()
    if user is None:
        user = User.objects.create_user(owner, password=PASSWORD)
        user.groups.set([Group.objects.get_or_create(name="analyst")[0]])
    return user


def valuation(owner: str) -> int:
    document = json.loads((ROOT / "examples" / "tesla_2013.json").read_text())
    return int(create_valuation(owner=person(owner), document=document).pk)


def welcome(owner: str) -> tuple[int, str, tuple[int, int]]:
    """What a visitor needs to know: the valuation, the password, and the simulation to ask for."""
    return valuation(owner), PASSWORD, SIMULATIONS[0]


def submit(owner: str, kind: str, **parameters: Any) -> str:
    return str(services.submit(kind, parameters, owner=person(owner)).pk)


def simulate(owner: str) -> list[str]:
    found = Valuation.objects.filter(owner=person(owner)).first() or Valuation.objects.get(pk=valuation(owner))
    return [
        str(start_run(found, trials=trials, seed=seed, sampler="sobol", owner=person(owner)).job_id)
        for trials, seed in SIMULATIONS
    ]


def submit_load(owner: str) -> list[str]:
    """The mixed load, in an order in which something of each kind is under way early."""
    numbers = range(SHORT_JOBS)
    made = [submit(owner, "chaos.short", number=number, seconds=0.05) for number in numbers[:4]]
    made.append(submit(owner, "chaos.chain", steps=CHAIN_STEPS))
    made += simulate(owner)
    made.append(submit(owner, "chaos.sum", steps=SUM_STEPS))
    made += [submit(owner, "chaos.chain", steps=CHAIN_STEPS + more) for more in (1, 2)]
    made += [submit(owner, "chaos.short", number=number, seconds=0.05) for number in numbers[4:]]
    return made


def report(owner: str) -> list[dict[str, Any]]:
    """Every job of *owner*, parts too, the oldest first."""
    names = ("pk", "parent", "kind", "parameters", "state", "attempt", "max_attempts", "result", "error_class", "log")
    names += ("worker_id", "progress", "pieces_kept", "parts_total", "parts_left", "lease_until", "claimed_at")
    jobs = list(Job.objects.filter(owner__username=owner).order_by("queued_at").values(*names))
    effects = list(Effect.objects.filter(job__in=[job["pk"] for job in jobs]).values_list("job", flat=True))
    for job in jobs:
        job["effects"] = effects.count(job["pk"])
        if job["kind"] == "modeling.simulate":
            job["parameters"] = {name: job["parameters"].get(name) for name in ("trials", "seed", "sampler")}
    return jobs


def in_flight(owner: str, job: str | None = None) -> int:
    """How many jobs of *owner*, or whether this one, has not ended."""
    mine = Job.objects.filter(owner__username=owner, state__in=IN_FLIGHT)
    return (mine.filter(pk=job) if job else mine).count()


def leftovers(owner: str) -> dict[str, int]:
    """What must be gone, and what must not wait, once every job has ended."""
    return {
        "pieces": Piece.objects.filter(job__owner__username=owner).count(),
        "waiting runs": Run.objects.filter(valuation__owner__username=owner, result=None).count(),
    }


def runs(owner: str) -> list[Any]:
    """The results of the runs, by seed."""
    mine = Run.objects.filter(valuation__owner__username=owner).order_by("seed", "number")
    return list(mine.values_list("result", flat=True))


def stirred(since: float) -> bool:
    """Whether a job was begun or ended after that moment."""
    moment = datetime.fromtimestamp(since, UTC)
    return Job.objects.filter(Q(claimed_at__gt=moment) | Q(finished_at__gt=moment)).exists()


def busy(kind: str, pieces: int = 0) -> str | None:
    """A job of this kind that a worker has in hand and has begun to work on."""
    held = Job.objects.filter(kind=kind, state="running", worker_id__isnull=False, pieces_kept__gte=pieces)
    found = held.exclude(stage="").values_list("pk", flat=True).first()
    return str(found) if found else None


def stored() -> list[int]:
    """How much there is of what a request for a simulation writes."""
    return [model.objects.count() for model in (Job, Run, Valuation, ValuationVersion)]
