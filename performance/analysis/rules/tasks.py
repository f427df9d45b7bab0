"""Background work: workers that are gone, floods, priorities, jobs that should be split, time limits, failures."""

from __future__ import annotations

from collections.abc import Iterator

from performance.analysis.rules.base import QUEUE, Area, Case, Cure, Effort, named, rule
from performance.analysis.rules.facts import Facts, JobKind, Row
from performance.analysis.rules.words import share, took, whole

WORKERS = named("tasks", "workers workers_silent heartbeat_age")
FAILED = named("tasks", "failed_percent failed_count retried_count")
RUNS = named("tasks", "run_p50_seconds run_p95_seconds")
SILENT_SECONDS = 30.0
LONG_WAIT, LONG_DRAIN = 30.0, 120.0
FLOOD, FLOOD_SHARE = 50.0, 0.6
BUSY, IDLE_CPU = 90.0, 75.0
INTERACTIVE, BULK = 200, 300  # below it is interactive; from it on bulk (tasks.choices)
LONG_JOB = 60.0
FAILURES, FAILURE_SHARE = 3, 0.2


@rule("dead_worker", Area.TASKS, 1.0, (*WORKERS, *QUEUE))
def dead_worker(facts: Facts) -> Iterator[Case]:
    row = facts.tasks
    if not row or row.get("workers") is None:
        return
    silent = [
        w for w in row.members("workers") if w.text("state") == "silent" or w.over("heartbeat_age", SILENT_SECONDS)
    ]
    count = max(len(silent), round(row.of("workers_silent")))
    present = row.of("workers")
    if present and not count and not row.over("heartbeat_age", SILENT_SECONDS):
        return
    names = [f"{w.text('host')}:{w.text('pid')}" for w in silent]
    holding = [w.text("kind") for w in silent if w.text("kind")]
    if not present:
        title, cause = "No worker runs", "Nobody is there to run jobs, so all of them wait."
        cure = "Start manage.py run_worker, and see in its log why it ended."
    else:
        which = ", ".join(names) or "one of them"
        title, cause = "A worker is dead or hangs", f"No heartbeat of {which} for {took(row.get('heartbeat_age'))}."
        cure = "Its job goes back to the queue by itself; restart run_worker there if the worker does not come back."
    yield Case(
        subject="workers",
        title=title,
        cause=cause,
        cure=cure,
        evidence=(
            ("Workers", whole(present)),
            ("Silent", whole(count)),
            ("Oldest heartbeat", took(row.get("heartbeat_age"))),
            ("Held", ", ".join(holding) or "nothing"),
            ("Jobs waiting", whole(row.get("waiting"))),
        ),
        effect="Jobs start again; the queue is worked off at its usual rate. Known from how claims work.",
        effort=Effort.MINUTES,
        strength=1.0 if not present else 0.95,
        magnitude=max(1.0, float(count)) if present else 10.0,
        touches=tuple(w.text("pid") for w in silent),
    )


@rule("queue_flooded", Area.TASKS, 0.92, QUEUE)
def queue_flooded(facts: Facts) -> Iterator[Case]:
    """Most of what waits is of one kind."""
    row = facts.tasks
    kinds = row.members("kinds")
    waiting = sum(kind.of("waiting") for kind in kinds)
    worst = max(kinds, key=lambda kind: kind.of("waiting"), default=Row())
    mine = worst.of("waiting")
    if mine < FLOOD or mine < FLOOD_SHARE * waiting:
        return
    if not (row.over("oldest_seconds", LONG_WAIT) or row.over("drain_seconds", LONG_DRAIN) or mine >= 10 * FLOOD):
        return
    title = worst.text("title") or worst.text("kind")
    yield Case(
        subject=worst.text("kind"),
        title=f"{title} floods the queue",
        cause=f"{whole(mine)} of {whole(waiting)} waiting jobs are of this kind.",
        cure="Submit them as bulk, so that others go ahead, or at a lower rate; cancel what is not needed.",
        evidence=(
            ("Waiting of it", whole(mine)),
            ("Waiting in all", whole(waiting)),
            ("Longest wait", took(row.get("oldest_seconds"))),
            ("Time to work it off", took(row.get("drain_seconds"))),
        ),
        effect=f"All other jobs wait for {whole(waiting - mine)} instead of {whole(waiting)} before them.",
        effort=Effort.HOURS,
        strength=0.85 + 0.15 * min(1.0, mine / (10 * FLOOD)),
        magnitude=mine,
        touches=(worst.text("kind"),),
    )


