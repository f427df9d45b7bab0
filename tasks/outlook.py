"""What lies ahead of the workers: what waits and runs of each kind, how long each usually takes, when all is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F

from tasks.choices import State
from tasks.models import Job

# A kind that nothing finished of within it is taken to last as long as the others.
USUAL_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Load:
    """Jobs of one kind, and parts of split ones, that wait and that run."""

    waiting: int = 0
    running: int = 0


def loads() -> dict[str, Load]:
    """Every kind of which something waits or runs; what waits for its parts is counted as those."""
    at_hand = Job.objects.filter(state__in=[State.QUEUED, State.RUNNING]).exclude(state=State.RUNNING, parts_left__gt=0)
    counts: dict[str, dict[str, int]] = {}
    for kind, state, count in at_hand.order_by().values_list("kind", "state").annotate(count=Count("pk")):
        counts.setdefault(kind, {})[state] = count
    return {kind: Load(of.get(State.QUEUED, 0), of.get(State.RUNNING, 0)) for kind, of in counts.items()}


def usual_seconds(now: datetime, window: timedelta = USUAL_WINDOW) -> dict[str, float]:
    """The mean time of an attempt that was done within the window, by kind; parts count as work of their kind."""
    took = ExpressionWrapper(F("finished_at") - F("claimed_at"), output_field=DurationField())
    done = Job.objects.filter(finished_at__gt=now - window, finished_at__lte=now, state=State.DONE)
    means = done.filter(parts_total=0, claimed_at__isnull=False).order_by().values_list("kind").annotate(mean=Avg(took))
    return {kind: max(0.0, mean.total_seconds()) for kind, mean in means}


def drain_seconds(waiting: Mapping[str, Load], usual: Mapping[str, float], workers: int) -> float | None:
    """How long *workers* need for what waits, at the usual times; None without workers or without any such time."""
    kinds = {kind: load.waiting for kind, load in waiting.items() if load.waiting}
    if not workers or (kinds and not usual):
        return None
    other = fmean(usual.values()) if usual else 0.0
    return sum(count * usual.get(kind, other) for kind, count in kinds.items()) / workers
