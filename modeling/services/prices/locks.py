"""Whoever changes a set holds its row first: merges of one set take turns, and none can lose another's prices."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone

from modeling.models import PriceSet
from valor.lib.errors import NotFound


def locked(price_set: PriceSet) -> PriceSet:
    """The set as it is now, for this transaction alone."""
    stored = PriceSet.objects.select_for_update().filter(pk=price_set.pk).first()
    if stored is None:
        raise NotFound("This set of prices was deleted in the meantime.")
    return stored


def raise_revision(price_set: PriceSet, **changed: Any) -> None:
    """What is kept of the set's prices is kept under its revision: from here on it is old."""
    now = timezone.now()
    PriceSet.objects.filter(pk=price_set.pk).update(revision=F("revision") + 1, updated_at=now, **changed)
    price_set.refresh_from_db(fields=["revision", "updated_at", *changed])
