"""What one connection counts of the statements that it runs."""

from __future__ import annotations

from performance.database.fingerprint import Fingerprint
from performance.histogram import Histogram

FOLD = 64


class Tally:
    """What one connection counted of one fingerprint.

    Times are collected in ``recent`` and counted FOLD at a time, which costs a third of counting each as it comes. What
    is counted and what is not yet changes in one assignment, so that a reader in another thread sees each time once.

    ``runs`` is how often the request or job ran it whose notes are ``scope``: a connection serves one at a time.
    """

    __slots__ = ("errors", "fingerprint", "recent", "runs", "scope", "state")

    def __init__(self, fingerprint: Fingerprint) -> None:
        self.fingerprint = fingerprint
        self.errors = 0
        self.scope: object = None
        self.runs = 0
        self.recent: list[float] = []
        self.state = (Histogram(), self.recent)

    def fold(self) -> None:
        """Called by the thread that adds."""
        counted, recent = self.state
        self.recent = []
        self.state = (Histogram().merge(counted).add(*recent), self.recent)

    @property
    def times(self) -> Histogram:
        """Seconds of each statement."""
        counted, recent = self.state
        return Histogram().merge(counted).add(*recent)


class Ledger:
    """What one connection counted, by fingerprint; ``texts`` leads from statements as Django writes them to tallies."""

    __slots__ = ("tallies", "texts")

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self.texts: dict[str, Tally] = {}

    def clear(self) -> None:
        self.texts.clear()
        self.tallies.clear()
