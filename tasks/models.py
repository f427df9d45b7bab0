"""Two tables: Job, the truth about background work, and Worker, who is there to do it."""

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
    priority = models.SmallIntegerField(default=Priority.NORMAL)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)

    progress = models.FloatField(default=0.0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    stage = models.CharField(max_length=100, blank=True, default="")
    message = models.CharField(max_length=300, blank=True, default="")

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

    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-queued_at"]
        indexes = [
            models.Index(fields=["state", "priority", "queued_at"], name="job_claim"),
            models.Index(fields=["state", "lease_until"], name="job_lease"),
            models.Index(fields=["owner", "-queued_at"], name="job_owner"),
            models.Index(fields=["owner", "fingerprint"], name="job_equal"),
            models.Index(fields=["-queued_at"], name="job_newest"),
            models.Index(fields=["started_at"], name="job_started"),
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

    class Meta:
        ordering = ["host", "pid"]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
