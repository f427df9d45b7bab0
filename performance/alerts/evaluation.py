"""Judges a tick: the machine decides, the moves are written by conditional UPDATE, so that two samplers move it once.

1. Read the open alerts that this host may judge: its own, and as the leading host those of the platform.
2. Let the machine judge each threshold's reading, and look for the culprits of what is wrong, before anything is
   written: the one writer of SQLite waits for no walk over processes.
3. In one transaction write the moves one by one, and in one statement the new figures of all alerts.
4. Note who keeps quiet: what is silenced, and what another alert explains. What is left goes into the outbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from performance.alerts import inhibition, moves, outbox
from performance.alerts.choices import SILENCE, AlertState, MissingData
from performance.alerts.culprits import Suspects, culprits
from performance.alerts.machine import Situation, State, judge
from performance.alerts.models import Alert, AlertEvent, Silence
from performance.alerts.readings import Judged, readings
from performance.alerts.selectors import silences, thresholds
from performance.chores import Tick
from performance.selectors import RETIRED

RESUMED = 3  # Samples that lie so many intervals apart tell of no time in between.
REFRESHED = [
    "began_at",
    "value",
    "worst",
    "limit",
    "judged_at",
    "judged_interval",
    "missing_since",
    "culprits",
    "muted_by",
]


@dataclass
class Plan:
    """What becomes of an alert, new or known; *after* None: it is dropped."""

    alert: Alert
    after: Situation | None
    new: bool = False


def evaluate(tick: Tick, suspects: Suspects) -> list[Alert]:
    """Judges every threshold that the tick speaks for; the alerts that are open afterwards."""
    watched = [threshold for threshold in thresholds().values() if threshold.enabled]
    known = {(alert.threshold_id, alert.host): alert for alert in in_sight(tick)}
    plans = []
    for one in readings(tick, watched):
        plan = planned(tick, one, known.get((one.threshold.pk, one.host)))
        if plan is not None:
            blame(plan, tick, suspects)
            plans.append(plan)
    if not plans and not known:
        return []
    with transaction.atomic():
        return written(tick, plans, list(known.values()))


def in_sight(tick: Tick) -> QuerySet[Alert]:
    """The open alerts of every host for the leading one; of its own and of the platform for the others."""
    found = Alert.objects.exclude(state=AlertState.RESOLVED).select_related("threshold")
    return found if tick.lead else found.filter(Q(host="") | Q(host=tick.host))


def planned(tick: Tick, one: Judged, alert: Alert | None) -> Plan | None:
    """What a reading leads to; None for nothing."""
    if alert is None:
        after = judge(one.threshold.rule, None, one.reading)
        return Plan(new_alert(tick, one, after), after, new=True) if after is not None else None
    if timedelta() <= alert.judged_at - tick.taken_at < lately(tick.interval):
        return None
    after = judge(one.threshold.rule, resumed(alert, one, tick), one.reading)
    if after is not None and after.state is State.PENDING and not one.reading.judged:
        return None  # It waits, and was not judged: were it so, thin traffic alone would bring it over its duration.
    take_over(alert, one, tick)
    return Plan(alert, after)


def lately(interval: int) -> timedelta:
    """Between samples that belong together lies less than this; a clock that was set back is farther off."""
    return RESUMED * timedelta(seconds=interval)


def resumed(alert: Alert, one: Judged, tick: Tick) -> Situation | None:
    """The alert as this reading finds it. A pending one begins anew after a gap in which nobody looked."""
    unread = None if one.threshold.missing == MissingData.FIRE else alert.missing_since
    last = unread or alert.judged_at
    apart = lately(max(tick.interval, alert.judged_interval))
    if alert.state == AlertState.PENDING and abs(tick.taken_at - last) >= apart:
        alert.began_at, alert.worst = tick.taken_at, None
        return None
    before, at = moves.situation(alert), tick.taken_at.timestamp()
    return replace(before, since=at) if before.since > at else before


def new_alert(tick: Tick, one: Judged, after: Situation) -> Alert:
    at, value = tick.taken_at, one.reading.value
    return Alert(
        threshold=one.threshold,
        category=one.threshold.category,
        metric=one.threshold.metric,
        host=one.host,
        state=after.state.value,
        severity=after.severity.value,
        value=value,
        worst=value,
        limit=one.threshold.warning,
        began_at=at,
        since=at,
        judged_at=at,
        judged_interval=tick.interval,
        fired_at=at if after.state is State.FIRING else None,
        missing_since=at if value is None else None,
    )


def take_over(alert: Alert, one: Judged, tick: Tick) -> None:
    """The new figure and the limit it is held against; without a figure only that it is missing."""
    alert.limit = one.threshold.warning
    value = one.reading.value
    alert.judged_at, alert.judged_interval = tick.taken_at, tick.interval
    if value is None:
        alert.missing_since = alert.missing_since or tick.taken_at
        return
    alert.value, alert.missing_since = value, None
    if one.reading.telling and (alert.worst is None or one.threshold.rule.beyond(value, alert.worst)):
        alert.worst = value


def blame(plan: Plan, tick: Tick, suspects: Suspects) -> None:
    """Who is behind it, while it is wrong; what gets better keeps those that it had."""
    wrong = plan.after is not None and plan.after.state in (State.PENDING, State.FIRING)
    if wrong and plan.alert.host in ("", tick.host):
        plan.alert.culprits = culprits(plan.alert, tick, suspects) or plan.alert.culprits


def written(tick: Tick, plans: Sequence[Plan], known: list[Alert]) -> list[Alert]:
    """Carries out the plans; the open alerts afterwards."""
    events: list[AlertEvent] = []
    touched: list[Alert] = []
    for plan in plans:
        if carried_out(plan, tick, events):
            touched.append(plan.alert)
    if tick.lead:
        close_retired(tick, known)
    fresh = [plan.alert for plan in plans if plan.new and plan.alert in touched]
    gone = [plan.alert for plan in plans if not plan.new and plan.alert not in touched]
    alerts = [alert for alert in [*known, *fresh] if alert.open and alert not in gone]
    settle(tick, touched, alerts, events)
    return alerts


def carried_out(plan: Plan, tick: Tick, events: list[AlertEvent]) -> bool:
    """Whether the alert is as planned, and still to be told of; its event is added to *events*."""
    alert, after = plan.alert, plan.after
    event: AlertEvent | None = None
    if plan.new:
        event = moves.begin(alert)
        done = event is not None
    elif after is None:
        moves.drop(alert)
        done = False
    elif after == moves.situation(alert):
        done = True
    else:
        done, event = moves.move(alert, after, tick.taken_at)
    if event is not None:
        events.append(event)
    return done


def close_retired(tick: Tick, known: Sequence[Alert]) -> None:
    """The alerts of hosts that nobody has judged for a day: those were taken out of service."""
    for alert in known:
        if tick.taken_at - alert.judged_at > RETIRED:
            moves.close(alert, tick.taken_at, "Its host was not sampled for a day.")


def settle(tick: Tick, touched: list[Alert], alerts: Sequence[Alert], events: list[AlertEvent]) -> None:
    """Stores what was found out, and puts into the outbox what somebody is to be told."""
    if not touched:
        return
    quiet = list(silences(tick.taken_at))
    for alert in touched:
        alert.muted_by = muted_by(alert, alerts, quiet)
    Alert.objects.bulk_update(touched, REFRESHED)
    outbox.put(touched, events, tick.taken_at)


def muted_by(alert: Alert, alerts: Sequence[Alert], quiet: Sequence[Silence]) -> str:
    """What keeps it quiet; empty: nothing."""
    if any(silence.covers(alert) for silence in quiet):
        return SILENCE
    cause = inhibition.cause_of(alert, alerts)
    return f"{cause.category}.{cause.metric}" if cause is not None else ""
