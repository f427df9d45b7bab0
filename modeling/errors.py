"""Errors of valuations beyond the common family."""

from __future__ import annotations

from valor.lib.errors import Conflict, Problem


class StaleVersion(Conflict):
    """This was saved elsewhere in the meantime: load it again, or keep yours and save on top of it."""

    def __init__(self, *, expected: int, current: int) -> None:
        self.current = current
        super().__init__(
            problems=[
                Problem(
                    "version",
                    current,
                    f"Your edit was made on version {expected}; the stored one is version {current}.",
                    f"Load version {current} and edit again, or send yours with version {current}.",
                )
            ]
        )
