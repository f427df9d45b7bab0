"""The host: a disk that fills, CPU that others take."""

from __future__ import annotations

from collections.abc import Iterator

from performance.analysis.rules.base import CPU, LATENCY, Area, Case, Cure, Effort, fullness, named, rule
from performance.analysis.rules.facts import Facts, Host
from performance.analysis.rules.trend import trend_of
from performance.analysis.rules.words import share, size, took, whole

DISK = named("system", "disk_percent disk_used")
FULL, SOON, RISING = 90.0, 86_400.0, 0.8
LEAST_SPAN, LEAST_RISE = 1200.0, 0.002  # seconds of samples, and share of the disk, before a trend counts
STEAL, IO_WAIT = 10.0, 30.0


@rule("disk_filling", Area.SYSTEM, 1.0, DISK)
def disk_filling(facts: Facts) -> Iterator[Case]:
    """Full, or full within a day if it goes on like this."""
    for host in facts.hosts:
        row = host.system
        total, used = row.of("disk_total"), row.of("disk_used")
        trend = trend_of(host.traces.get("system.disk_used", ()))
        rises = trend is not None and trend.rising >= RISING and trend.slope > 0
        left = (total - used) / trend.slope if trend is not None and rises else None
        long = trend is not None and trend.seconds >= LEAST_SPAN and trend.grown >= LEAST_RISE * total
        if row.over("disk_percent", FULL) or (left is not None and left < SOON and long and total):
            yield disk_case(host, trend.slope if trend is not None and rises else None, left)


def disk_case(host: Host, slope: float | None, left: float | None) -> Case:
    row = host.system
    tables = [f"{table.text('name')} {size(table.get('bytes'))}" for table in host.database.members("tables")[:3]]
    ours = host.database.of("size") + host.database.of("wal_size")
    grows = f", and {size(60 * slope)} more each minute" if slope else ""
    full = row.over("disk_percent", FULL)
    return Case(
        subject=host.name,
        host=host.name,
        title=f"The disk of {host.name} is {'full' if full else f'full in {took(left)}'}",
        cause=f"{share(row.get('disk_percent'))} of it are used{grows}; the database takes {size(ours)} "
        f"({', '.join(tables) or 'tables not known'}).",
        cure="Prune what is past its keeping, delete what the product does not own (logs, dumps), or enlarge the disk.",
        evidence=(
            ("Used", f"{size(row.get('disk_used'))} of {size(row.get('disk_total'))}"),
            ("Share", share(row.get("disk_percent"))),
            ("Full in", took(left) if left is not None else "no trend yet"),
            ("Written", f"{size(row.get('disk_write_rate'))}/s"),
            ("The database", size(ours)),
        ),
        effect=f"At most the {size(ours)} of the database can become free by pruning; the rest is not the product's.",
        effort=Effort.HOURS,
        strength=1.0 if full else 0.7 + 0.3 * (1 - min(1.0, (left or 0) / SOON)),
        magnitude=fullness(row.of("disk_percent")),
        action=Cure("prune", {}),
    )


@rule("cpu_steal", Area.SYSTEM, 0.9, (*CPU, *LATENCY, "system.cpu_steal_percent"))
def cpu_steal(facts: Facts) -> Iterator[Case]:
    for host in facts.hosts:
        row = host.system
        if row.over("cpu_steal_percent", STEAL):
            yield Case(
                subject=host.name,
                host=host.name,
                title=f"Other guests take the CPU of {host.name}",
                cause=f"The machine below it gave {share(row.get('cpu_steal_percent'))} of the CPU to others.",
                cure="Ask its provider, move to a host with cores of its own, or do not overcommit the machine.",
                evidence=(
                    ("Taken", share(row.get("cpu_steal_percent"), 1)),
                    ("CPU", share(row.get("cpu_percent"))),
                    ("Cores", whole(host.cores)),
                ),
                effect=f"Up to {share(row.get('cpu_steal_percent'))} more CPU: what was taken in the last interval.",
                effort=Effort.HOURS,
                strength=0.7 + 0.3 * min(1.0, row.of("cpu_steal_percent") / 50),
                magnitude=fullness(row.of("cpu_steal_percent")),
            )


@rule("disk_slow", Area.SYSTEM, 0.7, ("system.cpu_iowait_percent", *named("database", "write_ms read_ms"), *LATENCY))
def disk_slow(facts: Facts) -> Iterator[Case]:
    for host in facts.hosts:
        row = host.system
        if row.over("cpu_iowait_percent", IO_WAIT):
            yield Case(
                subject=host.name,
                host=host.name,
                title=f"{host.name} waits for its disks",
                cause=f"The CPU waited {share(row.get('cpu_iowait_percent'))} of the time for disks.",
                cure="See who reads and writes most (iotop); give the database more memory, or a faster disk.",
                evidence=(
                    ("Waiting", share(row.get("cpu_iowait_percent"))),
                    ("Read", f"{size(row.get('disk_read_rate'))}/s"),
                    ("Written", f"{size(row.get('disk_write_rate'))}/s"),
                    ("Swapped", f"{size(row.get('swap_rate'))}/s"),
                ),
                effect="Work goes on instead of waiting: at most the share above.",
                effort=Effort.HOURS,
                strength=0.5 + 0.5 * min(1.0, row.of("cpu_iowait_percent") / 80),
                magnitude=fullness(row.of("cpu_iowait_percent")),
            )
