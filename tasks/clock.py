"""Whose clock decides: leases and deadlines that several machines compare go by the database's."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone


def now() -> Now | datetime:
    """The present moment, to be stored or compared in a query. SQLite serves one machine, so its clock is ours."""
    return Now() if connection.vendor == "postgresql" else timezone.now()
