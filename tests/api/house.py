"""One of everything that the API speaks of, so that calls find something."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from django.utils import timezone

from modeling.examples import DOCUMENT
from modeling.models import PriceImport
from modeling.portfolios.request import request_of
from modeling.services import create_valuation, start_run
from modeling.services.portfolios import create_portfolio, keep_result
from modeling.services.price_imports import start_import
from modeling.services.prices import create_set, merge_series
from performance.alerts.choices import AlertSeverity, AlertState, EventKind
from performance.alerts.models import Alert, AlertEvent, Silence, Threshold
from performance.dashboards.models import Shared
from performance.dashboards.services import create as create_dashboard
from performance.models import ActionRun, Recommendation, RepeatedQuery, SlowQuery
from tests.modeling.conftest import make_company

FINGERPRINT = "0123456789abcdef"
# A portfolio over prices that stand in the document: enough of them for a backtest.
WEEKS = [date(2023, 1, 2) + timedelta(weeks=week) for week in range(60)]
WALKED: dict[str, Any] = {
    "prices": {
        "dates": [str(day) for day in WEEKS],
        "series": {
            "ACM": [100 + week + 3 * (week % 5) for week in range(60)],
            "BOL": [80 + week / 2 - 2 * (week % 7) for week in range(60)],
        },
    },
    "objective": "min_variance",
}


def furnish(analyst: Any, operator: Any) -> dict[str, dict[str, Any]]:
    """Makes them; of each kind of address the parameters that name what was made."""
    now = timezone.now()
    company = make_company()
    valuation = create_valuation(owner=analyst, document=DOCUMENT, company=company)
    run = start_run(valuation, owner=analyst, trials=1000, seed=1, sampler="sobol")
    threshold = Threshold.objects.get(category="system", metric="cpu_percent")
    alert = make_alert(threshold, now)
    ends = now + timedelta(hours=1)
    silence = Silence.objects.create(reason="Moving house", created_at=now, created_by=operator, until=ends)
    advice = make_advice(now)
    make_statement(now)
    prices = create_set(owner=analyst, name="Large companies")
    merge_series(price_set=prices, ticker="ACM", days=[20_000, 20_001], prices=[10.25, 10.5])
    portfolio = create_portfolio(owner=analyst, document=WALKED)
    kept = keep_result(portfolio, request_of(WALKED, analyst), owner=analyst)
    ActionRun.objects.create(action="prune", requested_by=operator, requested_at=now, measure="bytes", unit="bytes")
    price_import = make_import(analyst)
    board = create_dashboard(owner=analyst, title="Latency", shared_with=Shared.EVERYBODY)
    return {
        "/api/performance/dashboards/": {"slug": board.slug},
        "/api/companies/": {"id": company.pk},
        "/api/prices/imports/": {"id": price_import.pk},
        "/api/valuations/": {"id": valuation.pk, "number": run.number},
        "/api/prices/": {"id": prices.pk, "ticker": "ACM"},
        "/api/portfolios/": {"id": portfolio.pk, "number": kept.number},
        "/api/jobs/": {"job_id": str(run.job_id)},
        "/api/performance/alerts/": {"id": alert.pk},
        "/api/performance/silences/": {"id": silence.pk},
        "/api/performance/thresholds/": {"id": threshold.pk},
        "/api/performance/recommendations/": {"id": advice.pk},
        "/api/performance/slow-queries/": {"fingerprint": FINGERPRINT},
    }


def make_import(owner: Any) -> PriceImport:
    price_set = create_set(owner=owner, name="Imported")
    upload = BytesIO(b"Date,AAA,BBB\n2024-01-02,10,20\n2024-01-03,11,21\n")
    return start_import(owner=owner, price_set=price_set, upload=upload, name="prices.csv")


def make_alert(threshold: Threshold, now: datetime) -> Alert:
    about = {"category": threshold.category, "metric": threshold.metric, "host": "web-1", "limit": threshold.warning}
    when = {"began_at": now, "since": now, "fired_at": now, "judged_at": now}
    is_now = {"state": AlertState.FIRING, "severity": AlertSeverity.WARNING, "value": 91.0, "worst": 93.0}
    alert = Alert.objects.create(threshold=threshold, **about, **when, **is_now)
    AlertEvent.objects.create(alert=alert, at=now, kind=EventKind.FIRED, severity=alert.severity, value=91.0)
    return alert


def make_advice(now: datetime) -> Recommendation:
    about = {"rule": "disk_filling", "subject": "web-1", "area": "system", "host": "web-1", "effort": "hours"}
    words = {
        "title": "The disk of web-1 is full",
        "cause": "93 % of it are used.",
        "cure": "Prune.",
        "effect": "Space.",
    }
    when = {"first_seen": now, "last_seen": now, "opened_at": now}
    size = {"score": 100.0, "magnitude": 93.0, "evidence": [["Share", "93 %"]], "action": "prune"}
    return Recommendation.objects.create(**about, **words, **when, **size)


def make_statement(now: datetime) -> None:
    about = {"fingerprint": FINGERPRINT, "statement": "SELECT 1 FROM tasks_job", "first_seen": now, "last_seen": now}
    SlowQuery.objects.create(**about, alias="default", count=3, worst=2.5, routes={"/jobs/": 3})
    RepeatedQuery.objects.create(**about, route="/jobs/", kind="request", sightings=2, worst=30)
