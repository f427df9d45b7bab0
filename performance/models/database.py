"""How the database was doing, as seen from one host."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce, Greatest

from performance.models.samples import Sample


class DatabaseSample(Sample):
    """One reading of the database's health. What only the other kind of database has is null, as is what failed.

    ``detail`` holds ``vendor``, ``version``, ``tables`` (name, bytes, bytes of indexes, rows, dead rows), ``states``
    (connections by state), ``long`` (long transactions: pid, seconds, state, application, statement), ``blockers`` (the
    same of sessions that others wait for, and how many it ``blocks``; those first that wait for nobody), ``processes``,
    ``statements`` (fingerprint, statement, count, errors, seconds, p95; since the sample before, the longest first) and
    ``failed``.
    """

    connect_ms = models.FloatField("connect, ms", null=True)
    read_ms = models.FloatField("read, ms", null=True)
    write_ms = models.FloatField("write and commit, ms", null=True)
    size = models.BigIntegerField("size, bytes", null=True)
    pool_in_use = models.FloatField("connections in use by requests", null=True, help_text="The mean of ten seconds.")
    pool_peak = models.PositiveIntegerField("most connections in use", null=True)
    pool_maximum = models.PositiveIntegerField("connections of the web processes", null=True)
    pool_percent = models.FloatField("pool use", null=True)
    pool_waiting = models.PositiveIntegerField("requests waiting for a connection", null=True)
    pool_wait_ms = models.FloatField("mean wait for a connection, ms", null=True, help_text="Of those that waited.")
    connections = models.PositiveIntegerField("server connections", null=True)
    connections_limit = models.PositiveIntegerField("server connections allowed", null=True)
    connections_percent = models.FloatField("server connections, share", null=True)
    worst_percent = models.GeneratedField(
        expression=Greatest(
            Coalesce("pool_percent", "connections_percent"), Coalesce("connections_percent", "pool_percent")
        ),
        output_field=models.FloatField("connections, the worse share", null=True),
        db_persist=True,
    )
    commit_rate = models.FloatField("commits/s", null=True)
    rollback_rate = models.FloatField("rollbacks/s", null=True)
    hit_percent = models.FloatField("cache hits", null=True)
    dead_rows = models.BigIntegerField("dead rows", null=True)
    locks_waiting = models.PositiveIntegerField("locks waited for", null=True)
    long_transactions = models.PositiveIntegerField("transactions over a minute", null=True)
    longest_transaction = models.FloatField("longest transaction, s", null=True)
    query_rate = models.FloatField("statements/s", null=True)
    query_p50_ms = models.FloatField("median statement, ms", null=True)
    query_p95_ms = models.FloatField("p95 statement, ms", null=True)
    slow_rate = models.FloatField("slow statements/min", null=True)
    query_error_rate = models.FloatField("failed statements/s", null=True)
    dead_percent = models.FloatField("dead rows, share of the worst large table", null=True)
    page_count = models.BigIntegerField("pages", null=True)
    page_size = models.PositiveIntegerField("page size, bytes", null=True)
    free_pages = models.BigIntegerField("free pages", null=True)
    wal_size = models.BigIntegerField("write-ahead log, bytes", null=True)
    file_size = models.BigIntegerField("file, bytes", null=True)
    sound = models.BooleanField("integrity", null=True, help_text="SQLite's quick check, at most daily.")
    checked_at = models.DateTimeField("integrity checked", null=True)

    class Meta:
        indexes = [models.Index(fields=["host", "taken_at"], name="database_sample_host_time")]

    def __str__(self) -> str:
        return f"{self.host} at {self.taken_at:%Y-%m-%d %H:%M:%S %Z}"


class WriteMark(models.Model):
    """One row per host, which the sampler writes to see whether and how fast the database takes a write."""

    host = models.CharField(max_length=100, primary_key=True)
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.host
