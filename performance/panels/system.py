"""The host."""

from __future__ import annotations

from types import MappingProxyType

from performance.panels import Panel, register


@register
class CpuPanel(Panel):
    slug, title, card = "cpu", "CPU", "cpu_percent"
    lines = ("cpu_percent",)


@register
class MemoryPanel(Panel):
    slug, title, card = "memory", "Memory", "memory_percent"
    lines = ("memory_percent", "swap_percent")
    foreseen = MappingProxyType({"memory_percent": "memory_used"})


@register
class DiskSpacePanel(Panel):
    slug, title, card = "disk-space", "Disk space", "disk_percent"
    lines = ("disk_percent",)
    foreseen = MappingProxyType({"disk_percent": "disk_used"})


@register
class DiskPanel(Panel):
    slug, title, card = "disk", "Disk traffic", "disk_percent"
    lines = ("disk_read_rate", "disk_write_rate")


@register
class NetworkPanel(Panel):
    slug, title, card = "network", "Network", "network_rate"
    lines = ("network_in_rate", "network_out_rate")
