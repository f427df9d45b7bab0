"""The pages of jobs. Each has one moving part, which the page's own address answers alone when htmx asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from tasks import registry, services
from tasks.choices import IN_FLIGHT, State
from tasks.filters import asked, narrowed
from tasks.models import Job
from tasks.presenters import log_lines, pretty, retried_in_words, row_of
from tasks.selectors import job_for, owns, parts_at_work, subject_url, visible_to, worker_of
from valor.accounts.roles import is_operator, operator_required
from valor.lib.errors import Conflict, InvalidInput
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
    """A filter that can't be meant is named with the remedy, and all jobs are shown."""
    operator = is_operator(request.user)
    jobs, wanted, error = visible_to(request.user), asked(request.GET), None
    try:
        jobs = narrowed(jobs, wanted, by_owner=operator)
    except InvalidInput as refused:
        error, wanted = refused, {}
    page = Paginator(jobs, PAGE).get_page(request.GET.get("page"))
    rows = [row_of(job, request.user) for job in page]
    moving = any(row["state"] in IN_FLIGHT for row in rows)
    context = {
        "rows": rows,
        "page": page,
        "query": urlencode(wanted),
        "wanted": wanted,
        "error": error,
        "states": State.choices,
        "kinds": [(spec.kind, spec.title) for spec in registry.declared()],
        "everybody": operator,
        "ask_again": FAST if moving else SLOW,
        # Dead letters are queued again by kind, so not while only one owner's are in sight.
        "dead": page.paginator.count if operator and wanted.get("state") == "failed" and "owner" not in wanted else 0,
    }
    return show(request, "tasks/jobs.html", "tasks/_jobs.html", context, 400 if error else 200)


@require_POST
@operator_required
def retry_failed(request: HttpRequest) -> HttpResponse:
    """Queues all failed jobs again, or those of one kind, and says how many."""
    wanted = {"state": str(State.FAILED)} | asked({"kind": request.POST.get("kind", "")})
    try:
        narrowed(visible_to(request.user), wanted, by_owner=True)
    except InvalidInput as refused:
        messages.error(request, str(refused))
    else:
        moved, refused_count = services.retry_failed(wanted.get("kind", ""))
        told = messages.warning if refused_count else messages.success
        told(request, retried_in_words(moved, refused_count))
    return redirect(f"{reverse('tasks:jobs')}?{urlencode(wanted)}")


@require_safe
@missing_is_404
def job_detail(request: HttpRequest, job_id: UUID) -> HttpResponse:
    return show_job(request, job_for(request.user, job_id))


def show_job(request: HttpRequest, job: Job, notice: str = "", status: int = 200) -> HttpResponse:
    is_owner, operator = owns(job, request.user), is_operator(request.user)
    context = {
        "job": job,
        "row": row_of(job, request.user),
        "log": log_lines(job),
        "subject_url": subject_url(job) if is_owner else None,
        "parameters": pretty(job.parameters) if is_owner else "",
        "result": pretty(job.result) if is_owner and job.result is not None else "",
        "operator": operator,
        "worker": worker_of(job) if operator else None,
        "parts_at_work": parts_at_work(job),
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
