"""How a database goes about a statement: the steps of its plan, and an index that was tried. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

# The columns of an index, each with whether it descends.
Columns = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Step:
    """A step of a plan. ``rows`` is the planner's guess, ``cost`` its own unit; SQLite tells neither."""

    depth: int
    operation: str
    table: str = ""
    alias: str = ""
    index: str = ""
    condition: str = ""
    rows: float | None = None
    width: int | None = None
    cost: float | None = None

    @property
    def scans_all(self) -> bool:
        """Whether it reads the whole table."""
        return self.operation == "Seq Scan" or (self.operation == "SCAN" and not self.index)

    @property
    def sorts(self) -> bool:
        return self.operation == "Sort" or self.operation.startswith("USE TEMP B-TREE FOR ORDER BY")

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}


@dataclass(frozen=True)
class Trial:
    """An index that the planner took. ``per_key`` is the share of the rows looked at that have the same key.

    ``before`` and ``after`` are the planner's costs on a copy of ``rows`` rows; SQLite has no costs.
    """

    columns: Columns
    rows: int
    per_key: float | None
    unsorted: bool
    before: float | None = None
    after: float | None = None
