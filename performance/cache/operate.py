"""What operators may do to the cache, each with what it would do said first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.core.cache import cache

from performance.cache.line import Away
from performance.cache.registry import Store, current_store
from performance.cache.tags import invalidate_namespace, invalidate_tags
from valor.lib.errors import InvalidInput, Unavailable

LONGEST = 200


class Action(StrEnum):
    """How to name what is to be forgotten."""

    NAMESPACE = "namespace"
    TAG = "tag"
    PATTERN = "pattern"


@dataclass(frozen=True)
class Outcome:
    """What was done, or (*dry*) would be; ``keys`` is known for patterns only, ``complete`` says all were looked at."""

    action: Action
    target: str
    dry: bool
    sentence: str
    keys: int | None = None
    complete: bool = True


def forget(action: Action, target: str, *, dry: bool) -> Outcome:
    """Forgets a namespace, a tag or the keys of a pattern; with *dry* only says what that would do."""
    target = checked(target)
    if action is Action.PATTERN:
        return forget_pattern(target, dry)
    if not dry:
        (invalidate_namespace if action is Action.NAMESPACE else invalidate_tags)(target)
    will = "Would forget" if dry else "Forgot"
    return Outcome(action, target, dry, f"{will} every result of the {action} “{target}”.")


def checked(target: str) -> str:
    target = target.strip()
    if not target or len(target) > LONGEST or not target.isprintable():
        raise InvalidInput.at("target", target, "It names nothing.", f"Give 1 to {LONGEST} printable characters.")
    return target


def forget_pattern(pattern: str, dry: bool) -> Outcome:
    """``*`` and ``?`` stand for any text and any character; the pattern begins where the key does."""
    store = the_store()
    try:
        keys, complete = (store.count if dry else store.delete_matching)(cache.make_key(pattern))
    except Away as away:
        raise Unavailable("Redis does not answer: its keys can't be looked through.") from away
    amount = f"{keys} {'key' if keys == 1 else 'keys'}" + ("" if complete else ", and more that were not looked at")
    will = "Would delete" if dry else "Deleted"
    return Outcome(Action.PATTERN, pattern, dry, f"{will} {amount} matching “{pattern}”.", keys, complete)


def the_store() -> Store:
    store = current_store()
    if store is None:
        raise Unavailable("The configured cache is not the one this page knows.")
    return store
