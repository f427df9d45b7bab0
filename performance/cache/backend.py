"""The cache backend for Django: `CACHES = {"default": {"BACKEND": "performance.cache.backend.TieredCache", ...}}`.

| setting | default | what it does |
|---|---|---|
| LOCATION | memory | a Redis URL turns the shared tier on; any other text names a memory in this process |
| TIMEOUT, KEY_PREFIX, VERSION, KEY_FUNCTION | Django's | as for every backend |
| OPTIONS: MAX_ENTRIES | 1000 | entries of the local tier |
| OPTIONS: MAX_BYTES | 64 million | bytes of the local tier |
| OPTIONS: MAX_SECONDS | 300 | how long the local tier keeps a value at most |
| OPTIONS: SPACE | valor | what our keys in Redis begin with |
| OPTIONS: SOCKET_TIMEOUT | 0.5 | seconds that one call waits for Redis |
| OPTIONS: COUNTERS | ("rl:",) | keys that begin so are counters: they skip the local tier and the announcements |
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.cache.backends.base import (
    DEFAULT_TIMEOUT,
    BaseCache,
    CacheKeyWarning,
    default_key_func,
    memcache_key_warnings,
)

from performance.cache.ledger import namespace_of
from performance.cache.local import MISSING
from performance.cache.registry import Store, store_for

# A name that memcached would take as it is.
PORTABLE = re.compile(r"[^\x00-\x20\x7f]{1,250}").fullmatch
Names = dict[bool, dict[str, str]]


class TieredCache(BaseCache):
    """A thin face: what it holds belongs to the process and is shared by all threads, see `registry`."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        options = {"MAX_ENTRIES": 1000, **params.get("OPTIONS", {})}
        super().__init__({**params, "OPTIONS": options})
        self.counters = tuple(options.get("COUNTERS", ("rl:",)))
        self.store: Store = store_for(location, options, self)
        self.local = self.store.local
        self.usual_keys = self.key_func is default_key_func
        self.client = getattr(self.store, "shared", None) and self.store.shared.client  # type: ignore[union-attr]

    def life(self, timeout: Any) -> float | None:
        """Seconds from now; None for ever."""
        return self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout

    def checked(self, key: Any, version: int | None) -> tuple[str, bool]:
        """The name of a key, and whether it goes aside."""
        name = self.make_key(key, version)
        return name, self.goes_aside(name, key)

    def goes_aside(self, name: str, key: Any) -> bool:
        """Counters do, and names that memcached would refuse, after a warning.

        The local tier must never hold such a name, since it answers without looking at it again.
        """
        if PORTABLE(name):
            return str(key).startswith(self.counters)
        for warning in memcache_key_warnings(name):
            warnings.warn(warning, CacheKeyWarning, stacklevel=4)
        return True

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        if self.usual_keys:
            name = f"{self.key_prefix}:{self.version if version is None else version}:{key}"
        else:
            name = self.make_key(key, version)
        value = self.local.get(name)
        if value is MISSING:
            value = self.store.fetch(name, namespace_of(key), self.goes_aside(name, key))
        return default if value is MISSING else value

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        name, aside = self.checked(key, version)
        self.store.set(name, value, self.life(timeout), namespace_of(key), aside)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        name, aside = self.checked(key, version)
        return self.store.add(name, value, self.life(timeout), namespace_of(key), aside)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        name, aside = self.checked(key, version)
        return self.store.touch(name, self.life(timeout), aside)

    def delete(self, key: Any, version: int | None = None) -> bool:
        name, aside = self.checked(key, version)
        return self.store.delete([name], aside)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        name, aside = self.checked(key, version)
        return self.store.has(name, aside)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> Any:
        name, aside = self.checked(key, version)
        value = self.store.change(name, delta, aside)
        if value is MISSING:
            raise ValueError(f"Key '{key}' not found")
        return value

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        found, asked = {}, {}
        missing: Names = {False: {}, True: {}}
        for key in keys:
            name, aside = self.checked(key, version)
            value = MISSING if aside else self.local.get(name)
            if value is MISSING:
                asked[name] = key
                missing[aside][name] = namespace_of(key)
            else:
                found[key] = value
        for aside, names in missing.items():
            if names:
                values = self.store.fetch_many(names, aside)
                found |= {asked[name]: value for name, value in values.items()}
        return found

    def set_many(
        self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        values: dict[bool, dict[str, tuple[Any, str]]] = {False: {}, True: {}}
        for key, value in data.items():
            name, aside = self.checked(key, version)
            values[aside][name] = value, namespace_of(key)
        for aside, named in values.items():
            if named:
                self.store.set_many(named, self.life(timeout), aside)
        return []

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        names: dict[bool, list[str]] = {False: [], True: []}
        for key in keys:
            name, aside = self.checked(key, version)
            names[aside].append(name)
        for aside, listed in names.items():
            if listed:
                self.store.delete(listed, aside)

    def clear(self) -> None:
        """Leaves every value behind. Redis is not emptied: the job broker and others live there, too."""
        self.store.clear()
