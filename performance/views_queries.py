"""The pages of slow and repeated statements, for operators."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from performance.database.evidence import Step
from performance.database.filters import RepeatedQueryFilter, SlowQueryFilter
from performance.database.selectors import busiest, repeated_queries, slow_queries, slow_query
from performance.models import SlowQuery
from valor.accounts.roles import operator_required
from valor.lib.pages import missing_is_404

PAGE = 25
FILTERS = ("route", "search")


@require_safe
@never_cache
@operator_required
def queries(request: HttpRequest) -> HttpResponse:
    """What was slow, what repeats itself, and what takes most time."""
    slow = SlowQueryFilter(request.GET, slow_queries()).qs
    repeated = RepeatedQueryFilter({name: request.GET.get(name, "") for name in FILTERS}, repeated_queries()).qs
    context = {
        "slow": page_of(request, slow, "page"),
        "repeated": page_of(request, repeated, "repeated_page"),
        "busiest": busiest(),
        "query": kept(request),
        "filtered": any(request.GET.get(name) for name in FILTERS),
        "limit": settings.SLOW_QUERY_SECONDS,
        "times": settings.REPEATED_QUERY_LIMIT,
    }
    return render(request, "performance/queries.html", context)


def page_of(request: HttpRequest, rows: Any, name: str) -> Page[Any]:
    return Paginator(rows, PAGE).get_page(request.GET.get(name))


def kept(request: HttpRequest) -> str:
    """The filters as a query string, for the links of the pages."""
    query = QueryDict(mutable=True)
    for name in FILTERS:
        if request.GET.get(name):
            query[name] = request.GET[name]
    return query.urlencode()


@require_safe
@never_cache
@operator_required
@missing_is_404
def query(request: HttpRequest, fingerprint: str) -> HttpResponse:
    """One slow statement: its plan, and what would help."""
    row = slow_query(fingerprint)
    context = {
        "row": row,
        "plan": plan_of(row),
        "routes": sorted(row.routes.items(), key=lambda item: -item[1]),
        "repeated": repeated_queries().filter(fingerprint=fingerprint)[:PAGE],
    }
    return render(request, "performance/query.html", context)


def plan_of(row: SlowQuery) -> list[tuple[str, Step]]:
    """The steps, each behind its indent: a text, since a style attribute is not allowed."""
    steps = [Step(**step) for step in row.plan]
    return [("\u2003" * step.depth, step) for step in steps]
