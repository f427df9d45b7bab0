"""The cache: Redis that is away, a stampede, a namespace that drives out the others, lifetimes, warming."""

from __future__ import annotations

from collections.abc import Iterator

from performance.analysis.rules.base import CPU, HITS, LATENCY, Area, Case, Cure, Effort, fullness, named, rule
from performance.analysis.rules.facts import Facts, Host, Row
from performance.analysis.rules.words import share, size, took, whole

SHARED = named("cache", "breakers_open shared_p50_ms shared_p95_ms shared_hit_percent shared_percent")
LOCAL = named("cache", "eviction_rate local_percent local_hit_percent local_entries local_bytes")
LOOKUPS, LOW_HITS = 100.0, 70.0
SLOW_MS, REDIS_FULL = 50.0, 85.0
JOINED, JOINED_A_SECOND, PER_COMPUTED = 20.0, 1.0, 4.0
FULL, EVICTIONS_A_SECOND, DOMINATES = 90.0, 1.0, 0.5
AGAIN = 3.0  # computations for each entry held, within one interval: the same ones come back
YOUNG = 600.0


def name_of(namespace: Row) -> str:
    return namespace.text("name")


def asked(namespace: Row) -> float:
    return namespace.of("hits") + namespace.of("misses")


@rule("redis_away", Area.CACHE, 1.0, (*SHARED, *HITS, *LATENCY, "cache.local_percent", "cache.eviction_rate"))
def redis_away(facts: Facts) -> Iterator[Case]:
    open_now = sum(host.cache.of("breakers_open") for host in facts.hosts)
    breakers = [breaker for host in facts.hosts for breaker in host.cache.members("breakers")]
    if not open_now:
        return
    reason = next((breaker.text("reason") for breaker in breakers if breaker.text("reason")), "no reason was told")
    hangs = "time" in reason.lower()
    yield Case(
        subject="Redis",
        title="Redis hangs" if hangs else "Redis does not answer",
        cause=f"{whole(open_now)} processes go on without the shared cache: {reason}.",
        cure="See what keeps it (a slow command, swapping, a full disk), restart it where nothing does."
        if hangs
        else "Start it, and check REDIS_URL and the way to it.",
        evidence=(
            ("Processes without it", whole(open_now)),
            ("Reason", reason),
            ("p95 of a call", took(max((host.cache.of("shared_p95_ms") for host in facts.hosts), default=0) / 1000)),
        ),
        effect="Results are shared between processes again; the breaker closes by itself within seconds.",
        effort=Effort.MINUTES,
        strength=1.0,
        magnitude=open_now,
        touches=("redis", "Redis", *(breaker.text("pid") for breaker in breakers)),
    )


@rule("redis_slow", Area.CACHE, 0.85, (*SHARED, *LATENCY))
def redis_slow(facts: Facts) -> Iterator[Case]:
    for host in facts.hosts:
        row = host.cache
        if row.over("shared_p95_ms", SLOW_MS) and not row.of("breakers_open"):
            yield Case(
                subject="Redis",
                title=f"Redis takes {took(row.of('shared_p95_ms') / 1000)} for a call",
                cause="A call to the shared cache, usually under a millisecond, takes long.",
                cure="Look at SLOWLOG and the memory of Redis; put it nearer, or keep large values out of it.",
                evidence=(
                    ("p95 of a call", took(row.of("shared_p95_ms") / 1000)),
                    ("Median", took(row.of("shared_p50_ms") / 1000)),
                    ("Its memory", share(row.get("shared_percent"))),
                ),
                effect="Each call that the local tier can't answer gets faster by the difference to a millisecond.",
                effort=Effort.HOURS,
                strength=0.6 + 0.4 * min(1.0, row.of("shared_p95_ms") / 500),
                magnitude=row.of("shared_p95_ms"),
                touches=("redis", "Redis"),
            )


