"""A streaming detector of values that a series has not shown before: seasonal, robust, of constant state.

Each value is looked at in three ways: the jump from the value before, the distance of the last hour's level from that
of the last days, and the distance from what the same time of day showed on the days before. For each, ``Tail`` says
how surprising that is, and the score is the sum. What follows a peak within the refractory period scores only where it
rises above the peak. Nothing of the future is used. How it was chosen and how often it errs: docs/anomalies.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from performance.analysis.tails import Tail

STEP = 300  # Seconds from one value to the next; who has finer values gives their means.
DAY = 86_400
SLOTS = DAY // STEP
NEIGHBOURS = 4  # So many slots on either side may show what is usual at a time of day.
PROFILE_RATE, FAST_RATE, SLOW_RATE = 0.1, 0.15, 0.001
GRAIN = 0.001  # Of the level: less than that is never surprising.
REFRACTORY = DAY // 2
THRESHOLD = 4.0
LOOKS = ("jump", "level", "season")


@dataclass(frozen=True)
class Verdict:
    """``expected`` is what the time of day, or else the level, led to expect; ``score`` is 0 for what is usual."""

    value: float
    expected: float
    score: float

    @property
    def anomalous(self) -> bool:
        return self.score >= THRESHOLD


class Detector:
    """Takes one series in order of time. Its state is 288 figures and a few, whatever it has seen."""

    def __init__(self) -> None:
        self.seen = 0
        self.at, self.last = 0.0, 0.0
        self.fast, self.slow = 0.0, 0.0
        self.profile: list[float | None] = [None] * SLOTS
        self.tails = {look: Tail() for look in LOOKS}
        self.peak, self.peak_at = 0.0, 0.0

    def feed(self, at: float, value: float) -> Verdict:
        """Judges the value by all before it, then learns it. *at* is in seconds since 1970."""
        slot = int(at % DAY) // STEP
        if not self.seen:
            self.fast = self.slow = value
        usual = self.around(slot)
        expected = sum(usual) / len(usual) if usual else self.slow
        grain = GRAIN * abs(self.slow)
        raw = sum(self.tails[look].surprise(size, grain) for look, size in self.sizes(at, value, usual))
        self.learn(at, value, slot)
        return Verdict(value, expected, self.emitted(at, raw))

    def sizes(self, at: float, value: float, usual: list[float]) -> list[tuple[str, float]]:
        """How far the value is off, by each look that has something to compare with."""
        found = [("level", abs(self.fast + FAST_RATE * (value - self.fast) - self.slow))]
        if self.seen and abs(at - self.at) <= 3 * STEP:
            found.append(("jump", abs(value - self.last)))
        if usual:
            found.append(("season", max(value - max(usual), min(usual) - value, 0.0)))
        return found

    def around(self, slot: int) -> list[float]:
        """What the time of day and its neighbours showed so far; nothing before the first whole day."""
        if self.profile[slot] is None:
            return []
        near = (self.profile[(slot + off) % SLOTS] for off in range(-NEIGHBOURS, NEIGHBOURS + 1))
        return [value for value in near if value is not None]

    def learn(self, at: float, value: float, slot: int) -> None:
        self.seen += 1
        self.at, self.last = at, value
        self.fast += max(1 / self.seen, FAST_RATE) * (value - self.fast)
        self.slow += max(1 / self.seen, SLOW_RATE) * (value - self.slow)
        known = self.profile[slot]
        self.profile[slot] = value if known is None else known + PROFILE_RATE * (value - known)

    def emitted(self, at: float, raw: float) -> float:
        """The score after the refractory period: what does not rise above its peak is a part of it."""
        if abs(at - self.peak_at) > REFRACTORY:
            self.peak = 0.0
        if raw <= self.peak:
            return 0.0
        self.peak, self.peak_at = raw, at
        return raw

    def as_json(self) -> dict[str, Any]:
        names = ("seen", "at", "last", "fast", "slow", "peak", "peak_at")
        profile = [None if value is None else float(f"{value:.6g}") for value in self.profile]
        tails = {look: tail.as_json() for look, tail in self.tails.items()}
        return {name: getattr(self, name) for name in names} | {"profile": profile, "tails": tails}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        made = cls()
        for name in ("at", "last", "fast", "slow", "peak", "peak_at"):
            setattr(made, name, float(data[name]))
        made.seen, made.profile = int(data["seen"]), list(data["profile"])
        made.tails = {look: Tail.from_json(data["tails"][look]) for look in LOOKS}
        return made
