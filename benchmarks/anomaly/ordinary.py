"""Simulated ordinary load: varied, bursty, never anomalous. What a detector says here is a false alarm."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.random import Generator

from benchmarks.anomaly.scoring import Floats

STEP, DAY = 300, 86_400
POINTS = DAY // STEP


def wandering(random: Generator, count: int, memory: float = 0.9) -> Floats:
    """An autoregressive process of deviation one."""
    shocks = random.normal(size=count) * np.sqrt(1 - memory**2)
    values = np.empty(count)
    value = random.normal()
    for index, shock in enumerate(shocks):
        value = memory * value + shock
        values[index] = value
    return values


def daily(random: Generator, days: int, weekend: float = 1.0) -> Floats:
    """Between 0 and 1: quiet at night, busy by day; on Saturday and Sunday a share of that."""
    index = np.arange(days * POINTS)
    hour = index / POINTS * 24 % 24
    curve = np.exp(-0.5 * ((hour - random.uniform(11, 16)) / random.uniform(2.5, 4)) ** 2)
    free = (index // POINTS + random.integers(7)) % 7 >= 5
    return np.where(free, weekend * curve, curve)


def office(random: Generator, days: int) -> Floats:
    """CPU of a site that rests at the weekend."""
    curve = daily(random, days, weekend=0.3)
    return np.clip(8 + 45 * curve + (1 + 4 * curve) * wandering(random, len(curve)), 0, 100)


def steady(random: Generator, days: int) -> Floats:
    """CPU of a site with the same day every day."""
    curve = daily(random, days)
    return np.clip(10 + 40 * curve + 3 * wandering(random, len(curve)), 0, 100)


def latency(random: Generator, days: int) -> Floats:
    """A p95: log-normal, higher when busy, with bursts a few times a day."""
    curve = daily(random, days)
    bursts = random.exponential(0.5, size=len(curve)) * (random.random(len(curve)) < 4 / POINTS)
    return 120 * np.exp(0.5 * curve + 0.25 * wandering(random, len(curve), 0.6) + bursts)


def memory(random: Generator, days: int) -> Floats:
    """Percent that grows with use and falls when workers are recycled, every few hours."""
    grown = np.cumsum(random.exponential(0.02, size=days * POINTS))
    recycled = np.maximum.accumulate(np.where(random.random(len(grown)) < 6 / POINTS, grown, 0.0))
    return 40 + grown - recycled + 0.3 * wandering(random, len(grown))


def queue(random: Generator, days: int) -> Floats:
    """Jobs waiting: mostly none, by day a few, now and then a batch."""
    curve = daily(random, days, weekend=0.2)
    batches = random.poisson(12, size=len(curve)) * (random.random(len(curve)) < 3 / POINTS)
    return (random.poisson(0.1 + 2 * curve) + batches).astype(float)


KINDS: tuple[Callable[[Generator, int], Floats], ...] = (office, steady, latency, memory, queue)


def ordinary(seed: int, days: int, each: int) -> Iterator[tuple[str, Floats, Floats]]:
    """So many series of each kind: its name, times, values."""
    times = np.arange(days * POINTS, dtype=float) * STEP
    for kind in KINDS:
        for number in range(each):
            random = np.random.default_rng([seed, number])
            yield kind.__name__, times, kind(random, days)
