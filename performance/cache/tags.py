"""Tags: names under which any number of results are forgotten at once, in constant time.

A tag is a stamp in the cache. A result carries the stamps that its tags had before it was computed, and counts only
while they are the same. Forgetting is writing another stamp; a lost stamp is replaced by one that never was before, so
that losing it forgets, too. Namespaces are tags.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import partial

from django.core.cache import cache
from django.db import transaction

from performance.cache.keys import shortened

LIFE = 7 * 86_400
PREFIX = "tag:"

Stamps = tuple[tuple[str, str], ...]


def key_of(name: str) -> str:
    """Where a tag's stamp is kept; a tag may be any text, a cache key may not."""
    return PREFIX + shortened(name)


def fresh() -> str:
    return secrets.token_hex(8)


def namespace_tag(namespace: str) -> str:
    return f"namespace={namespace}"


def stamps_of(tags: Iterable[str]) -> Stamps:
    """The stamps of the tags now; a tag never used before gets its first one."""
    return tuple((name, cache.get(key_of(name)) or first_stamp(name)) for name in tags)


def first_stamp(name: str) -> str:
    stamp = fresh()
    return stamp if cache.add(key_of(name), stamp, LIFE) else cache.get(key_of(name), stamp)


def invalidate_tags(*names: str) -> None:
    """Forgets every result that carries one of these tags, now."""
    cache.set_many({key_of(name): fresh() for name in names}, LIFE)


def invalidate_namespace(namespace: str) -> None:
    """Forgets every result of a namespace, now."""
    invalidate_tags(namespace_tag(namespace))


def invalidate_on_commit(*names: str) -> None:
    """Forgets the tags' results once the change that makes them wrong can be seen by others."""
    transaction.on_commit(partial(invalidate_tags, *names), robust=True)