@rule("redis_full", Area.CACHE, 0.9, named("cache", "shared_percent shared_bytes shared_hit_percent"))
def redis_full(facts: Facts) -> Iterator[Case]:
    for host in facts.hosts:
        row = host.cache
        if not row.over("shared_percent", REDIS_FULL):
            continue
        worst = max(row.members("namespaces"), key=lambda space: space.of("bytes"), default=Row())
        name = name_of(worst)
        yield Case(
            subject="Redis memory",
            title="The memory of Redis is full",
            cause=f"{share(row.get('shared_percent'))} of it are used; the largest namespace is {name or 'not known'}.",
            cure="Raise maxmemory, or keep results for less time; with allkeys-lru it makes room by itself.",
            evidence=(
                ("In use", share(row.get("shared_percent"))),
                ("Bytes", size(row.get("shared_bytes"))),
                ("Largest in local memory", f"{name or 'none'} {size(worst.get('bytes'))}"),
            ),
            effect="Results stay until they expire, instead of being driven out or refused; not estimated.",
            effort=Effort.MINUTES,
            strength=0.7 + 0.3 * min(1.0, row.of("shared_percent") / 100),
            magnitude=fullness(row.of("shared_percent")),
            touches=tuple(filter(None, (name,))),
        )


@rule("stampede", Area.CACHE, 0.98, ("cache.joined_rate", *HITS, *LATENCY, *CPU))
def stampede(facts: Facts) -> Iterator[Case]:
    """Many callers for one result that is not there: they wait for each other's computation."""
    for host in facts.hosts:
        for space in host.cache.members("namespaces"):
            joined, computed = space.of("joined"), space.of("computed")
            many = joined >= JOINED or host.cache.over("joined_rate", JOINED_A_SECOND)
            if not many or joined < PER_COMPUTED * max(1.0, computed):
                continue
            each = space.of("compute_seconds") / computed if computed else None
            yield Case(
                subject=name_of(space),
                title=f"Callers stampede for results of {name_of(space)}",
                cause=f"{whole(joined)} callers waited for {whole(computed)} computations of {took(each)} each.",
                cure="Refresh before the end (early), serve the expired meanwhile (stale), or warm it beforehand.",
                evidence=(
                    ("Callers that waited", whole(joined)),
                    ("Results computed", whole(computed)),
                    ("One computation", took(each)),
                    ("Expired ones served", whole(space.of("stale"))),
                ),
                effect=f"Up to {whole(joined)} callers an interval wait {took(each)} less: counted in the last one.",
                effort=Effort.HOURS,
                strength=0.7 + 0.3 * min(1.0, joined / 200),
                magnitude=joined,
                touches=(name_of(space),),
                action=Cure("warm_cache", {}) if facts.limits.shared_cache else None,
            )


@rule("namespace_thrashes", Area.CACHE, 0.96, (*LOCAL, *HITS, *LATENCY))
def namespace_thrashes(facts: Facts) -> Iterator[Case]:
    """One namespace fills the local tier and drives the others out."""
    for host in facts.hosts:
        spaces = host.cache.members("namespaces")
        full = host.cache.over("local_percent", FULL) and host.cache.over("eviction_rate", EVICTIONS_A_SECOND)
        if full and spaces:
            worst, part = dominating(spaces)
            if part >= DOMINATES and worst.of("writes"):
                yield thrashing_case(facts, host, worst, part)


def dominating(spaces: tuple[Row, ...]) -> tuple[Row, float]:
    """The namespace that writes most, and its share of all writes."""
    worst = max(spaces, key=lambda space: (space.of("writes"), space.of("bytes")))
    total = sum(space.of("writes") for space in spaces)
    return worst, worst.of("writes") / total if total else 0.0


def thrashing_case(facts: Facts, host: Host, space: Row, part: float) -> Case:
    name, row = name_of(space), host.cache
    return Case(
        subject=name,
        title=f"The namespace {name} drives the others out of local memory",
        cause=f"{share(100 * part)} of the writes are {name}'s; the local tier is full and drops "
        f"{whole(row.get('eviction_rate'))} values a second before they are asked for again.",
        cure=f"Keep fewer or smaller results of {name} (a coarser key, a shorter lifetime), or raise "
        f"CACHE_LOCAL_ENTRIES ({whole(facts.limits.cache_entries)}) or CACHE_LOCAL_MB.",
        evidence=(
            ("Its writes", whole(space.of("writes"))),
            ("Its share of all writes", share(100 * part)),
            ("Evictions", f"{whole(row.get('eviction_rate'))}/s"),
            ("Its entries", whole(space.get("entries"))),
            ("Its bytes", size(space.get("bytes"))),
        ),
        effect="The others stay in memory, and hits rise from "
        f"{share(row.get('local_hit_percent'))}; by how much is not estimated.",
        effort=Effort.HOURS,
        strength=0.7 + 0.3 * part,
        magnitude=row.of("eviction_rate"),
        touches=(name,),
        action=Cure("clear_namespace", {"namespace": name}) if facts.limits.shared_cache else None,
    )


