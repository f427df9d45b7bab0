"""How each component of the platform is: always the same seven, each in a word, since when and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from performance.checks import SAMPLER
from performance.words import Part, Status, Word

NAMES = ("web", "workers", "sampler", "database", "cache", "broker", "disk")
ANSWERS = Part("web", Word.HEALTHY, "the web server answers", component="web")


@dataclass(frozen=True)
class Component:
    """*sentence* says why it is so; *since* is empty where it is well, or where nobody noted the beginning."""

    name: str
    word: Word
    sentence: str
    since: datetime | None = None


def components(status: Status) -> list[Component]:
    """All seven, in their usual order, from what the parts of the status say."""
    parts = [ANSWERS, *status.parts, broker(status.parts)]
    return [component(name, [part for part in parts if part.component == name], status.parts) for name in NAMES]


def component(name: str, own: Sequence[Part], every: Sequence[Part]) -> Component:
    """The worst of its own parts gives the word; without any, what keeps them from being known."""
    obstacle = next((part for part in every if hides(part)), None)
    if name == "disk" and obstacle is not None and all(part.word is Word.HEALTHY for part in own):
        return Component(name, Word.UNKNOWN, f"not known: {obstacle.sentence}", obstacle.since)
    if not own:
        why = f"not known: {obstacle.sentence}" if obstacle is not None else "not measured"
        return Component(name, Word.UNKNOWN, why, obstacle.since if obstacle is not None else None)
    ranked = sorted(own, key=lambda part: part.word.rank)
    worst = ranked[0]
    told = [part.sentence for part in ranked if (part.word is Word.HEALTHY) == (worst.word is Word.HEALTHY)]
    return Component(name, worst.word, ", ".join(told), worst.since)


def hides(part: Part) -> bool:
    """Whether this is why others are not known: a database that is down, or a sampler that is silent or stopped."""
    return part.word is Word.DOWN or (part.component == SAMPLER and part.word is Word.UNKNOWN)


def broker(parts: Sequence[Part]) -> Part:
    """Who rings the workers: Redis, whose absence only makes them look less often, else the database."""
    name = "cache" if settings.REDIS_URL else "database"
    server = next(part for part in parts if part.name == name)
    if server.word is Word.HEALTHY:
        sentence = "Redis rings the workers" if settings.REDIS_URL else "the database rings the workers"
    elif settings.REDIS_URL:
        sentence = "Redis does not answer, the workers look at the database twice a second instead"
    else:
        sentence = server.sentence
    return Part("broker", server.word, sentence, server.since, component="broker")
