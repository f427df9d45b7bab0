"""Changes of thresholds, alerts and silences; each says who did it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from performance.alerts import moves, selectors
from performance.alerts.choices import SILENCE, AlertState, EventKind
from performance.alerts.defaults import BY_KEY
from performance.alerts.models import Alert, AlertEvent, Silence, Threshold, ThresholdChange
from performance.alerts.validation import EDITABLE, checked
from valor.lib.errors import Conflict, InvalidInput, NotFound

LONGEST_SILENCE = timedelta(days=90)
LONGEST_TEXT = 500


def change_threshold(*, threshold: Threshold, values: Mapping[str, Any], by: Any) -> Threshold:
    """Takes over the fields that are given, valid together with the others; notes who changed what.

    Raises
    ------
    InvalidInput
        Naming each field that can't be.
    Conflict
        When somebody else changed it since it was loaded.
    """
    old = {name: getattr(threshold, name) for name in EDITABLE}
    new = checked(threshold.category, threshold.metric, old | {k: v for k, v in values.items() if k in EDITABLE})
    differing = {name: [old[name], new[name]] for name in EDITABLE if old[name] != new[name]}
    if not differing:
        return threshold
    now = timezone.now()
    with transaction.atomic():
        as_loaded = Threshold.objects.filter(pk=threshold.pk, changed_at=threshold.changed_at)
        if threshold.changed_at is None:
            as_loaded = Threshold.objects.filter(pk=threshold.pk, changed_at__isnull=True)
        if not as_loaded.update(**new, changed_at=now, changed_by=by):
            raise Conflict
        ThresholdChange.objects.create(threshold=threshold, at=now, by=by, fields=differing)
        if not new["enabled"]:
            moves.close_all_of(threshold, now, by)
    selectors.forget_thresholds()
    return selectors.threshold(threshold.pk)


def reset_threshold(*, threshold: Threshold, by: Any) -> Threshold:
    """Back to the levels that every installation begins with."""
    default = BY_KEY.get((threshold.category, threshold.metric))
    if default is None:
        raise NotFound("This threshold has no default: change or disable it.")
    return change_threshold(threshold=threshold, values=default.levels, by=by)


def set_threshold(*, category: str, metric: str, values: Mapping[str, Any], by: Any) -> Threshold:
    """The threshold of a metric, changed where there is one, else made."""
    row = Threshold.objects.filter(category=category, metric=metric).first()
    if row is not None:
        return change_threshold(threshold=row, values=values, by=by)
    usual: dict[str, Any] = {"direction": "above", "warning": None, "critical": None, "clear": None}
    usual |= {"duration": 30, "missing": "keep", "enabled": True}
    new = checked(category, metric, usual | dict(values))
    now = timezone.now()
    try:
        with transaction.atomic():
            row = Threshold.objects.create(category=category, metric=metric, changed_at=now, changed_by=by, **new)
            fields = {name: [None, value] for name, value in new.items()}
            ThresholdChange.objects.create(threshold=row, at=now, by=by, fields=fields)
    except IntegrityError as error:
        raise Conflict from error
    return row


def set_thresholds(*, entries: Sequence[Mapping[str, Any]], by: Any) -> list[Threshold]:
    """All of them, each as ``set_threshold`` does, or none: InvalidInput then names every field by its place."""
    rows, problems = [], []
    named = [(entry["category"], entry["metric"]) for entry in entries]
    with transaction.atomic():
        for index, (entry, key) in enumerate(zip(entries, named, strict=True)):
            values = {name: value for name, value in entry.items() if name not in ("category", "metric")}
            try:
                if key in named[:index]:
                    raise InvalidInput.at("metric", ".".join(key), "It is there twice.", "Send each metric once.")
                rows.append(set_threshold(category=key[0], metric=key[1], values=values, by=by))
            except InvalidInput as error:
                problems += [replace(problem, field=f"{index}.{problem.field}") for problem in error.problems]
        if problems:
            raise InvalidInput("Some of these thresholds can't be used: none was changed.", problems=problems)
    selectors.forget_thresholds()
    return rows


def acknowledge(*, alert: Alert, by: Any, note: str = "") -> Alert:
    """Somebody looks after it: nobody is told of it again, unless it becomes worse."""
    note = text("note", note, required=False)
    now = timezone.now()
    with transaction.atomic():
        is_open = Alert.objects.filter(pk=alert.pk).exclude(state=AlertState.RESOLVED)
        if not is_open.update(acknowledged_at=now, acknowledged_by=by, note=note):
            raise Conflict("This alert is resolved: there is nothing left to acknowledge.")
        noted(alert, EventKind.ACKNOWLEDGED, now, by, note)
    return selectors.alert(alert.pk)


def withdraw(*, alert: Alert, by: Any) -> Alert:
    """Nobody looks after it any more: it is told again as if nobody ever had; its history says who did until when."""
    with transaction.atomic():
        held = Alert.objects.filter(pk=alert.pk, acknowledged_at__isnull=False).exclude(state=AlertState.RESOLVED)
        if not held.update(acknowledged_at=None, acknowledged_by=None, note=""):
            raise Conflict("This alert is resolved, or nobody has acknowledged it: there is nothing to withdraw.")
        noted(alert, EventKind.WITHDRAWN, timezone.now(), by, "")
    return selectors.alert(alert.pk)


def silence_alert(*, alert: Alert, by: Any, until: datetime, reason: str) -> Silence:
    """Silences the metric of an alert on its host, or wherever it is judged for the whole platform."""
    with transaction.atomic():
        made = silence(category=alert.category, metric=alert.metric, host=alert.host, until=until, reason=reason, by=by)
        noted(alert, EventKind.SILENCED, made.created_at, by, made.reason)
    return made


def silence(*, by: Any, until: datetime, reason: str, category: str = "", metric: str = "", host: str = "") -> Silence:
    """Nobody is told of what it covers before *until*.

    A metric empty is every one of the category, a category empty every one, a host empty everywhere.
    """
    now = timezone.now()
    if not now < until <= now + LONGEST_SILENCE:
        remedy = f"Choose a time within {LONGEST_SILENCE.days} days from now."
        raise InvalidInput.at("until", until.isoformat(), "A silence must end, and not before it begins.", remedy)
    check_covered(category, metric)
    made = Silence.objects.create(
        category=category,
        metric=metric,
        host=host,
        reason=text("reason", reason, required=True),
        created_at=now,
        created_by=by,
        until=until,
    )
    mute(made)
    return made


def check_covered(category: str, metric: str) -> None:
    """Refuses to silence what nobody watches."""
    known = selectors.thresholds()
    if metric and (category, metric) not in known:
        remedy = "Use a category and a metric of the list of thresholds, or leave the metric empty for all of them."
        raise InvalidInput.at("metric", f"{category}.{metric}", "There is no threshold of this metric.", remedy)
    categories = sorted({name for name, _ in known})
    if category and category not in categories:
        remedy = f"Use one of {', '.join(categories)}, or leave it empty for all of them."
        raise InvalidInput.at("category", category, "There is no threshold in this category.", remedy)


def mute(made: Silence) -> None:
    """At once, so that the pages say so before the next tick."""
    alerts = Alert.objects.exclude(state=AlertState.RESOLVED).filter(muted_by="")
    covered = [alert.pk for alert in alerts if made.covers(alert)]
    Alert.objects.filter(pk__in=covered).update(muted_by=SILENCE)


def lift(*, silence: Silence, by: Any) -> None:
    """Ends a silence early; what fires and became worse than was told before is told at the next sample."""
    now = timezone.now()
    if not Silence.objects.filter(pk=silence.pk, until__gt=now).update(until=now, lifted_by=by):
        raise Conflict("This silence has ended already.")


def noted(alert: Alert, kind: EventKind, at: datetime, by: Any, note: str) -> AlertEvent:
    event = moves.event_of(alert, kind, at, note)
    event.by = by
    event.save()
    return event


def text(field: str, value: str, *, required: bool) -> str:
    clean = value.replace("\0", "").strip()
    if required and not clean:
        raise InvalidInput.at(field, value, "Nobody knows why, then.", "Give a reason in a few words.")
    if len(clean) > LONGEST_TEXT:
        remedy = f"Use at most {LONGEST_TEXT} characters."
        raise InvalidInput.at(field, f"{clean[:40]}…", "This is too long.", remedy)
    return clean
