"""The database itself: its connections, transactions that hold locks, and what it has not cleared away."""

from __future__ import annotations

from collections.abc import Iterator

from performance.analysis.rules.base import CONNECTIONS, LATENCY, Area, Case, Cure, Effort, fullness, named, rule
from performance.analysis.rules.facts import Facts, Host, Row
from performance.analysis.rules.words import share, size, took, whole

POOL_PERCENT = 80.0
HOLDS = 0.2  # of all requests' time
LONG_SECONDS, LOCK_WAIT = 60.0, 0.5
DEAD_ROWS, DEAD_SHARE = 10_000.0, 0.2
FREE_BYTES, FREE_SHARE, LOG_BYTES = 50_000_000.0, 0.25, 256_000_000.0
STALE_ROWS, STALE_SHARE = 10_000, 0.3
ERRORS, ERROR_SHARE = 5.0, 0.1
TRANSACTIONS = named("database", "longest_transaction long_transactions locks_waiting write_ms")
SPACE = named("system", "disk_percent disk_used")
SIZES = named("database", "size file_size free_pages")
WRITES = named("tasks", "run_p50_seconds run_p95_seconds failed_percent failed_count")


@rule("long_transaction", Area.DATABASE, 1.0, (*TRANSACTIONS, *CONNECTIONS, *LATENCY, "database.dead_rows"))
def long_transaction(facts: Facts) -> Iterator[Case]:
    """PostgreSQL says who holds what others wait for, and who has been at it for long."""
    for host in facts.hosts:
        row = host.database
        longest, waiting = row.of("longest_transaction"), row.of("locks_waiting")
        held = max((blocker.of("seconds") for blocker in facts.blockers), default=0.0)
        if waiting or longest >= LONG_SECONDS:
            worst = next(iter((*(facts.blockers if waiting else ()), *row.members("long"))), Row())
            yield transaction_case(worst, max(longest, held), waiting)


def transaction_case(worst: Row, longest: float, waiting: float) -> Case:
    state = worst.text("state") or "state not known"
    pid = worst.text("pid")
    since = f" for {took(longest)}" if longest else ""
    who = f"Process {pid} ({worst.text('application') or 'no name'})" if pid else "A process"
    cause = f"{who} has a transaction open{since}, {state}"
    cause += f"; {whole(waiting)} others wait for locks." if waiting else "; it keeps dead rows from being cleared."
    ending = f"SELECT pg_terminate_backend({pid});" if pid else "find it in pg_stat_activity."
    code = "Commit before waiting for anything else: it does nothing now."
    return Case(
        subject="transaction",
        title=f"A transaction is open{since}" + (" and holds locks" if waiting else ""),
        cause=cause,
        cure=f"End it: {ending} {code if state.startswith('idle') else 'Write in smaller portions.'}",
        evidence=(
            ("Longest transaction", took(longest) if longest else "under a minute"),
            ("Locks waited for", whole(waiting)),
            ("State", state),
            ("Statement", worst.text("statement") or "not known"),
        ),
        effect="Who waits for it goes on at once: the locks are freed when it ends. Known from how locks work.",
        effort=Effort.MINUTES,
        strength=0.9 + 0.1 * bool(pid) if waiting else 0.85 + 0.15 * min(1.0, longest / (5 * LONG_SECONDS)),
        magnitude=max(longest, waiting),
        touches=tuple(filter(None, (pid, worst.text("statement")))),
    )


@rule(
    "write_lock", Area.DATABASE, 0.99, (*TRANSACTIONS, *LATENCY, *WRITES, *named("database", "slow_rate query_p95_ms"))
)
def write_lock(facts: Facts) -> Iterator[Case]:
    """SQLite has one writer at a time: some transaction held its lock while others waited."""
    waits = [
        slow
        for slow in facts.slow
        if facts.age(slow.last_seen) < 900 and any(advice.text("kind") == "lock" for advice in slow.advice)
    ]
    begun = [slow for slow in waits if slow.gist.upper().startswith("BEGIN")] or waits
    if not begun:
        return
    worst = max(begun, key=lambda slow: slow.worst)
    if worst.worst < max(facts.limits.slow_seconds, LOCK_WAIT):
        return
    where = sorted({route for slow in waits for route in slow.routes})
    yield Case(
        subject="writers",
        title=f"Writers waited up to {took(worst.worst)} for a transaction that holds the lock",
        cause="SQLite has one writer at a time, and a long transaction held its lock while others waited.",
        cure="Keep transactions that write short, write in portions, or move to PostgreSQL (DATABASE_URL).",
        evidence=(
            ("Waited", f"{sum(slow.count for slow in waits)} times"),
            ("Longest wait", took(worst.worst)),
            ("Where", ", ".join(where[:5]) or "outside of requests and jobs"),
            ("Line that waited", worst.line or "not known"),
        ),
        effect="Writers wait no longer than the longest transaction lasts. Known from how SQLite works.",
        effort=Effort.HOURS,
        strength=0.8 + 0.2 * min(1.0, worst.worst / 10),
        magnitude=worst.worst,
        touches=(*(slow.fingerprint for slow in waits), *where),
    )


