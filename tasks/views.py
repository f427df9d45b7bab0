"""The pages of jobs. Each has one moving part, which the page's own address answers alone when htmx asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from tasks import registry, services
from tasks.choices import IN_FLIGHT, State
from tasks.filters import JobFilter
from tasks.models import Job
from tasks.presenters import pretty, row_of
from tasks.selectors import job_for, owns, subject_url, visible_to
from valor.accounts.roles import is_operator
from valor.lib.errors import Conflict
from valor.lib.pages import is_htmx, missing_is_404

PAGE = 25
# When the page asks again, in milliseconds: while something moves, and when nothing does.
FAST, SLOW = 500, 5000


def show(request: HttpRequest, page: str, fragment: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The whole page, or only its moving part when htmx asks."""
    response = render(request, fragment if is_htmx(request) else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    chosen = JobFilter(request.GET, visible_to(request.user))
    page = Paginator(chosen.qs, PAGE).get_page(request.GET.get("page"))
    rows = [row_of(job) for job in page]
    moving = any(row["state"] in IN_FLIGHT for row in rows)
    context = {
        "rows": rows,
        "page": page,
        "query": query_of(request),
        "filtered": bool(request.GET.get("state") or request.GET.get("kind")),
        "states": State.choices,
        "kinds": [(spec.kind, spec.title) for spec in registry.declared()],
        "everybody": is_operator(request.user),
        "ask_again": FAST if moving else SLOW,
    }
    return show(request, "tasks/jobs.html", "tasks/_jobs.html", context)


def query_of(request: HttpRequest) -> str:
    """The filters as a query string, for the links of the pages and for the poll."""
    kept = QueryDict(mutable=True)
    for name in ("state", "kind"):
        if request.GET.get(name):
            kept[name] = request.GET[name]
    return kept.urlencode()


@require_safe
@missing_is_404
def job_detail(request: HttpRequest, job_id: UUID) -> HttpResponse:
    return show_job(request, job_for(request.user, job_id))


def show_job(request: HttpRequest, job: Job, notice: str = "", status: int = 200) -> HttpResponse:
    is_owner = owns(job, request.user)
    context = {
        "job": job,
        "row": row_of(job),
        "subject_url": subject_url(job),
        "parameters": pretty(job.parameters) if is_owner else "",
        "result": pretty(job.result) if is_owner and job.result is not None else "",
        "sees_fault": is_operator(request.user),
        "notice": notice,
        "ask_again": SLOW if job.is_finished else FAST,
    }
    return show(request, "tasks/job.html", "tasks/_job.html", context, status)


@require_POST
@missing_is_404
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    return act(request, job_id, services.cancel)


@require_POST
@missing_is_404
def retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    return act(request, job_id, services.retry)


def act(request: HttpRequest, job_id: UUID, move: Callable[[Job], Job]) -> HttpResponse:
    """Does it and shows the job as it stands then; a refusal is said on the page."""
    job = job_for(request.user, job_id)
    try:
        move(job)
    except Conflict as refusal:
        return show_job(request, job_for(request.user, job_id), notice=refusal.message, status=refusal.status)
    return show_job(request, job) if is_htmx(request) else redirect("tasks:job", job_id=job.pk)
