"""Memory: a process that grows and grows, memory that is full, swapping."""

from __future__ import annotations

from collections.abc import Iterator

from performance.analysis.rules.base import LATENCY, MEMORY, Area, Case, Cure, Effort, fullness, named, rule
from performance.analysis.rules.facts import Facts, Host, Memory, Row, Trace
from performance.analysis.rules.trend import Trend, trend_of
from performance.analysis.rules.words import share, size, took, whole

POINTS, RISING = 6, 0.9
LEAST_GROWTH, LEAST_SHARE = 50_000_000.0, 0.25
# Growth that ends after the start is warming up: the later half must have grown, too.
STILL = 0.25
# A leak that began lately drowns in the hour before it: of the newest samples more is asked, for a job may fill memory
# for a while and give it back.
NEWEST, STEEP_GROWTH, STEEP_SHARE = 8, 200_000_000.0, 0.5
FULL, SWAP_PERCENT, SWAP_RATE = 85.0, 20.0, 1_000_000.0


@rule("memory_leak", Area.SYSTEM, 1.0, MEMORY)
def memory_leak(facts: Facts) -> Iterator[Case]:
    """A process of ours whose memory rises from sample to sample, robustly, and has not stopped."""
    for host in facts.hosts:
        for process in host.memory:
            trend = leak_of(process)
            if trend is not None:
                yield leak_case(host, process, trend)


def leak_of(process: Memory) -> Trend | None:
    """How it grows: over the hour, else steeply over its newest samples."""
    ordered = tuple(sorted(process.rss))
    return growth(ordered, LEAST_GROWTH, LEAST_SHARE) or growth(ordered[-NEWEST:], STEEP_GROWTH, STEEP_SHARE)


def growth(ordered: Trace, least: float, share: float) -> Trend | None:
    trend = trend_of(ordered)
    if trend is None or trend.points < POINTS or trend.rising < RISING:
        return None
    later = ordered[-1][1] - ordered[len(ordered) // 2][1]
    enough = trend.grown >= least and trend.grown >= share * trend.first
    return trend if enough and later >= STILL * trend.grown else None


def leak_case(host: Host, process: Memory, trend: Trend) -> Case:
    total = host.system.get("memory_total")
    left = (total - host.system.of("memory_used")) if total else None
    full = took(left / trend.slope) if left is not None and trend.slope > 0 else None
    who = f"The {process.role or 'process'} {process.pid} on {host.name}"
    return Case(
        subject=f"{host.name}:{process.pid}",
        host=host.name,
        title=f"{who} leaks memory",
        cause=f"It grew from {size(trend.first)} to {size(trend.last)} within {took(trend.seconds)} and goes on.",
        cure="Recycle the workers now; then find what keeps growing in the job or request that it runs."
        if process.role == "worker"
        else "Restart it now; then find what keeps growing in the requests that it serves.",
        evidence=(
            ("Grown", size(trend.grown)),
            ("A minute", size(60 * trend.slope)),
            ("Samples that rose", share(100 * trend.rising)),
            ("Memory full in", full or "not known"),
        ),
        effect=f"About {size(trend.grown)} are free again: what it has grown. Only the repair keeps it so.",
        effort=Effort.HOURS,
        strength=0.9 + 0.1 * min(1.0, trend.grown / 1e9),
        magnitude=trend.grown,
        touches=(str(process.pid), process.role),
        action=Cure("recycle_workers", {}) if process.role == "worker" else None,
    )


@rule("memory_full", Area.SYSTEM, 0.6, MEMORY)
def memory_full(facts: Facts) -> Iterator[Case]:
    """Full, and nobody is seen to leak: the largest processes are named."""
    for host in facts.hosts:
        row = host.system
        if row.over("memory_percent", FULL):
            ours = sorted(host.application.members("processes"), key=lambda process: -process.of("rss"))
            largest = sorted(host.busy, key=lambda process: -process.of("rss"))[:3] or ours[:3]
            names = [f"{told(process)} {size(process.get('rss'))}" for process in largest]
            yield Case(
                subject=host.name,
                host=host.name,
                title=f"The memory of {host.name} is full",
                cause=f"{share(row.get('memory_percent'))} are in use; the largest: {', '.join(names) or 'not known'}.",
                cure="Run fewer processes here (VALOR_WORKERS, VALOR_WEB_PROCESSES), or give the host more memory.",
                evidence=(
                    ("In use", share(row.get("memory_percent"))),
                    ("Of", size(row.get("memory_total"))),
                    ("The product's", size(host.application.get("rss"))),
                ),
                effect=f"Each worker less frees about {size(ours[0].get('rss') if ours else None)}: the largest one's.",
                effort=Effort.HOURS,
                strength=0.6 + 0.4 * min(1.0, (row.of("memory_percent") - FULL) / 15),
                magnitude=fullness(row.of("memory_percent")),
                touches=tuple(process.text("pid") for process in largest),
            )


def told(process: Row) -> str:
    return f"{process.text('name') or process.text('role')} {process.text('pid')}".strip()


@rule("swapping", Area.SYSTEM, 0.7, (*named("system", "swap_percent swap_rate cpu_iowait_percent"), *LATENCY))
def swapping(facts: Facts) -> Iterator[Case]:
    for host in facts.hosts:
        row = host.system
        if row.over("swap_rate", SWAP_RATE) and row.over("swap_percent", SWAP_PERCENT):
            yield Case(
                subject=host.name,
                host=host.name,
                title=f"{host.name} swaps",
                cause=f"{size(row.of('swap_rate'))} a second move between memory and disk: everything waits for that.",
                cure="Run fewer processes here, or give the host more memory; never let a database swap.",
                evidence=(
                    ("Swapped", f"{size(row.of('swap_rate'))}/s"),
                    ("Swap in use", share(row.get("swap_percent"))),
                    ("Memory in use", share(row.get("memory_percent"))),
                    ("Processes", whole(host.application.get("processes"))),
                ),
                effect="Requests take their usual time again: memory is some thousand times as fast as a disk.",
                effort=Effort.HOURS,
                strength=0.7 + 0.3 * min(1.0, row.of("swap_rate") / (20 * SWAP_RATE)),
                magnitude=row.of("swap_rate"),
            )
