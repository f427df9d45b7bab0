"""Saving an edited document as its next version, whoever else edits it at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import F
from django.utils import timezone

from modeling.errors import StaleVersion
from modeling.models.versioned import Versioned
from valor.lib.errors import NotFound

NAME_LENGTH = 200
TAB_LENGTH = 64

Kept = TypeVar("Kept", bound=Versioned)


@dataclass(frozen=True)
class Edit:
    """Which version was edited, in which tab, as its how manieth edit; with *overwrite* the version doesn't matter."""

    expected_version: int
    tab: str = ""
    sequence: int = 0
    overwrite: bool = False


def locked(kept: Kept) -> Kept:
    """The row as it is now, held until the transaction ends; it may be gone."""
    stored = type(kept)._default_manager.select_for_update().filter(pk=kept.pk).first()
    if stored is None:
        raise NotFound(f"This {kept._meta.verbose_name} was deleted in the meantime.")
    return stored


def save_edit(stored: Kept, edit: Edit, document: Mapping[str, Any], **columns: Any) -> bool:
    """Saves an edit on a `locked` row, unless somebody else saved in the meantime; whether it made a new version.

    1. An edit that the same tab has already overtaken (a lower or equal sequence) is dropped silently.
    2. One conditional UPDATE stores it where the version is the expected one, or the last save came from the same
       tab, whose newer sequence is never stale. With *overwrite* the version doesn't matter.
    3. No row changed means stale: `StaleVersion`, which carries the current version.

    A document equal to the stored one makes no new version.
    """
    tab = edit.tab[:TAB_LENGTH]
    same_tab = bool(tab) and stored.edit_tab == tab
    if same_tab and stored.edit_sequence >= edit.sequence:
        return False
    if not (edit.overwrite or same_tab or stored.version == edit.expected_version):
        raise StaleVersion(expected=edit.expected_version, current=stored.version)
    changed = bool(document != stored.document)
    rows = type(stored)._default_manager.filter(pk=stored.pk, version=stored.version)
    moved = {"version": F("version") + int(changed), "edit_tab": tab, "edit_sequence": edit.sequence}
    if not rows.update(document=document, updated_at=timezone.now(), **moved, **columns):
        raise StaleVersion(expected=edit.expected_version, current=stored.version + 1)
    stored.refresh_from_db()
    return changed
