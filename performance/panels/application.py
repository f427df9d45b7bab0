"""The requests that are served, and the processes that serve them."""

from __future__ import annotations

from performance.metrics import APPLICATION
from performance.panels import Panel, register


@register
class RequestsPanel(Panel):
    category = APPLICATION
    slug, title, card = "requests", "Requests", "request_rate"
    lines = ("request_rate",)


@register
class LatencyPanel(Panel):
    category = APPLICATION
    slug, title, card = "latency", "Latency", "latency_p95"
    lines = ("latency_p50", "latency_p95", "latency_p99")


@register
class ErrorsPanel(Panel):
    category = APPLICATION
    slug, title, card = "errors", "Errors", "error_percent"
    lines = ("error_percent", "client_error_percent")


@register
class InHandPanel(Panel):
    category = APPLICATION
    slug, title, card = "in-hand", "Requests in hand", "in_flight"
    lines = ("in_flight",)


@register
class ProductCpuPanel(Panel):
    category = APPLICATION
    slug, title, card = "product-cpu", "CPU of the product", "cpu_percent"
    lines = ("cpu_percent", "monitor_percent")


@register
class ProductMemoryPanel(Panel):
    category = APPLICATION
    slug, title, card = "product-memory", "Memory of the product", "rss"
    lines = ("rss", "rss_worst")


@register
class ProductProcessesPanel(Panel):
    category = APPLICATION
    slug, title, card = "product-processes", "Processes", "processes"
    lines = ("processes", "web_processes", "worker_processes")


@register
class ProductFilesPanel(Panel):
    category = APPLICATION
    slug, title, card = "product-files", "Open files", "open_files_percent"
    lines = ("open_files_percent",)
