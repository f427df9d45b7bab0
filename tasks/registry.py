"""Declared jobs: ``@job("modeling.simulate")`` ties a name to its handler and its rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from tasks.choices import Priority
from tasks.context import JobContext
from tasks.errors import UnknownKind
from valor.lib.errors import Problem

if TYPE_CHECKING:
    from tasks.models import Job

__all__ = ["JobContext", "JobSpec", "Priority", "declared", "find", "forget", "job", "kinds", "spec_of"]

Parameters = dict[str, Any]
Handler = Callable[[JobContext, Parameters], dict[str, Any]]


@dataclass(frozen=True)
class JobSpec:
    """One kind of job.

    ``parameters`` validates what was asked for and returns its canonical form, before anything is queued.
    ``complete`` runs in the very transaction that stores the result: both happen, or neither.
    ``timeout`` and ``result_ttl`` are seconds.
    """

    kind: str
    handler: Handler
    title: str
    version: int = 1
    priority: int = Priority.NORMAL
    timeout: float = 600
    max_attempts: int = 3
    result_ttl: float = 3600
    parameters: Callable[[Any], Parameters] | None = None
    subject_url: Callable[[Job], str | None] | None = None
    complete: Callable[[Job, dict[str, Any]], None] | None = None
    failed: Callable[[Job], None] | None = None


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


def find(kind: str) -> JobSpec | None:
    """The declaration of *kind*, None where an older release queued what this one no longer knows."""
    return _specs.get(kind)


def spec_of(kind: str) -> JobSpec:
    """The declaration of *kind*, or UnknownKind."""
    spec = _specs.get(kind)
    if spec is None:
        known = ", ".join(kinds()) or "none"
        raise UnknownKind(problems=[Problem("kind", kind, "No such job is declared.", f"Use one of: {known}.")])
    return spec
