"""Both tiers as one: the local tier before the shared one, kept coherent, with the shared one allowed to be away.

Every call of the shared tier goes through `Line.ask`: it is refused while the breaker is open, and a failure opens it.
What could not be written then goes to the memory of this process, for the two seconds that a tier adrift is trusted,
and its key is remembered, so that Redis forgets its old value before it is asked again.
"""

from __future__ import annotations

import pickle
import time
from typing import Any

from performance.cache.alone import remaining
from performance.cache.line import Away, Line
from performance.cache.local import MISSING
from performance.cache.packing import NEVER, header_tail, is_bare, next_stamp, pack, unpack
from performance.cache.values import Kept

BATCH = 1000
SWEEP_SECONDS = 1.0
SCAN_SECONDS = 5.0
# What the local tier is to keep once it is written: by name the stamp, the form and the epoch.
Begun = dict[str, tuple[int, Kept, int]]


def expiry(life: float | None) -> float:
    return NEVER if life is None else time.time() + life


class Tiered(Line):
    """The same calls as `performance.cache.alone.Alone` has, on both tiers."""

    def fetch(self, name: str, namespace: str, aside: bool) -> Any:
        """The shared tier's value, which the local tier keeps from here on; MISSING where there is none."""
        if not aside:
            self.books.local_of(namespace).misses += 1
        epoch = self.local.epoch(name)
        try:
            raw = self.ask(self.shared.get, name, aside)
        except Away:
            return self.alone.side.get(name) if aside else MISSING
        return self.opened(name, raw, namespace, None if aside else epoch)

    def fetch_many(self, names: dict[str, str], aside: bool) -> dict[str, Any]:
        epochs = {name: self.local.epoch(name) for name in names}
        try:
            found = self.ask(self.shared.get_many, list(names), aside)
        except Away:
            return self.alone.fetch_many(names, aside)
        values = {
            name: self.opened(name, found.get(name), namespace, None if aside else epochs[name])
            for name, namespace in names.items()
        }
        return {name: value for name, value in values.items() if value is not MISSING}

    def opened(self, name: str, raw: bytes | None, namespace: str, epoch: int | None) -> Any:
        """The value of a parcel; with an *epoch* the local tier keeps it. What can't be read any more is missing."""
        ledger = self.books.shared_of(namespace)
        if raw is None:
            ledger.misses += 1
            return MISSING
        ledger.hits += 1
        ledger.bytes += len(raw)
        try:
            parcel = unpack(raw)
            value = parcel if isinstance(parcel, int) else pickle.loads(parcel.body)
        except Exception:
            return MISSING
        if epoch is not None and not isinstance(parcel, int):
            life = remaining(parcel.expires)
            if life is None or life > 0:
                kept = Kept(value, False) if parcel.immutable else Kept(parcel.body, True)
                self.local.put(name, kept, life, namespace, epoch)
        return value

    def set(self, name: str, value: Any, life: float | None, namespace: str, aside: bool) -> None:
        self.set_many({name: (value, namespace)}, life, aside)

    def set_many(self, values: dict[str, tuple[Any, str]], life: float | None, aside: bool) -> None:
        """Writes each value (with its namespace) through both tiers."""
        if life is not None and life <= 0:
            self.delete(list(values), aside)
            return
        parcels, begun = self.parcels(values, life, aside)
        try:
            if len(parcels) == 1:
                ((name, raw),) = parcels.items()
                self.ask(self.shared.set, name, raw, life, aside)
            else:
                self.ask(self.shared.set_many, parcels, life, aside)
        except Away:
            self.cancel(begun)
            for name, (value, namespace) in values.items():
                self.missed.note(name, aside)
                self.alone.set(name, value, life, namespace, aside)
            return
        for name, (_, namespace) in values.items():
            self.wrote(name, namespace, parcels[name], life, begun.get(name))

    def parcels(
        self, values: dict[str, tuple[Any, str]], life: float | None, aside: bool
    ) -> tuple[dict[str, bytes | int], Begun]:
        """What to send, and for each value that the local tier is to keep its stamp, form and epoch."""
        parcels: dict[str, bytes | int] = {}
        begun: Begun = {}
        for name, (value, _) in values.items():
            if is_bare(value):
                parcels[name] = value
                continue
            stamp = next_stamp()
            parcels[name], kept = pack(value, expiry(life), stamp)
            if not aside:
                begun[name] = stamp, kept, self.local.begin_write(name, stamp)
        return parcels, begun

    def wrote(
        self, name: str, namespace: str, raw: bytes | int, life: float | None, begun: tuple[int, Kept, int] | None
    ) -> None:
        """The shared tier has it: now the local tier may."""
        ledger = self.books.shared_of(namespace)
        ledger.writes += 1
        ledger.bytes += len(raw) if isinstance(raw, bytes) else 8
        if begun is None:
            self.local.forget([name])
        else:
            stamp, kept, epoch = begun
            self.local.finish(name, kept, life, namespace, (stamp, epoch))

    def cancel(self, begun: Begun) -> None:
        """What was begun was not written."""
        for name, (stamp, _, _) in begun.items():
            self.local.cancel(name, stamp)

    def add(self, name: str, value: Any, life: float | None, namespace: str, aside: bool) -> bool:
        if life is not None and life <= 0:
            return not self.has(name, aside)
        parcels, begun = self.parcels({name: (value, namespace)}, life, aside)
        try:
            added = bool(self.ask(self.shared.set, name, parcels[name], life, aside, new=True))
        except Away:
            self.cancel(begun)
            added = self.alone.add(name, value, life, namespace, aside)
            if added:
                self.note_count(name, value, aside)
            return added
        if added:
            self.wrote(name, namespace, parcels[name], life, begun.get(name))
        else:
            self.cancel(begun)
        return added

    def note_count(self, name: str, value: Any, aside: bool) -> None:
        """A counter goes on from its old count when Redis is back: forgetting it would let a flood begin anew."""
        if not (aside and is_bare(value)):
            self.missed.note(name, aside)

    def touch(self, name: str, life: float | None, aside: bool) -> bool:
        if life is not None and life <= 0:
            return self.delete([name], aside)
        try:
            found = bool(self.ask(self.shared.touch, name, header_tail(expiry(life), next_stamp()), life, aside))
        except Away:
            self.missed.note(name, aside)
            return self.alone.touch(name, life, aside)
        self.local.forget([name])
        return found

    def delete(self, names: list[str], aside: bool) -> bool:
        """Before and after: a read that began in between must not bring the old value back."""
        found = self.alone.delete(names, aside)
        try:
            for start in range(0, len(names), BATCH):
                found = self.ask(self.shared.delete, names[start : start + BATCH], aside) > 0 or found
        except Away:
            for name in names:
                self.missed.note(name, aside)
            return found
        self.local.forget(names)
        return found

    def change(self, name: str, delta: int, aside: bool) -> Any:
        """The number plus *delta*, in one step of Redis; MISSING where there is none."""
        try:
            count = self.ask(self.shared.increase, name, delta, aside)
        except Away:
            count = self.alone.change(name, delta, aside)
            self.note_count(name, count, aside)
            return count
        except ValueError:
            count = self.change_parcel(name, delta, aside)
        self.local.forget([name])
        return MISSING if count is None else count

    def change_parcel(self, name: str, delta: int, aside: bool) -> Any:
        """What Redis can't count with (fractions, huge numbers) is read and written: no single step."""
        try:
            raw, life = self.ask(self.shared.get, name, aside), self.ask(self.shared.lasts, name, aside)
        except Away:
            return None
        value = self.opened(name, raw, "other", None)
        if value is MISSING:
            return None
        self.set(name, value + delta, life, "other", aside)
        return value + delta

    def has(self, name: str, aside: bool) -> bool:
        try:
            return bool(self.ask(self.shared.has, name, aside))
        except Away:
            return self.alone.has(name, aside)

    def clear(self) -> None:
        """Begins a new generation, so that nobody reads the old one, then removes what is left of it for a moment."""
        left = (self.shared.value_prefix, self.shared.count_prefix) if self.shared.generation else ()
        self.alone.clear()
        try:
            self.ask(self.begin_generation)
            for prefix in left:
                self.delete_keys(f"{prefix}*", SWEEP_SECONDS)
        except Away:
            self.missed.note_everything()

    def lease(self, name: str, token: str, seconds: float) -> bool:
        """Whether the holder of *token* alone, of all processes, may compute the value now."""
        try:
            return bool(self.ask(self.shared.lease, name, token, seconds))
        except Away:
            return True

    def leased(self, name: str, token: str) -> bool:
        try:
            return bool(self.ask(self.shared.lease_holder, name) == token)
        except Away:
            return True

    def release(self, name: str, token: str) -> None:
        self.tell(self.shared.release, name, token)

    def revoke(self, name: str) -> None:
        self.tell(self.shared.revoke, name)

    def count(self, pattern: str) -> tuple[int, bool]:
        """How many values match, and whether all were looked at within a few seconds."""
        keys: set[bytes] = set()
        until = time.monotonic() + SCAN_SECONDS
        for page in self.pages(self.values_like(pattern)):
            keys.update(page)
            if time.monotonic() > until:
                return len(keys), False
        return len(keys), True

    def delete_matching(self, pattern: str) -> tuple[int, bool]:
        return self.delete_keys(self.values_like(pattern), SCAN_SECONDS)

    def values_like(self, pattern: str) -> str:
        """The pattern of Redis's keys; a process that never asked learns the generation first."""
        self.ask(self.shared.redis.ping)
        return self.shared.value_prefix + pattern

    def delete_keys(self, pattern: str, seconds: float) -> tuple[int, bool]:
        """Removes matching keys in pages, each a short step for Redis; how many, and whether it came to the end."""
        deleted, until = 0, time.monotonic() + seconds
        for page in self.pages(pattern):
            deleted += self.ask(self.shared.unlink, page)
            self.local.forget(name for key in page if (name := self.shared.name_of(key)) is not None)
            if time.monotonic() > until:
                return deleted, False
        return deleted, True
