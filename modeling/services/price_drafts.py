"""Uploads that nobody has confirmed yet: the file is kept while somebody looks at how it would be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.db import transaction

from modeling.importers.prices.refusals import shown
from modeling.models import Frequency, PriceImport, PriceSet
from modeling.prices.rules import Rule
from modeling.services.price_imports import (
    DUPLICATES,
    check_choice,
    confirmed,
    currencies_of,
    inspect,
    laid_out,
    layouts_of,
    make_room,
    queue,
    refuse_other_sign,
    set_for_import,
    size_of,
    store_upload,
)
from valor.lib.errors import Conflict, Problem

# Of one person; the oldest makes room for the next.
MOST_DRAFTS = 3


class NotADraft(Conflict):
    """This import has begun already: look at what became of it."""


def keep_draft(
    *,
    owner: Any,
    upload: IO[bytes],
    name: str,
    price_set: int | None = None,
    set_name: str = "",
    currency: str = "USD",
    rule: str = Rule.REPLACE,
    duplicates: str = "refuse",
) -> PriceImport:
    """Keeps an upload for a day, to be confirmed. Raises BadPriceFile for what holds no prices, UploadTooLarge."""
    check_choice("rule", rule, tuple(Rule.values))
    check_choice("duplicates", duplicates, DUPLICATES)
    into = None if price_set is None else PriceSet.objects.filter(owner=owner, pk=price_set).first()
    inspect(upload, name=name, currencies=currencies_of(into) if into else (currency,))
    draft: dict[str, Any] = {"price_set": price_set, "set_name": set_name, "currency": currency, "stated": {}}
    about = {"name": shown(name), "size": size_of(upload), "layouts": [], "rule": rule, "duplicates": duplicates}
    with transaction.atomic():
        mine = PriceImport.objects.filter(owner=owner, draft__isnull=False).order_by("-created_at", "-id")
        for old in mine[MOST_DRAFTS - 1 :]:
            old.delete()
        kept = PriceImport.objects.create(owner=owner, draft=draft, **about)
        store_upload(kept, upload)
    return kept


def inspect_draft(kept: PriceImport, stated: Mapping[str, str] | None = None) -> dict[str, Any]:
    """How the file would be read; *stated* instead of what was stated so far. Raises BadPriceFile."""
    known = stated if stated is not None else draft_of(kept)["stated"]
    with laid_out(kept) as file:
        return inspect(file, name=kept.name, stated=known)


def restate(kept: PriceImport, stated: Mapping[str, str]) -> None:
    """Notes how the file is to be read, once it can be read so; raises BadPriceFile."""
    inspect_draft(kept, stated)
    draft = {**draft_of(kept), "stated": dict(stated)}
    PriceImport.objects.filter(pk=kept.pk, draft__isnull=False).update(draft=draft)
    kept.draft = draft


def start_draft(kept: PriceImport, stated: Mapping[str, str], frequency: str = "") -> PriceImport:
    """Makes the set where there is none yet, and queues the import. Raises BadPriceFile where something is unclear."""
    draft = draft_of(kept)
    check_choice("frequency", frequency, ("", *Frequency.values))
    with laid_out(kept) as file:
        found = confirmed(file, kept.name, stated)
    with transaction.atomic():
        begun = PriceImport.objects.select_for_update().filter(pk=kept.pk).first()
        if begun is None or begun.draft is None:
            raise NotADraft
        make_room(begun.owner)
        begun.price_set = set_for_import(
            owner=begun.owner,
            pk=draft["price_set"],
            name=draft["set_name"],
            currency=draft["currency"],
            frequency=frequency,
        )
        refuse_other_sign(found, currencies_of(begun.price_set))
        begun.layouts, begun.draft = layouts_of(found), None
        queue(begun)
    return begun


def drop_draft(kept: PriceImport) -> None:
    """Throws the upload away; what has begun stays."""
    PriceImport.objects.filter(pk=kept.pk, draft__isnull=False).delete()


def draft_of(kept: PriceImport) -> dict[str, Any]:
    if kept.draft is None:
        raise NotADraft(problems=[Problem("draft", None, "It is confirmed already.", "Look at its report.")])
    draft: dict[str, Any] = kept.draft
    return draft
