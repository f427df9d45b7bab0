"""A few large things kept in this process, the least recently used of them dropped first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


T = TypeVar("T", bound=Sized)


class Remembered(Generic[T]):
    """At most so many, and so many bytes, by key. What is larger than all the room is made and not kept."""

    def __init__(self, *, most: int, most_bytes: int) -> None:
        self.most, self.most_bytes = most, most_bytes
        self._held: OrderedDict[tuple[object, ...], T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """What is kept under the key, else what *make* gives; it is made outside the lock."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()
        if made.nbytes <= self.most_bytes:
            with self._lock:
                self._held[key] = made
                while len(self._held) > self.most or sum(one.nbytes for one in self._held.values()) > self.most_bytes:
                    self._held.popitem(last=False)
        return made

    def __contains__(self, key: tuple[object, ...]) -> bool:
        return key in self._held

    def __len__(self) -> int:
        return len(self._held)

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