@rule("pool_too_small", Area.DATABASE, 0.8, (*CONNECTIONS, *LATENCY))
def pool_too_small(facts: Facts) -> Iterator[Case]:
    """Who holds the connections comes first; a larger pool helps where nobody holds on without need."""
    for host in facts.hosts:
        row = host.database
        if row.over("worst_percent", POOL_PERCENT) or row.over("pool_percent", POOL_PERCENT) or row.of("pool_waiting"):
            yield pool_case(facts, host, row)


def holders_of(host: Host, seconds: float) -> list[Row]:
    """Routes that ask the database and take much of all requests' time, the longest first.

    A request keeps its connection from its first statement to its end, whatever else it does meanwhile.
    """
    asking = [route for route in host.routes if route.of("database") or route.of("statements")]
    return [route for route in asking if route.of("seconds") >= HOLDS * (seconds or 1.0)]


def pool_case(facts: Facts, host: Host, row: Row) -> Case:
    holders = holders_of(host, facts.request_seconds)
    names = [f"{route.text('route')} ({took(route.of('seconds'))})" for route in holders[:3]]
    room = (row.get("connections_limit") or 0) - (row.get("connections") or 0)
    server_full = row.over("connections_percent", POOL_PERCENT)
    if server_full:
        cure = "Lower DATABASE_POOL_MAX, VALOR_WEB_PROCESSES or VALOR_WORKERS, or raise max_connections of the server."
    else:
        cure = f"Raise DATABASE_POOL_MAX: the server has room for {whole(room)} more." if room > 0 else ""
        cure = cure or "Raise DATABASE_POOL_MAX, as far as the server's max_connections allows."
    held = f"Most is held by {', '.join(names)}." if names else "No single route holds most of them."
    used = max(row.of("worst_percent"), row.of("pool_percent"))
    return Case(
        subject="connections",
        title="The database's connections are used up" if used >= 95 else "The database's connections run short",
        cause=f"{share(used)} of the connections are in use, {whole(row.of('pool_waiting'))} requests wait. {held}",
        cure=f"{'Shorten what holds them, or: ' if names else ''}{cure}",
        evidence=(
            ("In use", share(used)),
            ("Most in use", f"{whole(row.get('pool_peak'))} of {whole(row.get('pool_maximum') or facts.limits.pool)}"),
            ("Requests waiting", whole(row.of("pool_waiting"))),
            ("Mean wait", took(None if row.get("pool_wait_ms") is None else row.of("pool_wait_ms") / 1000)),
            ("At the server", f"{whole(row.get('connections'))} of {whole(row.get('connections_limit'))}"),
        ),
        effect="Requests no longer wait for a connection: the mean wait above is what each of them saves.",
        effort=Effort.MINUTES,
        strength=0.7 + 0.3 * min(1.0, max(used / 100, row.of("pool_waiting") / 10)),
        magnitude=fullness(used) + row.of("pool_waiting"),
        touches=tuple(route.text("route") for route in holders[:3]),
    )


@rule("dead_rows", Area.DATABASE, 0.6, ("database.dead_percent", "database.dead_rows", *SIZES))
def dead_rows(facts: Facts) -> Iterator[Case]:
    seen = {table.text("name"): table for host in facts.hosts for table in host.database.members("tables")}
    for name, table in seen.items():
        dead, rows = table.of("dead"), table.of("rows")
        if dead < DEAD_ROWS or dead < DEAD_SHARE * (rows + dead):
            continue
        part = dead / (rows + dead)
        yield Case(
            subject=name,
            title=f"{name} is full of dead rows",
            cause=f"{whole(dead)} changed or deleted rows of {name} are not cleared away yet; reads step over them.",
            cure="VACUUM ANALYZE it; if they come back, end long transactions or lower autovacuum_vacuum_scale_factor.",
            evidence=(("Dead rows", whole(dead)), ("Live rows", whole(rows)), ("Size", size(table.get("bytes")))),
            effect=f"Up to {share(100 * part)} of the table's pages are used again: the share of its dead rows.",
            effort=Effort.MINUTES,
            strength=0.6 + 0.4 * part,
            magnitude=dead,
            touches=(name,),
            action=Cure("optimize_database", {"table": name}),
        )


