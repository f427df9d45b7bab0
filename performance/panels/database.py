"""The database."""

from __future__ import annotations

from performance.metrics import DATABASE
from performance.panels import Panel, register


@register
class DatabaseUsePanel(Panel):
    category = DATABASE
    slug, title, card = "database-connections", "Connections", "worst_percent"
    lines = ("worst_percent", "pool_percent", "connections_percent")
    vendors = ("postgresql",)


@register
class ThreadUsePanel(Panel):
    """A file has no server whose connections could run out."""

    category = DATABASE
    slug, title, card = "database-use", "Connections", "worst_percent"
    lines = ("worst_percent",)
    vendors = ("sqlite",)


@register
class DatabaseLatencyPanel(Panel):
    category = DATABASE
    slug, title, card = "database-latency", "Latency", "read_ms"
    lines = ("connect_ms", "read_ms", "write_ms")


@register
class DatabaseSizePanel(Panel):
    category = DATABASE
    slug, title, card = "database-size", "Size", "size"
    lines = ("size",)
    vendors = ("postgresql",)


@register
class DatabaseFilePanel(Panel):
    category = DATABASE
    slug, title, card = "database-file", "Size", "size"
    lines = ("size", "wal_size")
    vendors = ("sqlite",)


@register
class DatabaseTransactionsPanel(Panel):
    category = DATABASE
    slug, title, card = "database-transactions", "Transactions", "commit_rate"
    lines = ("commit_rate", "rollback_rate")
    vendors = ("postgresql",)
