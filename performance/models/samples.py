"""What the sampler stores: one wide typed row per category, tick and host."""

from __future__ import annotations

import re
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from valor.lib.text import storable

NUL = re.compile(r"((?<!\\)(?:\\\\)*)\\u0000")


class CompactJSON(DjangoJSONEncoder):
    """JSON without spaces: a sample is stored a million times a year. Holds only what every database takes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"separators": (",", ":"), "ensure_ascii": False})

    def encode(self, o: Any) -> str:
        return NUL.sub(r"\1", storable(super().encode(o)))


class Sample(models.Model):
    """The columns that every category shares. A reading that failed is null, never zero."""

    host = models.CharField(max_length=100)
    taken_at = models.DateTimeField()
    interval = models.PositiveIntegerField(help_text="Seconds to the next sample; twice that without one is a gap.")
    detail = models.JSONField(
        default=dict,
        encoder=CompactJSON,
        help_text="The members behind the totals, and under failed the probes that could not be read.",
    )

    class Meta:
        abstract = True


class SystemSample(Sample):
    """How the host itself was doing: CPU, load, memory, disk, network."""

    cpu_percent = models.FloatField("CPU", null=True)
    cpu_worst_core = models.FloatField("busiest core", null=True)
    cpu_steal_percent = models.FloatField("CPU taken by other guests", null=True, help_text="On virtual machines.")
    cpu_iowait_percent = models.FloatField("CPU waiting for disks", null=True)
    cpu_count = models.PositiveIntegerField("CPUs", null=True)
    load_1 = models.FloatField("load, 1 min", null=True)
    load_5 = models.FloatField("load, 5 min", null=True)
    load_15 = models.FloatField("load, 15 min", null=True)
    memory_percent = models.FloatField("memory", null=True)
    memory_used = models.BigIntegerField("memory used, bytes", null=True)
    memory_total = models.BigIntegerField("memory, bytes", null=True)
    swap_percent = models.FloatField("swap", null=True)
    swap_rate = models.FloatField("swapped in and out, bytes/s", null=True)
    temperature = models.FloatField("highest temperature, °C", null=True)
    disk_percent = models.FloatField("disk", null=True, help_text="The disk that holds VALOR_HOME.")
    disk_used = models.BigIntegerField("disk used, bytes", null=True)
    disk_total = models.BigIntegerField("disk, bytes", null=True)
    disk_read_rate = models.FloatField("disk read, bytes/s", null=True)
    disk_write_rate = models.FloatField("disk written, bytes/s", null=True)
    network_in_rate = models.FloatField("network in, bytes/s", null=True)
    network_out_rate = models.FloatField("network out, bytes/s", null=True)
    process_count = models.PositiveIntegerField("processes", null=True)

    class Meta:
        indexes = [models.Index(fields=["host", "taken_at"], name="system_sample_host_time")]

    def __str__(self) -> str:
        return f"{self.host} at {self.taken_at:%Y-%m-%d %H:%M:%S %Z}"
