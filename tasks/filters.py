"""Which jobs a list shows, on the page, in the API and on the command line: by state, kind and owner."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db.models import QuerySet

from tasks import registry
from tasks.choices import State
from tasks.models import Job
from valor.lib.errors import InvalidInput, Problem

NAMES = ("state", "kind", "owner")


def asked(query: Mapping[str, str]) -> dict[str, str]:
    """The filters in a query string, without those that are empty."""
    return {name: value for name in NAMES if (value := query.get(name, "").strip())}


def narrowed(jobs: QuerySet[Job], wanted: Mapping[str, str], *, by_owner: bool) -> QuerySet[Job]:
    """Those of *jobs* that fit; InvalidInput names every filter that can't be meant. Only operators ask *by_owner*."""
    problems = [*state_problems(wanted), *kind_problems(jobs, wanted), *owner_problems(wanted, by_owner)]
    if problems:
        raise InvalidInput("This filter can't be used.", problems=problems)
    columns = {"state": "state", "kind": "kind", "owner": "owner__username"}
    return jobs.filter(**{columns[name]: value for name, value in wanted.items()})


def state_problems(wanted: Mapping[str, str]) -> list[Problem]:
    state = wanted.get("state")
    if state is None or state in State.values:
        return []
    return [Problem("state", state, "There is no such state.", f"Use one of {', '.join(State.values)}.")]


def kind_problems(jobs: QuerySet[Job], wanted: Mapping[str, str]) -> list[Problem]:
    """A kind that nothing declares is fine as long as an older release left jobs of it."""
    kind = wanted.get("kind")
    if kind is None or registry.find(kind) or ("\0" not in kind and jobs.filter(kind=kind).exists()):
        return []
    return [Problem("kind", kind, "There is no such kind of job.", f"Use one of {', '.join(registry.kinds())}.")]


def owner_problems(wanted: Mapping[str, str], by_owner: bool) -> list[Problem]:
    owner = wanted.get("owner")
    if owner is None:
        return []
    if not by_owner:
        return [Problem("owner", owner, "Only operators see the jobs of others.", "Leave the owner out.")]
    if "\0" not in owner and User.objects.filter(username=owner).exists():
        return []
    return [Problem("owner", owner, "There is no such user.", "Use a user name as the list shows it.")]
