"""The background jobs of valuations.

NumPy and the engines are imported inside the functions: a worker must not load them before it forks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from modeling.simulation_request import SIMULATE, SimulationRequest
from tasks.registry import Share, job
from valor.accounts.roles import is_analyst

if TYPE_CHECKING:
    from modeling.engines.simulation.partial import Partial
    from modeling.engines.simulation.simulate import Simulation
    from tasks.registry import JobContext

# Half a second's work or so; of a very large run more, so that there are never more than a hundred parts.
TRIALS_A_PART = 2_500_000
MOST_PARTS = 100


def checked_parameters(parameters: Any) -> dict[str, Any]:
    return SimulationRequest.read(parameters).parameters()


def simulation_for(parameters: dict[str, Any]) -> Simulation:
    from modeling.codecs import parse_document, simulation_of

    model = parse_document(parameters["document"])
    return simulation_of(model, parameters["trials"], parameters["seed"], parameters["sampler"])


def shares(parameters: dict[str, Any]) -> list[Share]:
    """Ranges of segments for many workers; a run whose every outcome is kept is done by one."""
    simulation = simulation_for(parameters)
    if not simulation.spec.counted:
        return []
    ranges = simulation.shares(max(TRIALS_A_PART, simulation.spec.trials // MOST_PARTS))
    return [Share({"first": a, "last": b}, trials_of(simulation, a, b)) for a, b in ranges]


def trials_of(simulation: Simulation, first: int, last: int) -> int:
    """How many trials a range of segments has."""
    trials = simulation.plan.trial_range(first, last)
    return int(trials.stop - trials.start)


def pieces(ctx: JobContext, simulation: Simulation, first: int, last: int, *, keep_all: bool) -> Iterator[Partial]:
    """A range of segments: the pieces that earlier attempts have kept, then those that are left, with progress.

    Of the new ones all but the last are kept, as often as it pays; with ``keep_all`` the last one, too.
    """
    from modeling.engines.simulation.partial import Partial

    total, start = trials_of(simulation, first, last), first
    for data in ctx.pieces:
        kept = Partial.from_bytes(data)
        start = kept.last
        yield kept
    if start == last:
        return
    before = trials_of(simulation, first, start) if start > first else 0
    ctx.progress(before, total, "Simulating")

    def report(done: int, _: int) -> None:
        ctx.progress(before + done, total, "Simulating")

    for piece in simulation.pieces(start, last, report, due=lambda: ctx.is_checkpoint_due):
        if keep_all or piece.last < last:
            ctx.checkpoint(piece.to_bytes())
        yield piece


def simulate_part(ctx: JobContext, parameters: dict[str, Any]) -> None:
    """Runs one range of segments and leaves it in pieces."""
    simulation = simulation_for(parameters)
    for _ in pieces(ctx, simulation, parameters["first"], parameters["last"], keep_all=True):
        pass


def merge_parts(ctx: JobContext, parameters: dict[str, Any], stored: Iterator[bytes]) -> dict[str, Any]:
    """The result, from the pieces of all parts."""
    from modeling.engines.simulation.partial import Partial

    result = simulation_for(parameters).reduce(Partial.from_bytes(data) for data in stored)
    return result.as_dict(ctx.elapsed())


def run_page(job: Any) -> str | None:
    """The latest run that waits for, or took, this job's result."""
    from modeling.models import Run

    run = Run.objects.filter(job_id=job.id).order_by("-id").only("valuation_id", "number").first()
    return reverse("modeling:run", args=[run.valuation_id, run.number]) if run else None


def hand_over(job: Any, result: dict[str, Any]) -> None:
    """Runs inside the transaction that stores the job's result: either both are there, or none."""
    from modeling.services import complete_run

    complete_run(job.id, result)


@job(
    SIMULATE,
    title="Simulation",
    timeout=600,
    parameters=checked_parameters,
    may_submit=is_analyst,
    split=shares,
    part=simulate_part,
    merge=merge_parts,
    subject_url=run_page,
    complete=hand_over,
)
def simulate(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Simulates one valuation document."""
    simulation = simulation_for(parameters)
    result = simulation.reduce(pieces(ctx, simulation, 0, simulation.segments, keep_all=False))
    return result.as_dict(ctx.elapsed())
