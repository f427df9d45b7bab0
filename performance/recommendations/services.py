"""What may happen to a recommendation, each move one conditional UPDATE.

(new) --seen--> open --dismiss--> dismissed --restore, or evidence of twice the size--> open
                 |                    '--no evidence for GONE--> past
                 |--apply--> applied --seen again after SETTLES--> open
                 '--no evidence for QUIET intervals, SHORTEST at least--> past --seen--> open
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from performance.actions import services as actions
from performance.actions.errors import NothingToApply
from performance.analysis.rules.base import Finding
from performance.models import ActionRun, Recommendation
from valor.lib.errors import Conflict

QUIET = 3  # intervals without evidence, after which an open recommendation is past
SHORTEST = 90  # seconds, and no sooner: statements and jobs are not seen at each tick of a short interval
GONE = timedelta(hours=1)  # a dismissed one is past only then: evidence that flickers must not undo a dismissal
SETTLES = timedelta(minutes=5)
GROWTH = 2.0  # a dismissed one is told again when its evidence has grown so many times
KEPT = timedelta(days=90)
State = Recommendation.State


def refresh(found: Sequence[Finding], now: datetime, interval: int) -> None:
    """Takes up what the rules found now, and lets go of what they find no more; writes nothing where all is calm."""
    over = Recommendation.objects.filter(quiet(now, interval) | forgettable(now))
    if not found and not over.exists():
        return
    with transaction.atomic():
        known = {(row.rule, row.subject): row for row in Recommendation.objects.filter(of_these(found))}
        for finding in found:
            row = known.get((finding.rule, finding.case.subject[:300]))
            if row is None:
                Recommendation.objects.create(
                    rule=finding.rule,
                    subject=finding.case.subject[:300],
                    first_seen=now,
                    opened_at=now,
                    **columns(finding, now),
                )
            else:
                see_again(row, finding, now)
        let_go(now, interval)


def of_these(found: Iterable[Finding]) -> Q:
    """The rows of these findings; none where there are none."""
    return Q(rule__in={finding.rule for finding in found})


def columns(finding: Finding, now: datetime) -> dict[str, Any]:
    case = finding.case
    return {
        "area": finding.area.value,
        "host": case.host,
        "score": finding.score,
        "magnitude": case.magnitude,
        "title": case.title[:300],
        "cause": case.cause,
        "cure": case.cure,
        "evidence": [list(pair) for pair in case.evidence],
        "effect": case.effect,
        "effort": case.effort.value,
        "explains": list(finding.explains),
        "touches": sorted(set(case.touches)),
        "action": case.action.action if case.action else "",
        "parameters": dict(case.action.parameters) if case.action else {},
        "last_seen": now,
    }


def see_again(row: Recommendation, finding: Finding, now: datetime) -> None:
    """The evidence as it is now; and open again where it came back, grew, or outlived its cure."""
    changes = columns(finding, now)
    if returns(row, finding.case.magnitude, now):
        changes |= {"state": State.OPEN, "opened_at": now, "closed_at": None}
    elif row.state == State.DISMISSED and row.dismissed_magnitude is None:
        changes["dismissed_magnitude"] = finding.case.magnitude
    Recommendation.objects.filter(pk=row.pk, state=row.state).update(**changes)


def returns(row: Recommendation, magnitude: float, now: datetime) -> bool:
    if row.state == State.DISMISSED:
        return row.dismissed_magnitude is not None and magnitude >= GROWTH * row.dismissed_magnitude
    if row.state == State.APPLIED:
        return row.applied_at is not None and now - row.applied_at >= SETTLES
    return row.state == State.PAST


def let_go(now: datetime, interval: int) -> None:
    """What has had no evidence for a while is past; what is long past is forgotten."""
    Recommendation.objects.filter(quiet(now, interval)).update(state=State.PAST, closed_at=now)
    Recommendation.objects.filter(forgettable(now)).delete()


def quiet(now: datetime, interval: int) -> Q:
    silent = now - timedelta(seconds=max(QUIET * interval, SHORTEST))
    shown = Q(state__in=(State.OPEN, State.APPLIED), last_seen__lt=silent)
    return shown | Q(state=State.DISMISSED, last_seen__lt=now - GONE)


def forgettable(now: datetime) -> Q:
    return Q(state=State.PAST, closed_at__lt=now - KEPT)


def dismiss(recommendation: Recommendation, *, by: User | AnonymousUser) -> Recommendation:
    """Not to be told again until the evidence has doubled, or was gone and came back."""
    now = timezone.now()
    changes = {
        "state": State.DISMISSED,
        "dismissed_at": now,
        "dismissed_by": by,
        "dismissed_magnitude": recommendation.magnitude,
    }
    return moved(recommendation, (State.OPEN,), "Only an open recommendation can be dismissed.", **changes)


def restore(recommendation: Recommendation) -> Recommendation:
    """Takes a dismissal back."""
    changes = {"state": State.OPEN, "dismissed_at": None, "dismissed_by": None, "dismissed_magnitude": None}
    return moved(recommendation, (State.DISMISSED,), "Only a dismissed recommendation can be opened again.", **changes)


def moved(recommendation: Recommendation, states: Sequence[str], refusal: str, **changes: Any) -> Recommendation:
    rows = Recommendation.objects.filter(pk=recommendation.pk, state__in=states)
    if not rows.update(**changes):
        raise Conflict(f"{refusal} Load it again: it may have changed in the meantime.")
    recommendation.refresh_from_db()
    return recommendation


@transaction.atomic
def apply(recommendation: Recommendation, *, by: User | AnonymousUser, confirm: bool) -> ActionRun:
    """Asks for its action, as a job; NothingToApply where it has none or is no longer open."""
    if not recommendation.is_appliable:
        raise NothingToApply
    run = actions.request(
        recommendation.action, recommendation.parameters, by=by, confirm=confirm, recommendation=recommendation
    )
    states = (State.OPEN, State.DISMISSED)
    moved(recommendation, states, NothingToApply().message, state=State.APPLIED, applied_at=timezone.now())
    return run
