"""Job is the truth about background work, Piece what a running one has finished, Worker who is there to do it, and
Schedule when periodic work is due again."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from tasks.choices import IN_FLIGHT, Priority, State


class Job(models.Model):
    """One piece of background work. Its state changes only through tasks.lifecycle."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=100)
    parameters = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="jobs", db_index=False
    )
    label = models.CharField(max_length=200, blank=True, default="", help_text="What it works for, to its owner.")
    version = models.PositiveSmallIntegerField(default=1, help_text="The version of its kind when it was submitted.")
    priority = models.SmallIntegerField(default=Priority.NORMAL)
    rank = models.SmallIntegerField(default=Priority.NORMAL, help_text="What the claim sorts by: the priority, aged.")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)

    progress = models.FloatField(default=0.0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    rate = models.FloatField(default=0.0, help_text="Units a second of the present attempt.")
    stage = models.CharField(max_length=100, blank=True, default="")
    message = models.CharField(max_length=300, blank=True, default="")

    # A job too large for one worker has parts, which are jobs of the same kind; the last one to end queues the merge.
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="parts", editable=False)
    parts_total = models.PositiveIntegerField(default=0, editable=False)
    parts_left = models.PositiveIntegerField(default=0, editable=False)
    pieces_kept = models.PositiveIntegerField(default=0, editable=False)

    attempt = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    worker_id = models.UUIDField(null=True, editable=False)

    result = models.JSONField(null=True)
    error_class = models.CharField(max_length=200, blank=True, default="")
    error_message = models.TextField(blank=True, default="")
    error_problems = models.JSONField(default=list)
    traceback = models.TextField(blank=True, default="")
    log = models.TextField(blank=True, default="", help_text="One line for each thing that happened to it.")

    queued_at = models.DateTimeField()
    start_by = models.DateTimeField(null=True, help_text="A job that has not begun by then ends failed.")
    started_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True, editable=False, help_text="When the present attempt began.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-queued_at"]
        indexes = [
            models.Index(fields=["state", "rank", "queued_at"], name="job_claim"),
            models.Index(fields=["state", "lease_until"], name="job_lease"),
            models.Index(fields=["owner", "-queued_at"], name="job_owner"),
            models.Index(fields=["owner", "fingerprint"], name="job_equal"),
            models.Index(fields=["-queued_at"], name="job_newest"),
            models.Index(fields=["worker_id", "-claimed_at"], name="job_claimed"),
            models.Index(fields=["finished_at"], name="job_finished"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "fingerprint"], condition=Q(state__in=IN_FLIGHT), name="job_one_in_flight"
            ),
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=Q(state__in=IN_FLIGHT, owner__isnull=True),
                name="job_one_in_flight_ownerless",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def is_finished(self) -> bool:
        return self.state not in IN_FLIGHT

    @property
    def is_retryable(self) -> bool:
        return self.state in (State.FAILED, State.CANCELLED)

    @property
    def waits_for_parts(self) -> bool:
        """Split, and some part has not ended: it runs, though no worker holds it."""
        return self.state == State.RUNNING and self.parts_left > 0

    @property
    def is_merge(self) -> bool:
        """All parts are done: what is left is to put them together."""
        return self.parts_total > 0 and self.parts_left == 0


class Piece(models.Model):
    """A piece of finished work of a job that is not done: what its next attempt, or its parent, need not do again."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["job", "number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="piece_of_job")]

    def __str__(self) -> str:
        return f"piece {self.number} of {self.job_id}"


class Schedule(models.Model):
    """When a declared periodic job is queued next; one row for each declaration."""

    kind = models.CharField(max_length=100, primary_key=True)
    due_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["kind"]

    def __str__(self) -> str:
        return self.kind


class Worker(models.Model):
    """A worker process that is there, or was a moment ago; ``cluster`` names the qcluster it belongs to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster = models.CharField(max_length=32, blank=True, default="", db_index=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    jobs_done = models.PositiveIntegerField(default=0)
    memory = models.BigIntegerField(default=0, help_text="Resident memory in bytes.")
    started_at = models.DateTimeField()
    last_seen = models.DateTimeField(db_index=True)
    leaving = models.BooleanField(default=False, help_text="Asked to end after its job, for a fresh one to take over.")

    class Meta:
        ordering = ["host", "pid"]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
