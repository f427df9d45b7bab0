"""The cache's readings as the page says them."""

from __future__ import annotations

from dataclasses import dataclass

from performance.cache.breaker import State
from performance.cache.fleet import FleetReading
from performance.cache.statistics import Shared, ratio_of
from performance.units import BYTES, Shown, shown
from performance.words import Word
from valor.lib.numbers import format_number, format_percent


@dataclass(frozen=True)
class Card:
    label: str
    figure: Shown
    note: str


@dataclass(frozen=True)
class Statement:
    """How the cache is, in one word and one sentence."""

    word: Word
    sentence: str


def statement(reading: FleetReading | None) -> Statement:
    if reading is None:
        return Statement(Word.UNKNOWN, "Another cache backend is configured: nothing is known of it.")
    if reading.shared is None:
        return Statement(Word.HEALTHY, "Each process caches for itself: without REDIS_URL there is no shared tier.")
    said = shared_statement(reading.shared)
    if reading.away and said.word is Word.HEALTHY:
        clause = f"Redis answers here, yet {reading.away} of {reading.processes} processes go on without it."
        return Statement(Word.DEGRADED, clause)
    return said


def counted(reading: FleetReading) -> str:
    """Whose figures these are."""
    if reading.processes == 1:
        return "Counted by the process that answers since it started; no other has published yet."
    others = reading.processes - 1
    told = "the other one as it last published" if others == 1 else f"the {others} others as they last published"
    return f"The sum over {reading.processes} processes, each since it started: this one as it is now, {told}."


def shared_statement(shared: Shared) -> Statement:
    if shared.breaker is not State.CLOSED:
        reason = f" ({shared.reason})" if shared.reason else ""
        missed = f", {shared.missed} changes wait to be told" if shared.missed else ""
        return Statement(Word.DEGRADED, f"Redis is away{reason}: the local tier serves on{missed}.")
    if not shared.listening:
        return Statement(Word.DEGRADED, "Redis answers, but changes are not announced yet: values live two seconds.")
    return Statement(Word.HEALTHY, "Redis answers, and changes of other processes are heard.")


def cards(reading: FleetReading) -> list[Card]:
    """The figures that lead the page."""
    hits = sum(row.hits for row in reading.calls)
    misses = sum(row.misses for row in reading.calls)
    ratio = ratio_of(hits, misses)
    saved = sum(row.saved_seconds for row in reading.calls)
    held = Shown(format_number(reading.entries, 0), f"of {format_number(reading.entries_limit, 0)}")
    found = [
        Card("Results given from the cache", Shown(format_percent(ratio, 0), ""), f"of {hits + misses:,} calls"),
        Card("Computing saved", Shown(format_number(saved, 1), "s"), "since the processes started"),
        Card("Local entries", held, "the least recently used go first"),
        Card("Local memory", shown(reading.bytes, BYTES), f"of {shown(reading.bytes_limit, BYTES, digits=0)}"),
    ]
    return [*found, *shared_cards(reading.shared)] if reading.shared else found


def shared_cards(shared: Shared) -> list[Card]:
    memory = shared.memory
    limit = memory["limit"] if memory else 0
    bound = f"of {shown(limit, BYTES)}" if limit else "no limit is set"
    return [
        Card("Redis memory", shown(memory["used"] if memory else None, BYTES), bound if memory else "Redis is away"),
        Card(
            "Circuit breaker",
            Shown(shared.breaker.value.capitalize(), ""),
            f"opened {shared.times_opened} times, {shared.reconnects} reconnects",
        ),
    ]
