"""What a process, or many together, counted: merged without loss, subtracted, and small as JSON. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, Self, TypeVar

from performance.histogram import Histogram

OTHER = "other"
MOST_SERIES = 50  # of a name
MOST_TASKS = 2000  # More than all routes with their methods and outcomes: nobody can use them up by asking.
PARTS = ("cpu", "database", "cache", "outside")
SUMS = (*PARTS, "statements", "statement_errors")

Labels = tuple[tuple[str, str], ...]
K = TypeVar("K")


class Kind(StrEnum):
    """What a name stands for."""

    COUNT = "count"
    VALUES = "values"
    SECONDS = "seconds"

    @property
    def about(self) -> str:
        return {"count": "counted", "values": "observed", "seconds": "measured"}[self.value]


class Mergeable(Protocol):
    def merge(self, other: Any) -> Self: ...

    def minus(self, earlier: Any) -> Self: ...


@dataclass
class Counted:
    """The values of one series, and how many of the calls behind them failed."""

    values: Histogram = field(default_factory=Histogram)
    errors: int = 0

    def merge(self, other: Counted) -> Self:
        self.values.merge(other.values)
        self.errors += other.errors
        return self

    def minus(self, earlier: Counted) -> Counted:
        return Counted(self.values.minus(earlier.values), max(0, self.errors - earlier.errors))


@dataclass
class Spent:
    """Seconds of requests or jobs, the bytes of the answers, and sums by SUMS: parts of the seconds, and statements."""

    times: Histogram = field(default_factory=Histogram)
    sizes: Histogram = field(default_factory=Histogram)
    sums: list[float] = field(default_factory=lambda: [0.0] * len(SUMS))

    @property
    def named(self) -> dict[str, float]:
        return dict(zip(SUMS, self.sums, strict=True))

    def merge(self, other: Spent) -> Self:
        self.times.merge(other.times)
        self.sizes.merge(other.sizes)
        self.sums = [ours + theirs for ours, theirs in zip(self.sums, other.sums, strict=True)]
        return self

    def minus(self, earlier: Spent) -> Spent:
        sums = [max(0.0, now - before) for now, before in zip(self.sums, earlier.sums, strict=True)]
        return Spent(self.times.minus(earlier.times), self.sizes.minus(earlier.sizes), sums)


@dataclass(frozen=True)
class Task:
    """What was worked at: ``kind`` request or job, its route or kind, the method, and the status or outcome."""

    kind: str
    name: str
    method: str
    status: str

    @property
    def shared(self) -> Task:
        """What it is counted as where there is no room for one more: of errors that they are some is still told."""
        if self.name == OTHER:
            return self
        status = f"{self.status[0]}xx" if self.status.isdigit() else OTHER
        return Task(self.kind, OTHER, OTHER, status)


@dataclass
class Totals:
    """Cumulative: by name and labels, by request and job; ``folded`` says by name how many labels shared a series."""

    values: dict[tuple[Kind, str, Labels], Counted] = field(default_factory=dict)
    counts: dict[tuple[str, Labels], float] = field(default_factory=dict)
    work: dict[Task, Spent] = field(default_factory=dict)
    folded: dict[str, int] = field(default_factory=dict)

    def merge(self, other: Totals) -> Self:
        """Adds what *other* counted; what the two share is left as it is in *other*."""
        merge_into(self.values, other.values, Counted)
        merge_into(self.work, other.work, Spent)
        for key, amount in other.counts.items():
            self.counts[key] = self.counts.get(key, 0) + amount
        for name, number in other.folded.items():
            self.folded[name] = self.folded.get(name, 0) + number
        return self

    def minus(self, earlier: Totals) -> Totals:
        """What was counted since *earlier*; what did not grow is left out."""
        since = Totals()
        since.values = {key: more for key, more in less(self.values, earlier.values) if more.values.buckets}
        since.work = {key: more for key, more in less(self.work, earlier.work) if more.times.buckets}
        grown = {key: amount - earlier.counts.get(key, 0) for key, amount in self.counts.items()}
        since.counts = {key: amount for key, amount in grown.items() if amount > 0}
        folded = {name: number - earlier.folded.get(name, 0) for name, number in self.folded.items()}
        since.folded = {name: number for name, number in folded.items() if number > 0}
        return since

    def only(self, *names: str) -> Totals:
        """Of these names alone, for who asks for nothing else; what the two share is not to be changed."""
        some = Totals()
        some.values = {key: counted for key, counted in self.values.items() if key[1] in names}
        some.counts = {key: amount for key, amount in self.counts.items() if key[0] in names}
        return some

    def as_json(self) -> dict[str, Any]:
        return {
            "values": [
                [kind, name, dict(labels), counted.errors, counted.values.as_json()]
                for (kind, name, labels), counted in self.values.items()
            ],
            "counts": [[name, dict(labels), amount] for (name, labels), amount in self.counts.items()],
            "work": [
                [
                    *(task.kind, task.name, task.method, task.status),
                    [round(amount, 6) for amount in spent.sums],
                    *(spent.times.as_json(), spent.sizes.as_json()),
                ]
                for task, spent in self.work.items()
            ],
            "folded": self.folded,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """From ``as_json``; what a process of an older release did not tell is empty."""
        made = cls()
        for kind, name, labels, errors, packed in data.get("values", ()):
            made.values[Kind(kind), name, labels_of(labels)] = Counted(Histogram.from_json(packed), errors)
        for name, labels, amount in data.get("counts", ()):
            made.counts[name, labels_of(labels)] = amount
        for kind, name, method, status, sums, times, sizes in data.get("work", ()):
            spent = Spent(Histogram.from_json(times), Histogram.from_json(sizes), list(sums))
            made.work[Task(kind, name, method, status)] = spent
        made.folded = dict(data.get("folded", {}))
        return made


M = TypeVar("M", bound=Mergeable)


def labels_of(labels: Mapping[str, str]) -> Labels:
    """In order of their names: databases keep JSON in an order of their own."""
    return tuple(sorted(labels.items()))


def merge_into(ours: dict[K, M], theirs: Mapping[K, M], empty: Callable[[], M]) -> None:
    for key, more in theirs.items():
        if key not in ours:
            ours[key] = empty()
        ours[key].merge(more)


def less(now: Mapping[K, M], earlier: Mapping[K, M]) -> list[tuple[K, M]]:
    return [(key, found.minus(earlier[key]) if key in earlier else found) for key, found in now.items()]
