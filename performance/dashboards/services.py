"""Writes of dashboards. Each says which version it was decided on, and none overwrites what came after that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from performance.dashboards.layout import LONGEST_TITLE, MOST, Entry, checked, default
from performance.dashboards.models import Dashboard, Shared
from performance.dashboards.selectors import removed
from valor.lib.errors import Conflict, InvalidInput, NotFound
from valor.lib.text import storable

MOST_OF_ONE = 50  # dashboards of one owner
LONGEST_SLUG = 60
TRIES = 20
CHANGED = "This dashboard was changed in the meantime: here it is as it is now, make your change again."


def create(*, owner: Any, title: str, shared_with: str = Shared.NOBODY, layout: Any = None) -> Dashboard:
    """With the default layout where none is given; an empty one is one, too."""
    return made(owner, titled(title), sharing(shared_with), default() if layout is None else checked(layout))


def copy(*, dashboard: Dashboard, owner: Any) -> Dashboard:
    """One's own from one that is shared, or from another of one's own; nobody else sees it yet."""
    title = f"Copy of {dashboard.title}"[:LONGEST_TITLE].strip()
    return made(owner, title, Shared.NOBODY, dashboard.layout)


def made(owner: Any, title: str, shared_with: str, layout: Any) -> Dashboard:
    now = timezone.now()
    limited(owner, MOST_OF_ONE - 1)
    about = {"owner": owner, "title": title, "shared_with": shared_with, "layout": layout}
    return named(Dashboard(**about, created_at=now, changed_at=now))


def limited(owner: Any, most: int) -> None:
    """Refuses one more than somebody may have."""
    if Dashboard.objects.filter(owner=owner, removed_at=None).count() > most:
        raise Conflict(f"These would be more than {MOST_OF_ONE} dashboards: remove one that you no longer need.")


def named(row: Dashboard) -> Dashboard:
    """Stores it under a slug of its title that nobody has."""
    base = slugify(row.title)[:LONGEST_SLUG].strip("-_") or "dashboard"
    for _ in range(TRIES):
        taken = set(Dashboard.objects.filter(slug__startswith=base).values_list("slug", flat=True))
        slugs = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
        row.slug = next(slug for slug in slugs if slug not in taken)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            continue  # Somebody took it a moment ago.
        return row
    raise Conflict("Very many dashboards of this title are made just now: try again, or choose another title.")


def change(*, dashboard: Dashboard, version: int, values: Mapping[str, Any]) -> Dashboard:
    """Title, sharing and layout, as far as they are given: all of them, or nothing."""
    new: dict[str, Any] = {}
    if "title" in values:
        new["title"] = titled(values["title"])
    if "shared_with" in values:
        new["shared_with"] = sharing(values["shared_with"])
    if "layout" in values:
        new["layout"] = checked(values["layout"])
        new["before"] = {"said": "The layout was replaced.", "layout": dashboard.layout}
    return store(dashboard, version, **new)


def arrange(*, dashboard: Dashboard, version: int, layout: Sequence[Entry], said: str) -> Dashboard:
    """Another layout; *said* is what was done, which can be taken back until the next change."""
    if len(layout) > MOST:
        remedy = f"Remove one first: a dashboard has at most {MOST}."
        raise InvalidInput.at("layout", len(layout), "These are too many panels.", remedy)
    return store(dashboard, version, layout=list(layout), before={"said": said, "layout": dashboard.layout})


def reset(*, dashboard: Dashboard, version: int) -> Dashboard:
    return arrange(dashboard=dashboard, version=version, layout=default(), said="The layout was reset to the default.")


def undo(*, dashboard: Dashboard, version: int) -> Dashboard:
    """Takes the last change of the layout back."""
    before = dashboard.before
    if before is None or not dashboard.undoable:
        raise Conflict("There is nothing to undo: it was undone already.")
    return store(dashboard, version, layout=before["layout"], before=None)


def remove(*, dashboard: Dashboard) -> None:
    """It is gone for everybody, and its owner may take it back for a day."""
    there = Dashboard.objects.filter(pk=dashboard.pk, removed_at=None)
    if not there.update(removed_at=timezone.now()):
        raise NotFound("This dashboard was removed already.")


def restore(*, owner: Any, slug: str) -> Dashboard:
    """What was removed lately, as one of as many as its owner may have."""
    with transaction.atomic():
        if not removed(owner, timezone.now()).filter(slug=slug).update(removed_at=None):
            raise NotFound("There is no such dashboard to bring back.")
        limited(owner, MOST_OF_ONE)
    return Dashboard.objects.get(owner=owner, slug=slug)


def store(dashboard: Dashboard, version: int, **values: Any) -> Dashboard:
    """Only over the version that was seen."""
    there = Dashboard.objects.filter(pk=dashboard.pk, version=version, removed_at=None)
    if not there.update(version=version + 1, changed_at=timezone.now(), **values):
        raise Conflict(CHANGED)
    return Dashboard.objects.select_related("owner").get(pk=dashboard.pk)


def titled(title: str) -> str:
    clean = storable(title).strip()
    if not clean:
        raise InvalidInput.at("title", title, "A dashboard needs a title.", "Give it one in a few words.")
    if len(clean) > LONGEST_TITLE:
        remedy = f"Use at most {LONGEST_TITLE} characters."
        raise InvalidInput.at("title", f"{clean[:40]}…", "This is too long.", remedy)
    return clean


def sharing(value: str) -> str:
    if value not in Shared.values:
        remedy = f"Use one of {', '.join(Shared.values)}."
        raise InvalidInput.at("shared_with", value, "There is nobody of this name to share it with.", remedy)
    return value