@rule("more_workers", Area.TASKS, 0.75, QUEUE)
def more_workers(facts: Facts) -> Iterator[Case]:
    row = facts.tasks
    behind = row.over("drain_seconds", LONG_DRAIN) or row.over("oldest_seconds", 2 * LONG_WAIT)
    if not behind or not row.over("busy_percent", BUSY) or not row.of("workers"):
        return
    room = facts.cpu is None or facts.cpu < IDLE_CPU
    workers = row.of("workers")
    cure = (
        f"Raise VALOR_WORKERS (now {whole(facts.limits.workers)} on a host): the CPU has room."
        if room
        else "Add a host that runs manage.py run_worker: the CPUs of these are busy."
    )
    yield Case(
        subject="workers",
        title="More work comes than the workers can do",
        cause=f"{share(row.get('busy_percent'))} of {whole(workers)} workers are busy, and the queue still grows.",
        cure=cure,
        evidence=(
            ("Workers busy", share(row.get("busy_percent"))),
            ("Longest wait", took(row.get("oldest_seconds"))),
            ("Time to work it off", took(row.get("drain_seconds"))),
            ("CPU", share(facts.cpu)),
        ),
        effect=f"With one worker more the queue is worked off {share(100 / workers)} faster: by their number.",
        effort=Effort.MINUTES if room else Effort.HOURS,
        strength=0.6 + 0.4 * min(1.0, row.of("drain_seconds") / (5 * LONG_DRAIN)),
        magnitude=max(row.of("drain_seconds"), row.of("oldest_seconds")),
    )


@rule("bulk_goes_first", Area.TASKS, 0.88, (*named("tasks", "waiting_interactive"), *QUEUE))
def bulk_goes_first(facts: Facts) -> Iterator[Case]:
    """People wait while long jobs of a kind that nobody watches go first."""
    row = facts.tasks
    if not row.of("waiting_interactive") or not row.over("oldest_seconds", LONG_WAIT):
        return
    declared = {kind.kind: kind for kind in facts.kinds}
    held: dict[str, int] = {}
    for worker in row.members("workers"):
        if worker.text("state") == "busy" and worker.text("kind"):
            held[worker.text("kind")] = held.get(worker.text("kind"), 0) + 1
    long = [name for name in held if name in declared and is_bulk(declared[name])]
    taken = sum(held[name] for name in long)
    if not long or taken < 0.5 * max(1.0, row.of("workers")):
        return
    name = max(long, key=lambda each: held[each])
    kind = declared[name]
    cure = "Declare or submit it as bulk." if kind.priority < BULK else "Keep a worker free: split it, or add a worker."
    yield Case(
        subject=name,
        title=f"{kind.title} keeps people waiting",
        cause=f"{whole(taken)} of {whole(row.get('workers'))} workers run it, each for up to {took(kind.run_p95)}, "
        f"while {whole(row.of('waiting_interactive'))} interactive jobs wait.",
        cure=cure,
        evidence=(
            ("Interactive jobs waiting", whole(row.of("waiting_interactive"))),
            ("Longest wait", took(row.get("oldest_seconds"))),
            ("Workers it holds", whole(taken)),
            ("Its run, p95", took(kind.run_p95)),
        ),
        effect=f"Interactive jobs no longer wait for it: up to {took(row.get('oldest_seconds'))}, the wait just now.",
        effort=Effort.MINUTES if kind.priority < BULK else Effort.HOURS,
        strength=0.8 + 0.2 * min(1.0, taken / max(1.0, row.of("workers"))),
        magnitude=row.of("oldest_seconds"),
        touches=(name,),
    )


