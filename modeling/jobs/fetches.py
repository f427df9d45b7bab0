"""The background jobs that fetch from a provider: prices into a set, a company's statements from the SEC."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from modeling.services.imports import FETCH_COMPANY
from modeling.services.price_fetches import FETCH_PRICES
from tasks.errors import SubjectGone
from tasks.registry import job
from valor.lib.errors import InvalidInput

if TYPE_CHECKING:
    from modeling.models import PriceSet
    from modeling.providers.report import TickerFetch
    from modeling.services.price_fetches import Wanted
    from tasks.registry import JobContext

NAP_SECONDS = 0.5


def checked(parameters: Any) -> dict[str, Any]:
    pk = parameters.get("price_set") if isinstance(parameters, dict) else None
    if isinstance(pk, bool) or not isinstance(pk, int):
        raise InvalidInput.at("price_set", None, "It names no set.", "Ask /api/prices/<id>/fetch/ for it.")
    return {"price_set": pk, **wanted_in(parameters).parameters()}


def wanted_in(parameters: dict[str, Any]) -> Wanted:
    from modeling.services.price_fetches import Wanted

    return Wanted.read(*(parameters[name] for name in ("provider", "tickers", "first", "rule")))


def set_address(job: Any) -> str | None:
    """Where the set that a job fetches into can be read."""
    from modeling.models import PriceSet

    pk = job.parameters["price_set"]
    return reverse("api-price-set", args=[pk]) if PriceSet.objects.filter(pk=pk).exists() else None


@job(
    FETCH_PRICES,
    title="Fetch of prices",
    timeout=3600,
    result_ttl=0,
    parameters=checked,
    subject_url=set_address,
)
def fetch_prices(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Fetches prices from a provider into a set, ticker by ticker."""
    from modeling.models import PriceSet
    from modeling.providers.timing import Timing
    from modeling.services.price_fetches import Fetching, NothingFetched

    def price_set() -> PriceSet:
        found = PriceSet.objects.filter(pk=parameters["price_set"]).first()
        if found is None:
            raise SubjectGone
        return found

    price_set()
    steps = Steps(ctx)
    fetching = Fetching(wanted_in(parameters), price_set, Timing(sleep=steps.rest), steps.progress, steps.keep)
    report = fetching.run(done_before(ctx))
    if report.state == "failed":
        raise NothingFetched(problems=report.problems()[:20])
    return report.as_dict()


class Steps:
    """What the job tells while it works; a cancelled one also ends in the middle of a wait."""

    def __init__(self, ctx: JobContext) -> None:
        self.ctx = ctx
        self.at: tuple[int, int, str, str] = (0, 1, "Fetching", "")

    def progress(self, done: int, total: int, ticker: str) -> None:
        self.at = (done, total, "Fetching", f"{done:,} of {total:,} tickers{f': {ticker}' if ticker else ''}")
        self.ctx.progress(*self.at)

    def rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, NAP_SECONDS))
            self.ctx.progress(*self.at)

    def keep(self, report: TickerFetch) -> None:
        self.ctx.checkpoint(json.dumps(asdict(report)).encode())


def done_before(ctx: JobContext) -> dict[str, TickerFetch]:
    """What earlier attempts have done already, by ticker."""
    from modeling.providers.report import TickerFetch

    found = [TickerFetch.from_dict(json.loads(piece)) for piece in ctx.pieces]
    return {report.ticker: report for report in found}


def checked_company(parameters: Any) -> dict[str, Any]:
    from modeling.providers.sec import named

    company, owner = (parameters.get(name) for name in ("company", "owner")) if isinstance(parameters, dict) else (0, 0)
    if not isinstance(company, str) or isinstance(owner, bool) or not isinstance(owner, int):
        raise InvalidInput.at("company", None, "No company is named.", "Ask /api/companies/fetch/ for one.")
    named(company)
    return {"company": company, "owner": owner}


def company_page(job: Any) -> str | None:
    """The company that was imported, once it is there."""
    from modeling.models import Company

    pk = (job.result or {}).get("company_id")
    company = Company.objects.filter(pk=pk).first() if pk else None
    return company.get_absolute_url() if company else None


@job(
    FETCH_COMPANY,
    title="Statements from the SEC",
    timeout=600,
    result_ttl=0,
    parameters=checked_company,
    subject_url=company_page,
)
def fetch_company(ctx: JobContext, parameters: dict[str, Any]) -> dict[str, Any]:
    """Imports a company's statements from the SEC, all or nothing."""
    from django.contrib.auth.models import User

    from modeling.services.imports import fetch_companyfacts, import_companyfacts

    owner = User.objects.filter(pk=parameters["owner"]).first()
    if owner is None:
        raise SubjectGone
    ctx.progress(0, 2, "Fetching", f"Asking the SEC for {parameters['company']}")
    document = fetch_companyfacts(parameters["company"])
    ctx.progress(1, 2, "Importing", "Reading the statements")
    return import_companyfacts(document, owner).as_dict()
