"""How the platform is, in one word and one sentence: read by page, bar, title and API."""

from __future__ import annotations

from datetime import datetime

from django.db import Error
from django.utils import timezone

from performance import checks
from performance.glance import Glance
from performance.models import SystemSample
from performance.selectors import in_service
from performance.units import lasting
from performance.words import Part, Status, Word
from valor.lib.outages import Sighting, outage_behind, watch


def current_status(now: datetime | None = None, glance: Glance | None = None) -> Status:
    """The status at *now*; answers even when the database does not. *glance* is what was read already."""
    now, glance = now or timezone.now(), glance or Glance()
    parts = checks.cache()
    try:
        status = compose([*parts, *told_by_the_database(parts, glance, now)], now)
    except Error as error:
        return compose([lost(error, now), *parts], now)
    watch.answered()
    watch.good = Sighting(now, status.sentence)
    return status


def lost(error: Error, now: datetime) -> Part:
    """The database, down since this process first missed it."""
    outage = outage_behind(error)
    since = outage.since if outage else now
    return Part("database", Word.DOWN, "the database does not answer", since, component="database")


def told_by_the_database(others: list[Part], glance: Glance, now: datetime) -> list[Part]:
    """What fires leads what is merely unknown; what a check says is not said by an alert again."""
    samples = in_service(glance.latest(SystemSample))
    parts = [*checks.hosts(samples, glance.sampling, now), *checks.damages(glance, now), *checks.workers(now)]
    said = [part.name for part in [*parts, *others] if part.word is not Word.HEALTHY]
    answers = Part("database", Word.HEALTHY, "the database answers", component="database")
    return [answers, *checks.alerts(glance.firing, samples, said, now), *parts, *checks.unreadable(glance, now)]


def compose(parts: list[Part], now: datetime, well: str = "") -> Status:
    """The worst part gives the word and leads the sentence; what else is wrong follows it.

    *well* is what is said where nothing is wrong; the calm figures unless given.
    """
    ranked = tuple(sorted(parts, key=lambda part: part.word.rank))
    trouble = [part for part in ranked if part.word is not Word.HEALTHY]
    if not trouble:
        return Status(Word.HEALTHY, f"Healthy: {well or calm(parts)}.", None, ranked)
    worst = trouble[0]
    lead = worst.word.value
    if worst.word is not Word.UNKNOWN and worst.since:
        lead += f" for {lasting(now - worst.since)}"
    others = "".join(f"; {part.sentence}" for part in trouble[1:])
    return Status(worst.word, f"{lead}: {worst.sentence}{others}.", worst.since, ranked)


def calm(parts: list[Part]) -> str:
    """What a healthy platform says: the figures of its only host, or how many hosts there are."""
    measured = [part for part in parts if part.host and part.name != "sampler"]
    hosts = {part.host for part in measured}
    figures = f"{len(hosts)} hosts within their limits" if len(hosts) > 1 else ", ".join(p.sentence for p in measured)
    others = [part.sentence for part in parts if part.name == "workers"]
    return ", ".join([figures, *others])
