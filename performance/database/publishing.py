"""What each process has asked its databases so far, small enough to be published."""

from __future__ import annotations

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

    What was told once is told again as long as there is room, so that its growth is known.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.keep: dict[str, None] = {}

    def choose(self, tallies: Iterable[Tally]) -> list[Tally]:
        by_total = sorted(tallies, key=lambda tally: -tally.times.total)
        grown = {tally.fingerprint.id: tally.times.total for tally in by_total}
        for key in grown:
            grown[key] -= self.seconds.get(key, 0.0)
        by_growth = sorted(by_total, key=lambda tally: -grown[tally.fingerprint.id])
        wanted = [*by_total[:MOST], *(tally for tally in by_growth[:MOST_GROWN] if grown[tally.fingerprint.id] > 0)]
        first = dict.fromkeys(tally.fingerprint.id for tally in wanted)
        self.keep = dict(list((first | self.keep).items())[:MOST_TOLD])
        self.seconds = {tally.fingerprint.id: tally.times.total for tally in by_total}
        return [tally for tally in by_total if tally.fingerprint.id in self.keep]


told = Told()


def publish() -> dict[str, Any]:
    """The statements that took most time, the longest first; cumulative, in seconds, with histograms."""
    return {
        "statements": [
            {
                "fingerprint": tally.fingerprint.id,
                "statement": gist(tally.fingerprint.statement)[:LONGEST_SHOWN],
                "errors": tally.errors,
                "times": tally.times.as_json(),
            }
            for tally in told.choose(timing.tallies().values())
        ],
    }


register(Publisher(NAME, lambda role: publish()))
