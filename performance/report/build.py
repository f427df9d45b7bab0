"""Builds the report: the status, then each section over the span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from performance.models import SystemSample
from performance.report.sections import Content, declared
from performance.status import current_status
from performance.timerange import Window
from performance.units import clock, lasting

VERSION = 1


@dataclass(frozen=True)
class Part:
    name: str
    title: str
    content: Content


@dataclass(frozen=True)
class Report:
    """*version* changes with the meaning of what a reader of the JSON finds."""

    version: int
    window: Window
    word: str
    sentence: str
    measured: bool
    parts: tuple[Part, ...]

    @property
    def now(self) -> datetime:
        return self.window.end

    @property
    def title(self) -> str:
        return f"Performance over {lasting(self.window.span)}"

    @property
    def span(self) -> str:
        return f"From {clock(self.window.start, self.now)} to {self.now:%-d %b %Y %H:%M %Z}."

    @property
    def notes(self) -> list[str]:
        """What a reader must know before the rest."""
        if self.measured:
            return []
        return ["Nothing was sampled in this span: start manage.py sample_metrics, the first sample comes within 30 s."]


def build(window: Window) -> Report:
    """Everything is read anew, except trends and forecasts, which may be ten minutes old."""
    status = current_status(window.end)
    measured = SystemSample.objects.filter(taken_at__gt=window.start, taken_at__lte=window.end).exists()
    parts = tuple(Part(section.name, section.title, section.make(window)) for section in declared())
    return Report(VERSION, window, status.word.value, status.sentence, measured, parts)
