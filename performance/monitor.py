"""Whether the monitor itself is well: does somebody sample, do the probes answer, is there room for what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import Error

from performance import sampling
from performance.checks import NO_SAMPLES, SAMPLER, lately, sampled, starting
from performance.latest import Seen, seen_last
from performance.sampling import Sampling
from performance.status import compose, lost
from performance.units import lasting
from performance.words import Part, Status, Word
from valor.lib.outages import watch

ANSWERS = Part("database", Word.HEALTHY, "the database answers", component="database")
STARTING = Part("sampler", Word.UNKNOWN, "the sampler is starting", component=SAMPLER)
SILENCE = Part("sampler", Word.UNKNOWN, NO_SAMPLES, component=SAMPLER)


@dataclass(frozen=True)
class Monitor:
    """How it is; *serves* is false where it tells nothing: no database, or nobody samples although somebody should."""

    status: Status
    serves: bool
    held: Sampling
    seen: Sequence[Seen] = ()

    @property
    def hosts(self) -> dict[str, list[Seen]]:
        """What was last seen, by host."""
        found: dict[str, list[Seen]] = {}
        for one in self.seen:
            found.setdefault(one.host, []).append(one)
        return found


def examine(now: datetime, *, named: bool = True) -> Monitor:
    """Never raises for want of the database: then it says so. Unless *named* it names no person, host or probe."""
    try:
        held, seen = sampling.state(), seen_last()
        parts = [ANSWERS, *told(held, seen, now, named)]
    except Error as error:
        return Monitor(compose([lost(error, now)], now), serves=False, held=Sampling())
    watch.answered()
    silent = not held.paused and all(part.word is Word.UNKNOWN for part in parts if part.name == SAMPLER)
    serves = not silent or STARTING in parts
    return Monitor(compose(parts, now, calm(seen, now)), serves, held, seen)


def told(held: Sampling, seen: Sequence[Seen], now: datetime, named: bool) -> list[Part]:
    """Of every host that its sampler is at work, and which probes fail; once for all where sampling is stopped."""
    if held.paused:
        return [Part("sampler", Word.UNKNOWN, held.clause(now, by=named), held.since, component=SAMPLER)]
    if not seen:
        return [STARTING if starting(now) else SILENCE]
    newest: dict[str, Seen] = {}
    for one in seen:
        if one.host not in newest or one.taken_at > newest[one.host].taken_at:
            newest[one.host] = one
    several = named and len(newest) > 1
    samplers = [sampled(one.host, one.taken_at, one.interval, now, several=several) for one in newest.values()]
    return [*samplers, *failing(seen, now, several, named)]


def failing(seen: Sequence[Seen], now: datetime, several: bool, named: bool) -> Iterator[Part]:
    """The probes that could not be read in a host's last samples."""
    names: dict[str, list[str]] = {}
    for one in seen:
        if one.failed and lately(one.taken_at, one.interval, now):
            names.setdefault(one.host, []).extend(sorted(one.failed))
    for host, failed in names.items():
        where = f" on {host}" if several else ""
        which = f": {', '.join(failed)}" if named else ""
        sentence = f"{len(failed)} {'probe fails' if len(failed) == 1 else 'probes fail'}{where}{which}"
        yield Part("probes", Word.DEGRADED, sentence, None, host, SAMPLER)


def calm(seen: Sequence[Seen], now: datetime) -> str:
    """ "2 hosts are sampled, last 12 s ago"."""
    hosts = {one.host for one in seen}
    last = max((one.taken_at for one in seen), default=now)
    return f"{len(hosts)} {'host is' if len(hosts) == 1 else 'hosts are'} sampled, last {lasting(now - last)} ago"
