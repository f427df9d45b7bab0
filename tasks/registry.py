"""Declared jobs: ``@job("modeling.simulate")`` ties a name to its handler and its rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from tasks.choices import Priority
from tasks.context import JobContext
from tasks.errors import UnknownKind
from valor.lib.errors import Problem

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    from tasks.models import Job

__all__ = [
    "JobContext",
    "JobSpec",
    "Priority",
    "Share",
    "declared",
    "find",
    "forget",
    "job",
    "kinds",
    "periodic",
    "spec_of",
    "submittable",
    "title_of",
]

Parameters = dict[str, Any]
Handler = Callable[[JobContext, Parameters], dict[str, Any]]


@dataclass(frozen=True)
class Share:
    """What one part of a split job is to do: parameters on top of the whole job's, and how many units that is."""

    parameters: Parameters
    units: int


@dataclass(frozen=True)
class JobSpec:
    """One kind of job. Times are in seconds.

    Attributes
    ----------
    version : raised when the handler's answer changes; a result of another version answers no request
    timeout : how long one attempt may take; of a split job, each of its parts and the merge
    max_attempts : how often it is begun before it is given up
    result_ttl : how long a result answers equal requests of the same owner
    start_within : the default deadline, after which a job that waits still ends failed; None: it waits for ever
    every : queued by itself each so many seconds, for nobody in particular; None: only on request
    parameters : validates what was asked for and returns its canonical form, before anything is queued
    may_submit : who may submit it through the API; None: nobody, it is submitted by code only
    split, part, merge : ``split`` gives the shares of a job too large for one worker, none where the handler does it
        whole. ``part`` does one share and leaves its work in pieces (``ctx.checkpoint``), ``merge`` makes the result of
        the pieces of all parts, which come in no particular order. All three or none.
    complete : runs in the very transaction that stores the result: both happen, or neither
    failed : runs in the transaction that ends the job as failed
    subject_url : the page that shows what a job works for
    """

    kind: str
    handler: Handler
    title: str
    version: int = 1
    priority: int = Priority.NORMAL
    timeout: float = 600
    max_attempts: int = 3
    result_ttl: float = 3600
    start_within: float | None = None
    every: float | None = None
    parameters: Callable[[Any], Parameters] | None = None
    may_submit: Callable[[User], bool] | None = None
    split: Callable[[Parameters], Sequence[Share]] | None = None
    part: Callable[[JobContext, Parameters], None] | None = None
    merge: Callable[[JobContext, Parameters, Iterator[bytes]], dict[str, Any]] | None = None
    subject_url: Callable[[Job], str | None] | None = None
    complete: Callable[[Job, dict[str, Any]], None] | None = None
    failed: Callable[[Job], None] | None = None

    def __post_init__(self) -> None:
        if len({step is None for step in (self.split, self.part, self.merge)}) > 1:
            raise ImproperlyConfigured(f"The job {self.kind!r} is split by halves: give split, part and merge.")


_specs: dict[str, JobSpec] = {}


def job(kind: str, *, title: str = "", **rules: Any) -> Callable[[Handler], Handler]:
    """Declares the decorated function as the handler of *kind*; the title defaults to its docstring's first line."""

    def declare(handler: Handler) -> Handler:
        if kind in _specs:
            raise ImproperlyConfigured(f"The job {kind!r} is declared twice: give one of the two another name.")
        words = (handler.__doc__ or kind).strip().splitlines()[0].rstrip(".")
        _specs[kind] = JobSpec(kind=kind, handler=handler, title=title or words, **rules)
        return handler

    return declare


def forget(kind: str) -> None:
    """Takes a declaration back; for tests that declare their own."""
    _specs.pop(kind, None)


def kinds() -> list[str]:
    """Every declared kind, sorted."""
    return sorted(_specs)


def declared() -> list[JobSpec]:
    """Every declaration, by kind."""
    return [_specs[kind] for kind in kinds()]


def periodic() -> list[JobSpec]:
    """The declarations of what is queued by itself."""
    return [spec for spec in declared() if spec.every]


def find(kind: str) -> JobSpec | None:
    """The declaration of *kind*, None where an older release queued what this one no longer knows."""
    return _specs.get(kind)


def title_of(kind: str) -> str:
    """What people call *kind*; its own name where nothing declares it any more."""
    spec = _specs.get(kind)
    return spec.title if spec else kind


def submittable(user: User | AnonymousUser) -> list[JobSpec]:
    """The declarations of what *user* may submit from outside."""
    if user.is_anonymous:
        return []
    return [spec for spec in declared() if spec.may_submit and spec.may_submit(user)]


def spec_of(kind: str) -> JobSpec:
    """The declaration of *kind*, or UnknownKind."""
    spec = _specs.get(kind)
    if spec is None:
        known = ", ".join(kinds()) or "none"
        raise UnknownKind(problems=[Problem("kind", kind, "No such job is declared.", f"Use one of: {known}.")])
    return spec
