"""What each process has asked its databases so far, small enough to be published."""

from __future__ import annotations

from typing import Any

from performance.database import repeated, timing
from performance.database.statements import gist
from performance.reporter import Publisher, register

NAME = "queries"
MOST = 20
LONGEST_SHOWN = 300


def publish() -> dict[str, Any]:
    """The statements and the routes that took most time, the longest first; cumulative, in seconds, with histograms."""
    tallies = sorted(timing.tallies().values(), key=lambda tally: -tally.times.total)
    return {
        "statements": [
            {
                "fingerprint": tally.fingerprint.id,
                "statement": gist(tally.fingerprint.statement)[:LONGEST_SHOWN],
                "errors": tally.errors,
                "times": tally.times.as_json(),
            }
            for tally in tallies[:MOST]
        ],
        "routes": [
            {
                "kind": tally.kind,
                "name": tally.name,
                "statements": tally.statements,
                "errors": tally.errors,
                "times": tally.times.as_json(),
            }
            for tally in repeated.routes()[:MOST]
        ],
    }


register(Publisher(NAME, lambda role: publish()))
