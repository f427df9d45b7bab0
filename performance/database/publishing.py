"""What each process has asked its databases so far, small enough to be published."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from performance.database import timing
from performance.database.statements import gist
from performance.database.tallies import Tally
from performance.reporter import Publisher, register

NAME = "statements"
MOST = 20
MOST_GROWN = 10
MOST_TOLD = 60
LONGEST_SHOWN = 300


class Told:
    """Chooses what is published: the statements that took most time so far, and those that took most just now.

    What was told once is told again as long as there is room, so that its growth is known. ``since`` is when each was
    met: what had long been counted before it is told for the first time is no growth.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.since: dict[str, int] = {}
        self.keep: dict[str, None] = {}

    def choose(self, tallies: Iterable[Tally]) -> list[Tally]:
        found = {tally.fingerprint.id: tally for tally in tallies}
        seconds = {key: tally.times.total for key, tally in found.items()}
        grown = {key: total - self.seconds.get(key, 0.0) for key, total in seconds.items()}
        by_total = sorted(seconds, key=lambda key: -seconds[key])
        by_growth = sorted((key for key in grown if grown[key] > 0), key=lambda key: -grown[key])
        wanted = dict.fromkeys([*by_total[:MOST], *by_growth[:MOST_GROWN]])
        self.keep = dict.fromkeys(list(wanted | self.keep)[:MOST_TOLD])
        self.seconds = seconds
        now = int(time.time())
        self.since = {key: self.since.get(key, now) for key in found}
        return [found[key] for key in by_total if key in self.keep]


told = Told()


def publish() -> dict[str, Any]:
    """The statements that took most time, the longest first; cumulative, in seconds, with histograms."""
    return {
        "statements": [
            {
                "fingerprint": tally.fingerprint.id,
                "statement": gist(tally.fingerprint.statement)[:LONGEST_SHOWN],
                "since": told.since[tally.fingerprint.id],
                "errors": tally.errors,
                "times": tally.times.as_json(),
            }
            for tally in told.choose(timing.tallies().values())
        ],
    }


register(Publisher(NAME, lambda role: publish()))
