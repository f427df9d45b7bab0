"""The words for how something is, and what one part of the platform says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import models


class Word(models.TextChoices):
    """From the worst to the best: the worst part gives the whole its word."""

    DOWN = "Down"
    DEGRADED = "Degraded"
    UNKNOWN = "Unknown"
    HEALTHY = "Healthy"

    @property
    def rank(self) -> int:
        return list(Word).index(self)


class Nothing(models.TextChoices):
    """What a figure is where nothing happened that it could tell of: neither healthy nor unknown."""

    REQUESTS = "No requests"
    LOOKUPS = "No lookups"
    JOBS = "No jobs"

    @classmethod
    def where(cls, counted: str, count: float | None) -> Nothing | None:
        """The word where none was counted; None where some were, or where nobody knows. *counted* names the column."""
        return OF_COUNT[counted] if count == 0 else None


# By what a figure tells of, the word for none of it.
OF_COUNT = {"request_count": Nothing.REQUESTS, "lookup_count": Nothing.LOOKUPS, "finished_count": Nothing.JOBS}

FIGURE_STATES = [*Word.choices, *Nothing.choices]


@dataclass(frozen=True)
class Part:
    """One part of the platform; *sentence* is a clause such as "CPU at 93 % (limit 80 %)".

    *component* is what it belongs to, see performance.components.
    """

    name: str
    word: Word
    sentence: str
    since: datetime | None = None
    host: str = ""
    component: str = ""


@dataclass(frozen=True)
class Status:
    """The whole platform: its word, one sentence, since when, and the parts, the worst first."""

    word: Word
    sentence: str
    since: datetime | None
    parts: tuple[Part, ...]

    @property
    def tone(self) -> str:
        return self.word.value.lower()

    @property
    def icon(self) -> str:
        """The file of the browser tab's icon."""
        return "valor/favicon.svg" if self.word is Word.HEALTHY else f"valor/favicon-{self.tone}.svg"

    @property
    def lead(self) -> str:
        """What a title begins with: nothing while all is well."""
        return "" if self.word is Word.HEALTHY else f"{self.word.value}: "
