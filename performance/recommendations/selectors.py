"""Reads of recommendations: what is open, and what an alert's figure is explained by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from performance.models import Recommendation
from valor.lib.errors import NotFound

SHARED = 1.5  # A recommendation about something that the alert's culprits name weighs so much more.
MOST = 5
UNDONE_WITHIN = timedelta(minutes=5)


def recommendations() -> QuerySet[Recommendation]:
    return Recommendation.objects.select_related("dismissed_by").order_by("-score", "pk")


def open_recommendations() -> QuerySet[Recommendation]:
    """The best first."""
    return recommendations().filter(state=Recommendation.State.OPEN)


def top_advice(most: int, now: datetime) -> list[Recommendation]:
    """The best of what is open, and what was dismissed a moment ago, so that it can be taken back there."""
    lately = Q(state=Recommendation.State.DISMISSED, dismissed_at__gt=now - UNDONE_WITHIN)
    return list(recommendations().filter(Q(state=Recommendation.State.OPEN) | lately)[:most])


def recommendation(pk: int) -> Recommendation:
    """One recommendation, or NotFound."""
    found = recommendations().filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such recommendation.")
    return found


def for_alert(alert: Any, most: int = MOST) -> list[Recommendation]:
    """What explains the alert's figure, the best first; what its culprits name comes forward."""
    metric, names = f"{alert.category}.{alert.metric}", set(names_in(alert.culprits))
    here = Q(host="") | Q(host=alert.host) if alert.host else Q()
    found = [row for row in open_recommendations().filter(here) if metric in row.explains]
    return sorted(found, key=lambda row: (-weight(row, names), row.pk))[:most]


def weight(row: Recommendation, names: set[str]) -> float:
    return row.score * (SHARED if names & {row.subject, *row.touches} else 1.0)


def names_in(culprits: Any) -> Iterator[str]:
    """Every name within the culprits, whatever their shape, and the numbers of processes."""
    if isinstance(culprits, dict):
        if "pid" in culprits:
            yield str(culprits["pid"])
        for member in culprits.values():
            yield from names_in(member)
    elif isinstance(culprits, list):
        for member in culprits:
            yield from names_in(member)
    elif isinstance(culprits, str):
        yield culprits
