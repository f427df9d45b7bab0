"""Reads of dashboards: one's own, and those that are shared with one's role."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from performance.dashboards.models import SEEN_BY, Dashboard
from valor.accounts.roles import roles_of
from valor.lib.errors import NotFound

UNDONE_WITHIN = timedelta(days=1)
ONLY_OWNER = "Only its owner changes this dashboard: copy it, and change the copy."
MISSING = "There is no such dashboard, or it is not shared with you."


def visible_to(user: Any) -> QuerySet[Dashboard]:
    """By title."""
    shared = {sharing for role in roles_of(user) for sharing in SEEN_BY[role]}
    rows = Dashboard.objects.filter(Q(owner=user) | Q(shared_with__in=shared), removed_at=None)
    return rows.select_related("owner").order_by("title", "pk")


def dashboard(user: Any, slug: str) -> Dashboard:
    """One that somebody may see, or NotFound: another's private one is as if it were not there."""
    found = visible_to(user).filter(slug=slug).first()
    if found is None:
        raise NotFound(MISSING)
    return found


def own(user: Any, slug: str) -> Dashboard:
    """One that somebody may change; NotFound where they may not even see it."""
    found = dashboard(user, slug)
    if not found.is_of(user):
        raise PermissionDenied(ONLY_OWNER)
    return found


def removed(user: Any, now: datetime) -> QuerySet[Dashboard]:
    """What somebody removed lately and may take back, the last first."""
    return Dashboard.objects.filter(owner=user, removed_at__gt=now - UNDONE_WITHIN).order_by("-removed_at", "pk")