def is_bulk(kind: JobKind) -> bool:
    """Declared as bulk, or so long that nobody waits in front of it."""
    return kind.priority >= BULK or (kind.run_p95 or 0) >= LONG_JOB


@rule("split_long_jobs", Area.TASKS, 0.6, (*RUNS, *named("tasks", "wait_p95_seconds oldest_seconds")))
def split_long_jobs(facts: Facts) -> Iterator[Case]:
    workers = facts.tasks.of("workers")
    for kind in facts.kinds:
        if kind.splits or workers < 2 or (kind.run_p95 or 0) < LONG_JOB or kind.finished < FAILURES:
            continue
        yield Case(
            subject=kind.kind,
            title=f"{kind.title} keeps one worker for {took(kind.run_p95)}",
            cause="It is done whole by one worker, while the others may be free.",
            cure="Declare split, part and merge for it (tasks.registry), so that all workers share it.",
            evidence=(
                ("Its run, p95", took(kind.run_p95)),
                ("Finished", whole(kind.finished)),
                ("Workers", whole(workers)),
            ),
            effect=f"About {took((kind.run_p95 or 0) / workers)} with {whole(workers)} workers: by their number.",
            effort=Effort.DAYS,
            strength=0.5 + 0.5 * min(1.0, (kind.run_p95 or 0) / (10 * LONG_JOB)),
            magnitude=kind.run_p95 or 0.0,
            touches=(kind.kind,),
        )


@rule("timeout_too_low", Area.TASKS, 0.9, (*FAILED, *RUNS))
def timeout_too_low(facts: Facts) -> Iterator[Case]:
    for kind in facts.kinds:
        if kind.timed_out < FAILURES or kind.timed_out < FAILURE_SHARE * kind.finished:
            continue
        yield Case(
            subject=kind.kind,
            title=f"{kind.title} runs out of time",
            cause=f"{whole(kind.timed_out)} of {whole(kind.finished)} jobs were stopped after {took(kind.timeout)}.",
            cure="Raise the timeout of its declaration, split it, or find out what makes it slow now.",
            evidence=(
                ("Stopped", whole(kind.timed_out)),
                ("Finished", whole(kind.finished)),
                ("Its timeout", took(kind.timeout)),
                ("Its run, p95", took(kind.run_p95)),
            ),
            effect=f"Up to {whole(kind.timed_out)} more of its jobs end well: those that were stopped.",
            effort=Effort.MINUTES,
            strength=0.7 + 0.3 * kind.timed_out / max(1, kind.finished),
            magnitude=float(kind.timed_out),
            touches=(kind.kind,),
        )


@rule("failing_jobs", Area.TASKS, 0.85, FAILED)
def failing_jobs(facts: Facts) -> Iterator[Case]:
    for kind in facts.kinds:
        failed = kind.failed - kind.timed_out
        if failed < FAILURES or failed < FAILURE_SHARE * kind.finished:
            continue
        yield Case(
            subject=kind.kind,
            title=f"{kind.title} fails",
            cause=f"{whole(failed)} of {whole(kind.finished)} jobs failed, most by {kind.error or 'an unknown error'}.",
            cure="See the traceback on the page of one of them; retry them when its cause is gone.",
            evidence=(
                ("Failed", whole(failed)),
                ("Finished", whole(kind.finished)),
                ("Error", kind.error or "not known"),
            ),
            effect=f"{whole(failed)} jobs of the last hour get their result: all that failed.",
            effort=Effort.HOURS,
            strength=0.7 + 0.3 * min(1.0, failed / max(1, kind.finished)),
            magnitude=float(failed),
            touches=(kind.kind,),
            action=Cure("retry_failed_jobs", {"kind": kind.kind}),
        )
