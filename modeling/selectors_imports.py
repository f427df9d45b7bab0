"""Reads of imports of prices: each is seen by whoever asked for it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from modeling.models import PriceImport
from valor.lib.errors import NotFound


def imports_for(user: Any) -> QuerySet[PriceImport]:
    """The user's own imports, the newest first; those that were never confirmed are none yet."""
    return uploads_of(user).filter(draft__isnull=True)


def uploads_of(user: Any) -> QuerySet[PriceImport]:
    return PriceImport.objects.filter(owner=user.pk).select_related("price_set").order_by("-created_at", "-id")


def upload_for(user: Any, pk: int) -> PriceImport:
    """The user's own import, confirmed or not."""
    found = uploads_of(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def import_for(user: Any, pk: int) -> PriceImport:
    """The user's own import; for everybody else, operators too, there is none."""
    found = imports_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
