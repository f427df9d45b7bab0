"""Every host that was ever sampled: how it is, who samples it, what runs there, what is wrong with it.

However many there are, it takes the same few queries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from performance.alerts.choices import AlertState
from performance.alerts.pages import Row, row_of
from performance.alerts.selectors import MOST_OPEN, limit_of, open_alerts
from performance.alerts.sentences import metric_of
from performance.glance import Glance
from performance.host_lines import COLUMNS, Lines, lines_of
from performance.lease import started_at
from performance.metrics import SYSTEM, Metric
from performance.models import Retirement, Role, SamplerLease, SystemSample
from performance.place import NAME as PLACE
from performance.reporter import living
from performance.selectors import in_service, leading_host
from performance.sparkline import Sparkline, sparkline
from performance.units import PERCENT, Shown, lasting, shown
from performance.words import Status, Word

MOST_ALERTS = 3  # of one host, where they are named
MOST_GONE = 50
EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Measure:
    """One figure of a host now, and over the last hour."""

    metric: Metric
    shown: Shown
    wrong: bool
    spark: Sparkline


@dataclass(frozen=True)
class Place:
    """Where a host's processes run, as they tell it; empty where none does."""

    system: str = ""
    python: str = ""
    versions: tuple[str, ...] = ()
    up_since: datetime | None = None


@dataclass(frozen=True)
class HostAlert:
    """An open alert in the row of its host, which need not be named again."""

    row: Row

    @property
    def label(self) -> str:
        return metric_of(self.row.alert).label

    @property
    def fires(self) -> bool:
        return self.row.alert.state == AlertState.FIRING


@dataclass(frozen=True)
class Host:
    """A host in service. *word* and *why* are what the status says of it."""

    name: str
    word: Word
    why: str
    sample: SystemSample | None
    age: str
    lease: SamplerLease
    leads: bool
    held: bool
    measures: tuple[Measure, ...]
    counts: Mapping[str, int]
    place: Place
    alerts: tuple[HostAlert, ...]

    @property
    def retirable(self) -> bool:
        """Nobody samples it, so that it may be gone for good."""
        return self.sample is not None and not self.held

    @property
    def roles(self) -> list[tuple[str, int]]:
        """In words, such as ("web server", 1) and ("workers", 2), in the order of the roles."""
        counted = [(Role(role), self.counts[role]) for role in Role.values if self.counts.get(role)]
        return [(role.label if count == 1 else f"{role.label}s", count) for role, count in counted]

    @property
    def first_alerts(self) -> tuple[HostAlert, ...]:
        return self.alerts[:MOST_ALERTS]

    @property
    def more_alerts(self) -> int:
        return len(self.alerts) - len(self.first_alerts)

    @property
    def open_alerts(self) -> list[int]:
        return [each.row.alert.pk for each in self.alerts]

    @property
    def marks(self) -> tuple[object, ...]:
        """Whatever is shown of it, besides its sample and alerts; how old a sample is from a minute on."""
        age = "" if self.age.endswith(" s") else self.age
        lease = (self.lease.holder, self.lease.interval, self.lease.pinned, self.lease.expires_at, self.held)
        return self.name, self.word, self.why, self.leads, age, *lease, *self.roles, self.place

    @property
    def process(self) -> str:
        """The number of the process that samples it; empty where none does."""
        return self.lease.holder.rpartition(":")[0].rpartition(":")[2]

    @property
    def sampled_since(self) -> datetime | None:
        return started_at(self.lease.holder)


@dataclass(frozen=True)
class Gone:
    """A host out of service: retired, or silent for so long that it must be."""

    name: str
    last_seen: datetime | None
    retirement: Retirement | None


@dataclass(frozen=True)
class Hosts:
    there: tuple[Host, ...] = ()
    gone: tuple[Gone, ...] = ()
    more_gone: int = 0


@dataclass
class Crew:
    """The processes of one host: how many of each role, and what they say of the place."""

    roles: Counter[str] = field(default_factory=Counter)
    places: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """What was read of all hosts at once, by their names."""

    now: datetime
    status: Status
    leader: str | None
    crews: Mapping[str, Crew]
    alerts: Mapping[str, list[HostAlert]]
    lines: Mapping[str, Lines]


