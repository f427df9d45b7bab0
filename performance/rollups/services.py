"""How rollups come about: behind a watermark, in short transactions, any number of times with the same result.

1. A stretch is complete once it ended GRACE seconds ago (an hour, a day: once the finer level is complete).
2. A step locks its track, reads the complete stretches next to its watermark, writes their rollups over those that
   may be there, and moves the watermark, all in one transaction. So a crash leaves nothing half done, and of two
   samplers the second finds the watermark moved.
3. What comes in behind the watermark, a late write or an import, is found by its id, which is higher than those seen
   before; its stretch is made anew, and the hour and the day over it, if they were made already.
4. Ids are given before their transactions commit. Each look therefore begins where the one before the last ended, and
   leaves out what the last one saw.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from performance.metrics import CATEGORIES, Category
from performance.models import Level, Rollup, RollupTrack, SamplerLease
from performance.retention import kept_since
from performance.rollups.arithmetic import Spreads, by_stretch
from performance.rollups.packing import NOTHING, packed
from performance.rollups.sources import Source, source_of

GRACE = 60  # Seconds that a sample of a stretch may come after its end without being late.
STRETCHES = 12  # rolled up in one transaction
LOOKS = 400  # samples looked at in one go for having come late
ANEW = 20  # stretches made anew in one transaction


def closed_before(now: datetime) -> int:
    """The stretches of the finest level that end by this are complete."""
    return int((now.timestamp() - GRACE) // Level.FIVE_MINUTES) * Level.FIVE_MINUTES


def open_tracks() -> None:
    """Tracks for every category and host that has samples, from its first sample on."""
    known = set(RollupTrack.objects.values_list("category", "host").distinct())
    hosts = list(SamplerLease.objects.values_list("host", flat=True))
    for category in CATEGORIES.values():
        for host in hosts:
            if (category.name, host) not in known:
                begin_tracks(category, host)


def begin_tracks(category: Category, host: str) -> None:
    samples = category.model._default_manager.all()
    first = samples.filter(host=host).order_by("taken_at").values_list("taken_at", flat=True).first()
    last = samples.order_by("pk").values_list("pk", flat=True).last()
    if first is None or last is None:
        return
    RollupTrack.objects.bulk_create(
        [
            RollupTrack(
                category=category.name,
                host=host,
                level=level,
                until=floored(first.timestamp(), level),
                seen=last,
            )
            for level in Level.values
        ],
        ignore_conflicts=True,
    )


def advance(track: RollupTrack, closed: int) -> bool:
    """Rolls up the next stretches of a track; whether there may be more to do at once."""
    if floored(source_of(track).complete(closed), track.level) <= track.until:
        return False
    with transaction.atomic():
        track = locked(track)
        source = source_of(track)
        limit = floored(source.complete(closed), track.level)
        end = min(limit, track.until + STRETCHES * track.level)
        if end <= track.until:
            return False
        if not write(track, source, track.until, end) and end < limit:
            end = beginning(source.first(end), track.level, limit)
        RollupTrack.objects.filter(pk=track.pk).update(until=end)
    return end < limit


def beginning(first: float | None, level: int, limit: int) -> int:
    """Where to go on after a time without samples."""
    return limit if first is None else min(limit, floored(first, level))


def again(category: str, host: str, starts: Iterable[int], now: datetime) -> None:
    """Makes stretches of the finest level anew, and what was made from them; also for whoever brings old samples."""
    ordered = sorted(starts)
    for begin in range(0, len(ordered), ANEW):
        anew(category, host, ordered[begin : begin + ANEW], now)


@transaction.atomic
def anew(category: str, host: str, starts: Sequence[int], now: datetime) -> None:
    tracks = RollupTrack.objects.filter(category=category, host=host).order_by("level")
    for track in tracks.select_for_update():
        source = source_of(track)
        kept = kept_since(source.level, now)
        for start in sorted({floored(start, track.level) for start in starts}):
            # Where some of what it was made from is gone, the rollup knows more than what is left.
            if start < track.until and (kept is None or start >= kept.timestamp()):
                write(track, source, start, start + track.level)


def write(track: RollupTrack, source: Source, begin: int, end: int) -> bool:
    """Stores the rollups of whole stretches over those that may be there; whether there were any."""
    found = by_stretch(source.rows(begin, end), track.level)
    if found:
        places = placed(track, source.columns, [spreads for _, spreads in found.values()])
        rollups = [
            Rollup(track=track, start=start, samples=samples, figures=packed(arranged(spreads, places)))
            for start, (samples, spreads) in found.items()
        ]
        keys, values = ["track", "start"], ["samples", "figures"]
        Rollup.objects.bulk_create(rollups, update_conflicts=True, unique_fields=keys, update_fields=values)
    return bool(found)


def placed(track: RollupTrack, columns: Sequence[str], told: Iterable[Spreads]) -> list[int | None]:
    """For each of the track's places the index of its column; one gets its place when it is first known.

    So what this kind of database or machine never knows takes no room.
    """
    known = [any(spread.known for spread in column) for column in zip(*told, strict=True)]
    new = [c for c, is_known in zip(columns, known, strict=True) if is_known and c not in track.columns]
    if new:
        track.columns = [*track.columns, *new]
        track.save(update_fields=["columns"])
    index = {column: at for at, column in enumerate(columns)}
    return [index.get(column) for column in track.columns]


def arranged(spreads: Spreads, places: list[int | None]) -> Spreads:
    return [NOTHING if at is None else spreads[at] for at in places]


def locked(track: RollupTrack) -> RollupTrack:
    return RollupTrack.objects.select_for_update().get(pk=track.pk)


def floored(seconds: float, level: int) -> int:
    return int(seconds // level) * level


class Latecomers:
    """Looks through the samples of a category that are new, for those that came in behind a watermark."""

    def __init__(self, category: Category) -> None:
        self.category = category
        self.looked = 0  # how far the last look went
        self.known: set[int] = set()  # what it saw

    def repair(self, now: datetime) -> bool:
        """Makes anew what some latecomers touch; whether there may be more."""
        finest = RollupTrack.objects.filter(category=self.category.name, level=Level.FIVE_MINUTES)
        tracks = {track.host: track for track in finest}
        if not tracks:
            return False
        seen = min(track.seen for track in tracks.values())
        fresh = list(
            self.category.model._default_manager.filter(pk__gt=seen)
            .order_by("pk")
            .values_list("pk", "host", "taken_at")[:LOOKS]
        )
        for host, starts in late([row for row in fresh if row[0] not in self.known], tracks).items():
            again(self.category.name, host, starts, now)
        full = len(fresh) == LOOKS
        settled = fresh[-1][0] if full else max(seen, self.looked)
        self.looked, self.known = (fresh[-1][0] if fresh else seen), {pk for pk, *_ in fresh}
        if settled > seen:
            finest.update(seen=settled)
        return full


def late(fresh: list[tuple[int, str, datetime]], tracks: Mapping[str, RollupTrack]) -> dict[str, set[int]]:
    """The stretches, by host, that samples came into behind the watermark."""
    found: dict[str, set[int]] = defaultdict(set)
    for _, host, taken_at in fresh:
        if host in tracks and taken_at.timestamp() < tracks[host].until:
            found[host].add(floored(taken_at.timestamp(), Level.FIVE_MINUTES))
    return found


def catch_up(latecomers: list[Latecomers], now: datetime, seconds: float) -> bool:
    """Works for about so long, the finest level and what is furthest behind first; whether all is done."""
    deadline = time.monotonic() + seconds
    closed = closed_before(now)
    open_tracks()
    for waiting in latecomers:
        while waiting.repair(now):
            if time.monotonic() > deadline:
                return False
    for level in Level.values:
        for track in RollupTrack.objects.filter(level=level).order_by("until"):
            while advance(track, closed):
                if time.monotonic() > deadline:
                    return False
                track.refresh_from_db(fields=["until"])
    return True