@rule("stale_statistics", Area.DATABASE, 0.65, (*LATENCY, *named("database", "query_p95_ms slow_rate")))
def stale_statistics(facts: Facts) -> Iterator[Case]:
    """The planner decides by what it last counted."""
    for table in facts.tables:
        if table.rows < STALE_ROWS or table.changed < STALE_SHARE * table.rows:
            continue
        part = table.changed / table.rows
        yield Case(
            subject=table.name,
            title=f"The statistics of {table.name} are old",
            cause=f"{whole(table.changed)} of its {whole(table.rows)} rows changed since the planner last counted.",
            cure=f'ANALYZE "{table.name}".',
            evidence=(("Rows", whole(table.rows)), ("Changed since", whole(table.changed))),
            effect="Plans fit the data again; how much that saves is not known before.",
            effort=Effort.MINUTES,
            strength=0.5 + 0.5 * min(1.0, part),
            magnitude=float(table.changed),
            touches=(table.name,),
            action=Cure("optimize_database", {"table": table.name}),
        )


@rule("free_pages", Area.DATABASE, 0.55, (*SIZES, *SPACE))
def free_pages(facts: Facts) -> Iterator[Case]:
    for host in facts.hosts:
        row = host.database
        free, pages = row.of("free_pages"), row.of("page_count")
        unused = free * row.of("page_size")
        if unused >= FREE_BYTES and free >= FREE_SHARE * pages:
            yield Case(
                subject="database file",
                title=f"{size(unused)} of the database file hold nothing",
                cause=f"{share(100 * free / pages)} of its pages are free since rows were deleted; SQLite keeps them.",
                cure="VACUUM rewrites the file without them; meanwhile nobody can write.",
                evidence=(("Free", size(unused)), ("File", size(row.get("file_size"))), ("Free pages", whole(free))),
                effect=f"The file shrinks by about {size(unused)}: its free pages times their size.",
                effort=Effort.MINUTES,
                strength=0.5 + 0.5 * free / pages,
                magnitude=unused,
                action=Cure("vacuum_database", {}),
            )


@rule("write_ahead_log", Area.DATABASE, 0.6, ("database.wal_size", "database.write_ms", "database.read_ms", *SPACE))
def write_ahead_log(facts: Facts) -> Iterator[Case]:
    for host in facts.hosts:
        log = host.database.of("wal_size")
        if facts.limits.vendor == "sqlite" and log >= LOG_BYTES:
            yield Case(
                subject="write-ahead log",
                title=f"The write-ahead log has grown to {size(log)}",
                cause="Somebody always read while it could have been emptied, so every read looks through it.",
                cure="Empty it by a checkpoint, and end transactions that read for long.",
                evidence=(("Log", size(log)), ("File", size(host.database.get("file_size")))),
                effect=f"The log is empty again, {size(log)} less on the disk, if nobody reads just then.",
                effort=Effort.MINUTES,
                strength=0.6 + 0.4 * min(1.0, log / (4 * LOG_BYTES)),
                magnitude=log,
                action=Cure("optimize_database", {}),
            )


@rule("failing_statements", Area.DATABASE, 0.8, ("database.query_error_rate", "application.error_percent"))
def failing_statements(facts: Facts) -> Iterator[Case]:
    """Statements that the database refuses."""
    for host in facts.hosts:
        statements = host.database.members("statements")
        worst = max(statements, key=lambda statement: statement.of("errors"), default=Row())
        errors, runs = worst.of("errors"), worst.of("count")
        if errors < ERRORS or errors < ERROR_SHARE * runs:
            continue
        yield Case(
            subject=worst.text("fingerprint"),
            title="The database refuses a statement again and again",
            cause=f"{whole(errors)} of {whole(runs)} runs of one statement failed since the sample before.",
            cure="See the error in the log: a lock, a missing migration, a broken constraint, or no room left.",
            evidence=(
                ("Failed", whole(errors)),
                ("Runs", whole(runs)),
                ("Failed statements", f"{whole(60 * host.database.of('query_error_rate'))}/min"),
                ("Statement", worst.text("statement") or "not known"),
            ),
            effect="Requests and jobs that run it no longer fail: those that failed above.",
            effort=Effort.HOURS,
            strength=0.7 + 0.3 * min(1.0, errors / max(1.0, runs)),
            magnitude=errors,
            touches=(worst.text("fingerprint"), worst.text("statement")),
        )
