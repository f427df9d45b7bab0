"""Stores reports of slow and repeated statements, takes the plans of the slow ones, and drops what is long over."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils import timezone

from performance.database.diagnosis import diagnose
from performance.database.reports import Pending, RepeatedReport, SlowReport
from performance.database.slow import is_slow_by_itself
from performance.database.timing import unmeasured
from performance.models import RepeatedQuery, SamplerLease, SlowQuery
from performance.sampling import INTERVAL
from performance.selectors import leading_host

logger = logging.getLogger(__name__)

PLAN_KEPT = timedelta(days=1)
KEPT = timedelta(days=30)
MOST_ROUTES = 20
SHOWN = 500


def store(taken: Pending) -> None:
    """Each report in a transaction of its own; none of this is measured itself."""
    with unmeasured(DEFAULT_DB_ALIAS):
        for slow in list(taken.slow.values()):
            row = store_slow(slow)
            # Stored is stored: should a later report fail, this one is not stored twice.
            del taken.slow[slow.fingerprint.id]
            tell(slow)
            renew_plan(row)
        span = judged_every() if taken.repeated else timedelta()
        for repeated in list(taken.repeated.values()):
            store_repeated(repeated, span)
            del taken.repeated[(repeated.route, repeated.fingerprint.id)]
        drop_old()


def store_slow(report: SlowReport) -> SlowQuery:
    """Adds the report to its fingerprint's row."""
    fresh = {"statement": report.fingerprint.statement, "first_seen": report.last_seen, "last_seen": report.last_seen}
    with transaction.atomic():
        rows = SlowQuery.objects.select_for_update()
        row, _ = rows.get_or_create(fingerprint=report.fingerprint.id, defaults=fresh | {"alias": report.alias})
        if report.worst > row.worst:
            row.worst, row.usual, row.line, row.kind = report.worst, report.usual, report.line[:300], report.kind
        for route, count in report.routes.items():
            row.routes[route] = row.routes.get(route, 0) + count
        row.routes = dict(sorted(row.routes.items(), key=lambda item: -item[1])[:MOST_ROUTES])
        row.count += report.count
        row.last_seen = max(row.last_seen, report.last_seen)
        row.save(update_fields=["worst", "usual", "line", "kind", "routes", "count", "last_seen"])
    return row


def store_repeated(report: RepeatedReport, span: timedelta) -> None:
    fresh = {"first_seen": report.last_seen, "last_seen": report.last_seen, "kind": report.kind}
    fresh |= {"statement": report.fingerprint.statement}
    with transaction.atomic():
        rows = RepeatedQuery.objects.select_for_update()
        row, _ = rows.get_or_create(route=report.route[:300], fingerprint=report.fingerprint.id, defaults=fresh)
        if report.worst > row.worst:
            row.worst, row.line = report.worst, report.line[:300]
        row.sightings += report.sightings
        row.last_seen = max(row.last_seen, report.last_seen)
        take_latest(row, report, row.last_seen - span)
        row.save(update_fields=["worst", "latest", "latest_at", "line", "sightings", "last_seen"])


def take_latest(row: RepeatedQuery, report: RepeatedReport, since: datetime) -> None:
    """Keeps the most runs since then: reports are seconds apart, and who judges looks once an interval."""
    if report.last_seen <= since:
        return
    over = row.latest_at is None or row.latest_at <= since
    if over or (report.worst, report.last_seen) > (row.latest, row.latest_at):
        row.latest, row.latest_at = report.worst, report.last_seen


def judged_every() -> timedelta:
    """The interval of the host that judges for the platform."""
    lease = SamplerLease.objects.filter(host=leading_host(timezone.now())).first()
    return timedelta(seconds=lease.interval if lease is not None else INTERVAL)


def tell(report: SlowReport) -> None:
    """One line in the log for all slow runs of a fingerprint since the last look.

    What was slow by comparison alone is on the page and no warning.
    """
    often = "once" if report.count == 1 else f"{report.count} times"
    usual = f", usually {report.usual:.3f} s" if report.usual is not None else ""
    where = f"in {', '.join(report.routes)}" if report.routes else "outside of requests and jobs"
    line = f" at {report.line}" if report.line else ""
    statement = report.fingerprint.statement[:SHOWN]
    level = logging.WARNING if is_slow_by_itself(report.worst) else logging.DEBUG
    logger.log(level, "Slow %s, at worst %.3f s%s, %s%s: %s", often, report.worst, usual, where, line, statement)


def renew_plan(row: SlowQuery) -> None:
    """Takes the plan, unless there is one of today."""
    now = timezone.now()
    if row.plan_taken_at is not None and now - row.plan_taken_at < PLAN_KEPT:
        return
    with unmeasured(row.alias):
        found = diagnose(row.statement, row.alias)
    row.plan, row.advice = found.plan_as_json(), found.advice_as_json()
    row.plan_missing, row.plan_taken_at = found.missing[:300], now
    row.save(update_fields=["plan", "advice", "plan_missing", "plan_taken_at"])


def drop_old() -> None:
    before = timezone.now() - KEPT
    for model in (SlowQuery, RepeatedQuery):
        model._default_manager.filter(last_seen__lt=before).delete()