@rule("lifetime_too_short", Area.CACHE, 0.8, (*HITS, *LATENCY))
def lifetime_too_short(facts: Facts) -> Iterator[Case]:
    """The same few results are computed over and over though nothing drives them out."""
    for host in facts.hosts:
        if host.cache.of("eviction_rate") >= EVICTIONS_A_SECOND or host.cache.of("breakers_open"):
            continue
        for space in host.cache.members("namespaces"):
            computed, held = space.of("computed"), max(1.0, space.of("entries"))
            if asked(space) < LOOKUPS or computed < AGAIN * held or 100 * space.of("hits") >= LOW_HITS * asked(space):
                continue
            yield Case(
                subject=name_of(space),
                title=f"Results of {name_of(space)} do not live long enough",
                cause=f"{whole(held)} entries were computed {whole(computed)} times, though none was driven out.",
                cure="Give them a longer lifetime (ttl), and invalidate by tag where the data changes.",
                evidence=(
                    ("Hits", share(100 * space.of("hits") / asked(space))),
                    ("Lookups", whole(asked(space))),
                    ("Computed", whole(computed)),
                    ("Entries", whole(space.of("entries"))),
                    ("Computing", took(space.get("compute_seconds"))),
                ),
                effect=f"Up to {took(space.of('compute_seconds') * (1 - held / computed))} of computing less in each "
                "interval: all but the first computation of each entry.",
                effort=Effort.MINUTES,
                strength=0.6 + 0.4 * min(1.0, computed / (10 * held)),
                magnitude=computed,
                touches=(name_of(space),),
            )


@rule("warm_after_start", Area.CACHE, 0.75, (*HITS, *LATENCY))
def warm_after_start(facts: Facts) -> Iterator[Case]:
    """Misses of processes that have only just begun."""
    for host in facts.hosts:
        row, age = host.cache, host.application.get("uptime_least")
        young = age is not None and age < YOUNG
        low = row.over("lookup_count", LOOKUPS) and row.under("hit_percent", LOW_HITS)
        if young and low and row.of("eviction_rate") < EVICTIONS_A_SECOND and not row.of("breakers_open"):
            yield Case(
                subject=host.name,
                title="The cache is cold after a start",
                cause=f"The youngest process is {took(age)} old, and {share(row.get('hit_percent'))} of lookups hit.",
                cure="Warm the cache after each deployment: manage.py warm_cache.",
                evidence=(("Hits", share(row.get("hit_percent"))), ("Lookups", whole(row.get("lookup_count")))),
                effect="The declared results are there before anybody asks; the rest comes with use.",
                effort=Effort.MINUTES,
                strength=0.7,
                magnitude=fullness(100 - row.of("hit_percent")),
                action=Cure("warm_cache", {}) if facts.limits.shared_cache else None,
            )


@rule("low_hit_ratio", Area.CACHE, 0.5, HITS)
def low_hit_ratio(facts: Facts) -> Iterator[Case]:
    """The plain figure, with the namespace that misses most: for want of a better explanation."""
    for host in facts.hosts:
        row = host.cache
        spaces = row.members("namespaces")
        if not (row.over("lookup_count", LOOKUPS) and row.under("hit_percent", LOW_HITS)) or not spaces:
            continue
        worst = max(spaces, key=lambda space: space.of("misses"))
        yield Case(
            subject=name_of(worst),
            title=f"Few lookups of {name_of(worst)} find anything",
            cause=f"{whole(worst.of('misses'))} of {whole(asked(worst))} lookups missed: most keys are asked for once.",
            cure="Make its keys coarser, so that more callers share a result, or do not cache it.",
            evidence=(
                ("Hits of all", share(row.get("hit_percent"))),
                ("Its misses", whole(worst.of("misses"))),
                ("Its lookups", whole(asked(worst))),
            ),
            effect="Hits rise by at most the share of its misses in all lookups: "
            f"{share(100 * worst.of('misses') / max(1.0, row.of('lookup_count')))}.",
            effort=Effort.HOURS,
            strength=0.5 + 0.5 * (1 - row.of("hit_percent") / 100),
            magnitude=worst.of("misses"),
            touches=(name_of(worst),),
        )
