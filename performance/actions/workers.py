"""Actions on background work: fresh workers, and another try for what failed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Max

from performance.actions.registry import Action, Measure, Parameters, Progress, Taken, register
from performance.units import BYTES, COUNT
from tasks import registry, services
from tasks.choices import State
from tasks.models import Job, Worker
from valor.lib.errors import InvalidInput


@register
class RecycleWorkers(Action):
    name = "recycle_workers"
    title = "Recycle the workers"
    about = "Each worker ends after the job in its hand, and a fresh one takes its place."
    effect = "What workers have piled up in memory is given back; no job is lost or done twice."
    measure = Measure("Memory of the largest worker", BYTES)
    settles = timedelta(seconds=30)

    def plan(self, parameters: Parameters) -> list[str]:
        return [f"{row} leaves after its job" for row in Worker.objects.order_by("host", "pid")] or ["No worker runs."]

    def run(self, parameters: Parameters, progress: Progress) -> str:
        return f"{services.recycle_workers()} workers were asked to leave after the job in their hand."

    def read(self, parameters: Parameters, since: Any = None) -> Taken:
        """Afterwards only once all who were asked have left, and others are there."""
        rows = Worker.objects.all()
        if since is not None and (rows.filter(leaving=True).exists() or not rows.exists()):
            return Taken(None, "some are still to leave")
        most = rows.aggregate(most=Max("memory"))["most"]
        return Taken(None if most is None else float(most), f"of {rows.count()} workers")


@register
class RetryFailedJobs(Action):
    name = "retry_failed_jobs"
    title = "Retry failed jobs"
    about = "Queues every failed job of a kind again, from the start."
    effect = "Jobs that failed for a reason that is gone get their result."
    measure = Measure("Failed jobs of this kind", COUNT, relative=0.0)
    fields = {"kind": "the name of a declared kind of job"}
    safe = False
    caution = "every job of this kind that ever failed and was not pruned runs again."
    settles = timedelta(minutes=5)

    def checked(self, parameters: Any) -> Parameters:
        found = super().checked(parameters)
        if registry.find(found["kind"]) is None:
            known = ", ".join(registry.kinds())
            raise InvalidInput.at("kind", found["kind"], "No such kind of job is declared.", f"Use one of: {known}.")
        return found

    def failed(self, parameters: Parameters) -> int:
        return Job.objects.filter(kind=parameters["kind"], state=State.FAILED, parent=None).count()

    def plan(self, parameters: Parameters) -> list[str]:
        return [f"Queue {self.failed(parameters)} failed jobs of {parameters['kind']} again"]

    def run(self, parameters: Parameters, progress: Progress) -> str:
        moved, refused = services.retry_failed(parameters["kind"])
        return f"{moved} jobs were queued again, {refused} could not be."

    def read(self, parameters: Parameters, since: Any = None) -> Taken:
        """Afterwards only once none of them is under way."""
        under_way = Job.objects.filter(kind=parameters["kind"], state__in=(State.QUEUED, State.RUNNING), parent=None)
        if since is not None and under_way.exists():
            return Taken(None, "some are under way")
        return Taken(float(self.failed(parameters)), "that are kept")
