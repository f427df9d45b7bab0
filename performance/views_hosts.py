"""The page of all hosts, and what is done about one that is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from performance import retirement, views
from performance.boards import Board, Lead
from performance.hosts import Hosts, hosts_at
from performance.metrics import SYSTEM
from performance.models.samples import Sample
from performance.news import News
from performance.panels import Panel
from valor.accounts.roles import operator_required
from valor.lib.errors import ValorError


@dataclass(frozen=True)
class Table(Board):
    """A board that is one table, without cards and charts."""

    @property
    def panels(self) -> list[type[Panel]]:
        return []

    @property
    def cards(self) -> tuple[Lead, ...]:
        return ()


class HostsNews(News):
    """How each host is, who samples it and what runs there: most of it is bound to no sample of the one looked at."""

    @cached_property
    def hosts(self) -> Hosts:
        return hosts_at(self.now, self.status, self.glance)

    def marks(self) -> Iterable[object]:
        yield from super().marks()
        yield from (host.marks for host in self.hosts.there)
        yield from ((host.name, host.last_seen, host.retirement and host.retirement.pk) for host in self.hosts.gone)
        yield self.hosts.more_gone

    def context(self, sample: Sample | None) -> dict[str, Any]:
        return {"found": self.hosts}


HOSTS = Table("hosts", SYSTEM, "performance/hosts.html", ("status", "hosts", "hosts_gone"), news=HostsNews)
page = views.page_of(HOSTS)
data = views.data_of(HOSTS)


@require_POST
@operator_required
def retire(request: HttpRequest) -> HttpResponse:
    """Undone by the button that stands with the host from then on, and by its next sample."""
    return done(request, retirement.retire, "{} is retired. With its next sample it is back by itself.")


@require_POST
@operator_required
def restore(request: HttpRequest) -> HttpResponse:
    return done(request, retirement.restore, "{} is in service again: its samples are awaited.")


def done(request: HttpRequest, move: Callable[..., Any], words: str) -> HttpResponse:
    host = request.POST.get("host", "")
    try:
        move(host=host, by=request.user)
    except ValorError as error:
        said = [f"{problem.field} “{problem.value}”: {problem.message} {problem.remedy}" for problem in error.problems]
        messages.error(request, " ".join(said) or error.message)
    else:
        messages.success(request, words.format(host))
    return redirect("performance:hosts")
