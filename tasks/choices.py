"""The words a job is described with: its state and its priority."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """Where a job stands; every legal move is in tasks.lifecycle."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"

    @property
    def tone(self) -> str:
        """The look of the state: calm unless something is wrong."""
        return {"running": "info", "done": "good", "failed": "critical"}.get(self.value, "quiet")


IN_FLIGHT = (State.QUEUED, State.RUNNING)
FINISHED = (State.DONE, State.FAILED, State.CANCELLED)


class Priority(models.IntegerChoices):
    """Who goes first; a smaller number is served earlier, any number from HIGHEST to LOWEST is fine."""

    INTERACTIVE = 100, "Interactive"
    NORMAL = 200, "Normal"
    BULK = 300, "Bulk"


HIGHEST, LOWEST = int(Priority.INTERACTIVE), 999


def level_of(priority: int) -> Priority:
    """The named level that a number belongs to: 100 to 199 are interactive."""
    return max((level for level in Priority if level <= priority), default=Priority.INTERACTIVE)
