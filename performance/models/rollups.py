"""What is left of old samples: each column's count, least, mean and greatest value of a stretch of time."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isnan

from django.db import models

from performance.rollups.packing import Spread, unpacked


class Level(models.IntegerChoices):
    """How many seconds one rollup tells of; each level is made from the one before, the first from the samples."""

    FIVE_MINUTES = 300, "5 min"
    HOUR = 3600, "1 h"
    DAY = 86_400, "1 day"


class RollupTrack(models.Model):
    """The rollups of one category, host and level: how far they go, and which column is at which place in them.

    ``until`` is the watermark: every stretch that begins before it is rolled up, none that begins later. ``columns``
    only ever grows at its end, when one is first known, so that what was written before stays readable. ``seen`` and
    ``thinned`` are kept for the finest level only.
    """

    category = models.CharField(max_length=20)
    host = models.CharField(max_length=100)
    level = models.PositiveIntegerField(choices=Level.choices)
    until = models.BigIntegerField(help_text="Seconds since 1970: what begins before is rolled up.")
    columns = models.JSONField(default=list)
    seen = models.BigIntegerField(default=0, help_text="The last sample that was looked at for having come late.")
    thinned = models.BigIntegerField(default=0, help_text="Seconds since 1970: samples before have no detail any more.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "host", "level"], name="rollup_track_once")]

    def __str__(self) -> str:
        return f"{self.category} of {self.host}, {self.get_level_display()}"


class Rollup(models.Model):
    """One stretch of a track; ``figures`` is packed as performance.rollups.packing says, in the track's columns."""

    track = models.ForeignKey(RollupTrack, on_delete=models.CASCADE, db_index=False)
    start = models.BigIntegerField(help_text="Seconds since 1970; a whole multiple of the level.")
    samples = models.PositiveIntegerField(help_text="How many samples it tells of.")
    figures = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["track", "start"], name="rollup_once_per_stretch")]

    def __str__(self) -> str:
        return f"{self.track} from {self.started_at:%Y-%m-%d %H:%M %Z}"

    @property
    def started_at(self) -> datetime:
        return datetime.fromtimestamp(self.start, UTC)

    @property
    def spreads(self) -> dict[str, Spread]:
        """What is known, by column."""
        found = zip(self.track.columns, unpacked(self.figures), strict=False)
        return {column: spread for column, spread in found if not isnan(spread.mean)}
