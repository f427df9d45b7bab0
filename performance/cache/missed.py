"""What could not be told to the shared tier while it was away, so that it is put right when it is back."""

from __future__ import annotations

import threading

MOST = 10_000


class Missed:
    """Keys to delete. Beyond the bound only that there were too many: then the whole namespace is left behind."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.lock = threading.Lock()
        self.names: set[tuple[str, bool]] = set()
        self.everything = False

    def note(self, name: str, aside: bool) -> None:
        with self.lock:
            if len(self.names) < self.most:
                self.names.add((name, aside))
            elif (name, aside) not in self.names:
                self.everything = True

    def note_everything(self) -> None:
        with self.lock:
            self.everything = True

    def take(self) -> tuple[list[tuple[str, bool]], bool]:
        """The keys noted so far and whether there were more than can be remembered; both are forgotten here."""
        with self.lock:
            names, everything = list(self.names), self.everything
            self.names, self.everything = set(), False
            return names, everything

    def __len__(self) -> int:
        return len(self.names)

    def __bool__(self) -> bool:
        return bool(self.names) or self.everything
