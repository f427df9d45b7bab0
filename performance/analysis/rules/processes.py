"""Processes: one that takes the CPU, too many of them, files that run out."""

from __future__ import annotations

from collections.abc import Iterator

from performance.analysis.rules.base import CPU, LATENCY, Area, Case, Effort, fullness, named, rule
from performance.analysis.rules.facts import Facts, Host, Row
from performance.analysis.rules.words import share, size, whole

BUSY_HOST, BUSY_CORE = 75.0, 95.0
HOG, HOG_SHARE = 60.0, 0.3  # percent of a core, and of all that is used
A_CORE = 2.0  # web processes and workers, each, for every core
LOADED = 1.5
FILES = 80.0


@rule(
    "cpu_hog",
    Area.SYSTEM,
    0.95,
    (*CPU, *LATENCY, "system.temperature", *named("tasks", "run_p50_seconds run_p95_seconds")),
)
def cpu_hog(facts: Facts) -> Iterator[Case]:
    """One program, be it in one process or in several alike, takes much of what the host has."""
    for host in facts.hosts:
        hogs = max(alike(host.busy), key=cpu_of, default=[])
        if not hogs or not is_busy(host.system, ours=bool(hogs[0].text("ours"))):
            continue
        used = host.system.of("cpu_percent") * host.cores
        if cpu_of(hogs) >= HOG and cpu_of(hogs) >= HOG_SHARE * used:
            yield hog_case(host, hogs, cpu_of(hogs) / max(used, 1.0))


def is_busy(system: Row, *, ours: bool) -> bool:
    """A single core kept busy by work of ours is what it is there for."""
    return system.over("cpu_percent", BUSY_HOST) or (not ours and system.over("cpu_worst_core", BUSY_CORE))


def alike(processes: tuple[Row, ...]) -> list[list[Row]]:
    """Processes of one role, or of one command line, together; the busiest of each first."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for process in sorted(processes, key=lambda process: -process.of("cpu")):
        ours = process.text("ours")
        what = ours or f"{process.text('name')} {process.text('command') or process.text('pid')}"
        groups.setdefault((ours, what), []).append(process)
    return list(groups.values())


def cpu_of(processes: list[Row]) -> float:
    return sum(process.of("cpu") for process in processes)


def hog_case(host: Host, hogs: list[Row], part: float) -> Case:
    hog, cpu = hogs[0], cpu_of(hogs)
    ours, name, pids = hog.text("ours"), hog.text("name") or "a process", [process.text("pid") for process in hogs]
    kinds = [w.text("kind") for w in host.tasks.members("workers") if w.text("pid") in pids and w.text("kind")]
    doing = f", busy with {', '.join(sorted(set(kinds)))}" if kinds else ""
    which = f"{len(pids)} processes, {', '.join(pids[:5])}" if len(pids) > 1 else f"process {pids[0]}"
    if ours:
        cause = f"Our {ours} ({which}){doing}: {share(cpu)} of a core."
        cure = "See which request or job keeps it busy; make that cheaper, or move it to another host."
    else:
        cause = f"{name} ({which}), none of ours: {share(cpu)} of a core."
        cure = f"End it or give it less (kill {' '.join(pids[:5])}, or renice 19); find out who starts it."
    return Case(
        subject=f"{host.name}:{ours or name}",
        host=host.name,
        title=f"{name} ({which}) takes the CPU of {host.name}",
        cause=cause,
        cure=cure,
        evidence=(
            ("Its CPU, of one core", share(cpu)),
            ("The host's CPU", share(host.system.get("cpu_percent"))),
            ("Cores", whole(host.cores)),
            ("Its memory", size(sum(process.of("rss") for process in hogs))),
            ("Command", hog.text("command") or "hidden"),
        ),
        effect=f"The host's CPU falls by about {whole(cpu / host.cores)} points: what it takes of all cores.",
        effort=Effort.MINUTES,
        strength=0.8 + 0.2 * min(1.0, part),
        magnitude=cpu,
        touches=(*pids, name, *kinds),
        weight=0.7 if ours else None,
    )


@rule("too_many_processes", Area.APPLICATION, 0.65, (*CPU, *LATENCY, *named("application", "processes web_processes")))
def too_many_processes(facts: Facts) -> Iterator[Case]:
    """More of our processes than the cores can serve, and they queue for them."""
    for host in facts.hosts:
        web, workers = host.application.of("web_processes"), host.application.of("worker_processes")
        most = A_CORE * host.cores
        crowded = web > most or workers > most
        if not crowded or not host.system.over("load_1", LOADED * host.cores):
            continue
        which = "VALOR_WEB_PROCESSES" if web >= workers else "VALOR_WORKERS"
        yield Case(
            subject=host.name,
            host=host.name,
            title=f"{host.name} runs more processes than its cores can serve",
            cause=f"{whole(web)} web processes and {whole(workers)} workers share {whole(host.cores)} cores.",
            cure=f"Lower {which}: one worker for each core, and one or two web processes.",
            evidence=(
                ("Web processes", whole(web)),
                ("Workers", whole(workers)),
                ("Cores", whole(host.cores)),
                ("Load, 1 min", whole(host.system.get("load_1"))),
                ("Their memory", size(host.application.get("rss"))),
            ),
            effect="As much work is done with less switching and less memory: measured by the load above.",
            effort=Effort.MINUTES,
            strength=0.6 + 0.4 * min(1.0, max(web, workers) / (4 * most)),
            magnitude=web + workers,
        )


@rule("open_files", Area.APPLICATION, 0.9, named("application", "open_files open_files_percent error_percent"))
def open_files(facts: Facts) -> Iterator[Case]:
    for host in facts.hosts:
        row = host.application
        if not row.over("open_files_percent", FILES):
            continue
        worst = max(row.members("processes"), key=lambda process: process.of("files"), default=Row())
        who = f"{worst.text('role') or 'A process'} {worst.text('pid')}".strip()
        yield Case(
            subject=host.name,
            host=host.name,
            title=f"A process on {host.name} runs out of files",
            cause=f"{who} has {whole(worst.get('files'))} files and connections open, "
            f"{share(row.get('open_files_percent'))} of what it may have.",
            cure="Restart it; then find what does not close its files or sockets, or raise the limit (ulimit -n).",
            evidence=(
                ("Of its limit", share(row.get("open_files_percent"))),
                ("Its files", whole(worst.get("files"))),
                ("Files of all", whole(row.get("open_files"))),
            ),
            effect="No request fails for want of a file; the count starts again from the few that are needed.",
            effort=Effort.HOURS,
            strength=0.7 + 0.3 * min(1.0, row.of("open_files_percent") / 100),
            magnitude=fullness(row.of("open_files_percent")),
            touches=(worst.text("pid"),),
        )
