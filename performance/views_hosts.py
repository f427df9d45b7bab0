"""The page of all hosts, and what is done about one that is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from performance import retirement, views
from performance.boards import Board, Lead
from performance.metrics import SYSTEM
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


HOSTS = Table("hosts", SYSTEM, "performance/hosts.html", ("status", "hosts"))
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
