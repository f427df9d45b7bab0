"""Reports of very large sets: made by a job, and found again by what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modeling.models import PriceSet
from modeling.prices.report_request import ReportRequest
from tasks import selectors as job_selectors
from tasks import services as job_services
from tasks.models import Job

PRICE_REPORT = "modeling.price_report"


def parameters_of(price_set: PriceSet, request: ReportRequest) -> dict[str, Any]:
    """The revision is among them: a report of older prices is another one."""
    return {"price_set": price_set.pk, "revision": price_set.revision, "request": request.parameters()}


def start_report(price_set: PriceSet, request: ReportRequest, *, owner: Any) -> Job:
    """Queues the report; an equal one that is under way, or was made within the day, is that one."""
    return job_services.submit(PRICE_REPORT, parameters_of(price_set, request), owner=owner, label=price_set.name)


def report_job(price_set: PriceSet, request: ReportRequest, user: Any) -> Job | None:
    """The user's newest report of these prices, whatever state it is in."""
    wanted = parameters_of(price_set, request)
    newest = job_selectors.visible_to(user).filter(kind=PRICE_REPORT, owner=user.pk).order_by("-queued_at")[:20]
    return next((job for job in newest if job.parameters == wanted), None)


def made_report(job: Job | None) -> Mapping[str, Any] | None:
    """What a report's job found out, once it has."""
    result: Mapping[str, Any] | None = job.result if job is not None and job.state == "done" else None
    return result