def hosts_at(now: datetime, status: Status, glance: Glance | None = None) -> Hosts:
    """All hosts, those in service by name, the others the last seen first."""
    samples = (glance or Glance()).latest(SystemSample)
    leases = SamplerLease.objects.in_bulk()
    serving = {sample.host: sample for sample in in_service(samples)}
    expected = {name for name, lease in leases.items() if lease.expires_at > now}  # perhaps before its first sample
    names = sorted(serving.keys() | expected)
    seen = Seen(now, status, leading_host(now), crews_at(now), alerts_at(now), lines_of(tuple(serving), now))
    there = [host_of(leases[name], serving.get(name), seen) for name in names]
    gone = gone_of([sample for sample in samples if sample.host not in names], leases.keys() - set(names))
    return Hosts(tuple(there), tuple(gone[:MOST_GONE]), max(0, len(gone) - MOST_GONE))


def host_of(lease: SamplerLease, sample: SystemSample | None, seen: Seen) -> Host:
    """One host, from what was read of all of them at once."""
    crew, alerts = seen.crews.get(lease.host, Crew()), seen.alerts.get(lease.host, [])
    word, why = state_of(lease.host, sample, seen.status, alerts)
    return Host(
        name=lease.host,
        word=word,
        why=why,
        sample=sample,
        age=lasting(seen.now - sample.taken_at) if sample else "",
        lease=lease,
        leads=lease.host == seen.leader,
        held=bool(lease.holder) and lease.expires_at > seen.now,
        measures=measures_of(sample, seen.lines.get(lease.host, {}), alerts),
        counts=crew.roles,
        place=place_of(crew),
        alerts=tuple(alerts),
    )


def state_of(host: str, sample: SystemSample | None, status: Status, alerts: Sequence[HostAlert]) -> tuple[Word, str]:
    """The worst that the status says of this host; what it says of no host in particular concerns sampling only."""
    if sample is None:
        return Word.UNKNOWN, "its first sample is awaited"
    wrong = [part for part in status.parts if part.host == host and part.word is not Word.HEALTHY]
    stopped = [part for part in status.parts if part.name == "sampler" and not part.host]
    told = wrong or stopped
    if told:
        return told[0].word, "; ".join(part.sentence for part in told)
    # The status leaves out what another alert explains; beside that alert's own row nothing may be called healthy.
    fires = [each.row.sentence for each in alerts if each.fires]
    return (Word.DEGRADED, fires[0]) if fires else (Word.HEALTHY, "")


def measures_of(sample: SystemSample | None, lines: Lines, alerts: Iterable[HostAlert]) -> tuple[Measure, ...]:
    firing = {each.row.alert.key for each in alerts if each.fires}
    found = []
    for name in COLUMNS:
        limit = limit_of(SYSTEM.name, name)
        spark = sparkline(lines.get(name, ()), share=True, threshold=limit)
        value = shown(getattr(sample, name) if sample else None, PERCENT, digits=0)
        found.append(Measure(SYSTEM.by_name[name], value, (SYSTEM.name, name) in firing, spark))
    return tuple(found)


def crews_at(now: datetime) -> dict[str, Crew]:
    """The product's processes at work, by host."""
    crews: dict[str, Crew] = {}
    for host, role, place in living(now).order_by("-updated_at").values_list("host", "role", f"readings__{PLACE}"):
        crew = crews.setdefault(host, Crew())
        crew.roles[role] += 1
        crew.places.append(place or {})
    return crews


def place_of(crew: Crew) -> Place:
    """As the process tells it that published last; more than one version where some run an older one still."""
    known = [place for place in crew.places if place]
    if not known:
        return Place()
    newest = known[0]
    versions = sorted({str(place.get("version", "")) for place in known} - {""})
    boot = newest.get("boot")
    up_since = datetime.fromtimestamp(boot, UTC) if isinstance(boot, (int, float)) else None
    return Place(str(newest.get("system", "")), str(newest.get("python", "")), tuple(versions), up_since)


def alerts_at(now: datetime) -> dict[str, list[HostAlert]]:
    """The open alerts of each host, the worst first."""
    found: dict[str, list[HostAlert]] = {}
    for alert in open_alerts().exclude(host="")[:MOST_OPEN]:
        found.setdefault(alert.host, []).append(HostAlert(row_of(alert, now)))
    return found


def gone_of(samples: Sequence[SystemSample], names: Iterable[str]) -> list[Gone]:
    """The hosts out of service, with who retired them; one that never was sampled comes last."""
    seen = {sample.host: sample for sample in samples}
    retired = [name for name, sample in seen.items() if sample.retired]
    rows = Retirement.objects.filter(host__in=retired, undone_at=None).select_related("retired_by").order_by("pk")
    retirements = {row.host: row for row in rows} if retired else {}
    gone = [Gone(name, seen[name].taken_at if name in seen else None, retirements.get(name)) for name in names]
    return sorted(gone, key=lambda each: (each.last_seen is None, -(each.last_seen or EPOCH).timestamp(), each.name))
