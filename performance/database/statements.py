"""What a statement without literals says about its tables: which columns it compares and orders by.

It reads what Django writes, and plain SQL in the same manner; what it doesn't recognise it leaves out. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

NAME = r'(?:"[^"]+"|[A-Za-z_]\w*)'
TABLE = re.compile(rf"\b(?:FROM|JOIN)\s+(?P<table>{NAME})(?:\s+(?:AS\s+)?(?P<alias>{NAME}))?", re.IGNORECASE)
NO_ALIAS = {
    *("WHERE", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "JOIN", "ON", "ORDER", "GROUP", "LIMIT", "OFFSET", "HAVING"),
    *("FOR", "UNION", "USING", "FETCH", "WINDOW", "NATURAL", "EXCEPT", "INTERSECT"),
}
COMPARED = re.compile(
    rf"(?:(?P<alias>{NAME})\.)?(?P<column>{NAME})\s*"
    r"(?:(?P<equal>=\s*(?:%s|ANY\b|\(%s\))|IN\s*\(%s|IS\s+NULL)|(?P<range>(?:<=|>=|<|>)\s*%s|BETWEEN\s+%s))",
    re.IGNORECASE,
)
ORDER = re.compile(r"\bORDER BY (?P<items>(?:(?! LIMIT | OFFSET | FOR |\)).)+)", re.IGNORECASE)
ORDERED = re.compile(
    rf"(?:(?P<alias>{NAME})\.)?(?P<column>{NAME})(?:\s+(?P<way>ASC|DESC))?(?:\s+NULLS\s+\w+)?", re.IGNORECASE
)
COUNTS = re.compile(r"SELECT\s+COUNT\(", re.IGNORECASE)
SELECTED = re.compile(r"^(\W*SELECT (?:DISTINCT )?)(?!COUNT\().{40,}? (?=FROM )", re.IGNORECASE)
INSERTED = re.compile(r"^(INSERT INTO \S+ \().{40,}?(?=\) (?:VALUES|SELECT)\b)", re.IGNORECASE)
WRITES = {"INSERT", "UPDATE", "DELETE", "MERGE", "INTO", "CREATE", "DROP", "ALTER", "TRUNCATE", "CALL", "COPY", "DO"}
LOCKING = re.compile(r"\bFOR (?:NO KEY )?UPDATE\b", re.IGNORECASE)
MOST_COLUMNS = 3


@dataclass(frozen=True)
class Uses:
    """How a statement uses one table: columns it compares for equality or a range, and orders by."""

    table: str
    equal: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()

    def candidates(self) -> list[tuple[tuple[str, bool], ...]]:
        """Indexes that could serve, the most telling first: columns, each with whether it descends."""
        equal = [(column, False) for column in self.equal]
        order = [(column, descends) for column, descends in self.order if column not in self.equal]
        if order and len({descends for _, descends in order}) == 1:
            # An index is read in either direction.
            order = [(column, False) for column, _ in order]
        ranges = [(column, False) for column in self.ranges[:1]]
        drafts = ([*equal, *order], [*equal, *ranges], equal, ranges, order)
        cut = [tuple(draft[:MOST_COLUMNS]) for draft in drafts if draft]
        return list(dict.fromkeys(cut))


@dataclass(frozen=True)
class Statement:
    """A statement taken apart: ``uses`` by the alias under which a plan names the table."""

    text: str
    uses: dict[str, Uses] = field(default_factory=dict)
    counts: bool = False
    compares: bool = False


def bare(name: str | None) -> str:
    return name.strip('"') if name else ""


def gist(text: str) -> str:
    """The statement without its long list of columns, which hides what tells it from others."""
    return INSERTED.sub("\\1…", SELECTED.sub("\\1… ", text))


def is_read(text: str) -> bool:
    """Whether it certainly changes nothing and is a single statement; in doubt it is not."""
    outside = re.sub(r'"[^"]*"', '""', LOCKING.sub("", text))
    words = re.findall(r"\w+", outside.upper())
    first = words[0] if words else ""
    return first in ("SELECT", "WITH") and not WRITES & set(words) and ";" not in outside


def taken_apart(text: str) -> Statement:
    """A statement as a fingerprint holds it."""
    tables: dict[str, str] = {}
    for found in TABLE.finditer(text):
        table, alias = bare(found["table"]), bare(found["alias"])
        tables[table if not alias or alias.upper() in NO_ALIAS else alias] = table
    only = next(iter(tables)) if len(tables) == 1 else ""
    compared = [(bare(found["alias"]) or only, found) for found in COMPARED.finditer(text)]
    ordered = order_of(text, only)
    uses = {
        alias: Uses(
            table,
            columns(found for place, found in compared if place == alias and found["equal"]),
            columns(found for place, found in compared if place == alias and found["range"]),
            tuple((column, descends) for place, column, descends in ordered)
            if all(place == alias for place, _, _ in ordered)
            else (),
        )
        for alias, table in tables.items()
    }
    compares = bool(re.search(r"\b(?:WHERE|JOIN|HAVING)\b", text, re.IGNORECASE))
    return Statement(text, uses, bool(COUNTS.match(text)), compares)


def columns(found: Iterable[re.Match[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(bare(match["column"]) for match in found))


def order_of(text: str, only: str) -> list[tuple[str, str, bool]]:
    """Alias, column and whether it descends, of the last ORDER BY; nothing when it orders by more than columns."""
    items = [found["items"] for found in ORDER.finditer(text)]
    ordered = []
    for item in items[-1].split(",") if items else []:
        found = ORDERED.fullmatch(item.strip())
        if found is None:
            return []
        ordered.append((bare(found["alias"]) or only, bare(found["column"]), (found["way"] or "").upper() == "DESC"))
    return ordered
