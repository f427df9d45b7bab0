"""The background jobs that look at whole sets of prices: reports of very large ones, and cleaning.

NumPy and the engines are imported inside the functions: a worker must not load them before it forks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modeling.services.price_cleaning import CLEAN_PRICES
from modeling.services.price_reports import PRICE_REPORT
from tasks.errors import SubjectGone
from tasks.registry import job

if TYPE_CHECKING:
    from modeling.models import PriceSet
    from tasks.registry import JobContext


def set_page(job: Any) -> str | None:
    """The page of the set that a job looks at."""
    from modeling.models import PriceSet

    found = PriceSet.objects.filter(pk=job.parameters.get("price_set")).first()
    return found.get_absolute_url() if found else None


def set_of(parameters: dict[str, Any]) -> PriceSet:
    from modeling.models import PriceSet

    found = PriceSet.objects.filter(pk=parameters["price_set"]).first()
    if found is None:
        raise SubjectGone
    return found


@job(PRICE_REPORT, title="Report of prices", timeout=1800, result_ttl=24 * 3600, subject_url=set_page)
def price_report(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Quality, statistics and correlation of a whole set."""
    from modeling.prices.report_request import ReportRequest
    from modeling.prices.reports import correlation_report, quality_report, statistics_report
    from modeling.selectors_prices import read_panel
    from modeling.selectors_reports import grown_state, periods_of

    price_set, request = set_of(parameters), ReportRequest.from_parameters(parameters["request"])
    ctx.progress(0, 4, "Reading", "The prices are being read")
    panel = read_panel(price_set, request.read, request.first, request.last)
    ctx.progress(1, 4, "Quality", "The quality of the prices is being judged")
    quality = quality_report(panel)
    ctx.progress(2, 4, "Statistics", "Returns, risk and tails are being computed")
    state = grown_state(price_set, request, panel)
    statistics = statistics_report(panel, request, periods_of(price_set), state)
    ctx.progress(3, 4, "Correlation", "Correlations are being computed")
    return {"quality": quality, "statistics": statistics, "correlation": correlation_report(panel)}


def made_set(job: Any) -> str | None:
    """The page of the new set; until it is there, that of its source."""
    from modeling.models import PriceSet

    pk = (job.result or {}).get("price_set") or job.parameters.get("price_set")
    found = PriceSet.objects.filter(pk=pk).first()
    return found.get_absolute_url() if found else None


@job(CLEAN_PRICES, title="Cleaning of prices", timeout=1800, result_ttl=0, subject_url=made_set)
def clean_prices(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Makes a new set of what rules make of another's prices."""
    from django.contrib.auth import get_user_model

    from modeling.services.price_cleaning import clean_set

    source, owner = set_of(parameters), get_user_model().objects.filter(pk=parameters["owner"]).first()
    if owner is None:
        raise SubjectGone
    ctx.progress(0, 1, "Cleaning", f"{source.name} is being cleaned")
    made = clean_set(source, parameters["rules"], owner=owner, name=parameters["name"], job_id=ctx.job_id)
    count = made.cleaning["repair_count"] if made.cleaning else 0
    return {"price_set": made.pk, "name": made.name, "repair_count": count}
