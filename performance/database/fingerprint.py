"""A statement without what makes it one of many: literals, parameters, lengths of lists, comments and spaces.

Two statements that differ in nothing else share a fingerprint. Its text can be shown to anybody who may see the schema:
every literal and parameter is ``%s``, a list of any length is ``%s, ...``. Names in double quotes stay as they are, and
so do the numbers of columns in ORDER BY and GROUP BY, which are not data.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

PARAMETER, MORE = "%s", "..."
# A statement longer than this is cut, after its lists of parameters were shortened.
LONGEST = 20_000
POSTGRESQL, SQLITE = "postgresql", "sqlite"

COMMON = r"""
    (?P<space>\s+)
    |(?P<parameter>%\(\w+\)s|%[sbt](?!\w)|{parameter})
    |(?P<modulo>%%?)
    |(?P<comment>--{line}*)
    |(?P<block>/\*)
    |(?P<literal>{string}|(?:[bx]|n|u&)?'[^']*(?:''[^']*)*(?:'|\Z))
    |(?P<name>"[^"]*(?:""[^"]*)*"{name})
    |(?P<open>["`][\s\S]*)
    |(?P<more>\.\.\.)
    |(?P<number>(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[+-]?\d+)?\w*)
    |(?P<word>[^\W\d][\w$]*)
    |(?P<symbol>.)
"""
FLAGS = re.VERBOSE | re.IGNORECASE | re.DOTALL
LEXERS = {
    POSTGRESQL: re.compile(
        COMMON.format(
            parameter=r"\$\d+",
            line=r"[^\n\r]",
            string=r"e'(?:[^'\\]|''|\\.)*(?:'|\\?\Z)|\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)",
            name="",
        ),
        FLAGS,
    ),
    SQLITE: re.compile(
        COMMON.format(
            parameter=r"\?\d*|[:@$]\w+",
            line=r"[^\n]",
            string=r"(?!)",
            name=r"|`[^`]*(?:``[^`]*)*`|\[[^\]]*\]",
        ),
        FLAGS,
    ),
}
KEPT = {"name", "word", "symbol", "more"}
REPLACED = {"modulo": "%%"}
BLOCK_EDGE = re.compile(r"/\*|\*/")
ROWS = re.compile(r"(\((?:%s|NULL|DEFAULT)(?:, (?:%s|NULL|DEFAULT))*\))(?:, \1)+")
ITEMS = re.compile(r"(?<=IN \()%s(?:, %s)+")
# The number of a column, where nothing is calculated with it.
COLUMN = re.compile(
    r"\d{1,3}\s*(?=[,)]|\Z|(?:ASC|DESC|NULLS|LIMIT|OFFSET|HAVING|ORDER|FETCH|FOR|UNION)\b)", re.IGNORECASE
)
AFTER_COLUMNS = {"LIMIT", "OFFSET", "HAVING", "FETCH", "FOR", "UNION", "ROWS", "RANGE"}
LISTS = {"IN": "(", "ARRAY": "["}
CLOSES = {"(": ")", "[": "]"}
# After these a minus is a sign.
BEFORE_SIGN = (
    set("(,=<>+-*/|[")
    | {"%%"}
    | {
        *("AND", "OR", "NOT", "WHEN", "THEN", "ELSE", "BETWEEN", "SELECT", "LIMIT", "OFFSET", "IN", "LIKE", "WHERE"),
        *("ON", "SET", "BY", "RETURNING", "IS", "CASE", "VALUES", "DEFAULT"),
    }
)


class Token(NamedTuple):
    """A piece of a statement, and whether a space comes before it."""

    text: str
    spaced: bool = False

    @property
    def word(self) -> str:
        return self.text.upper()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What equal statements share: ``id`` is stable across processes, releases and machines."""

    id: str
    statement: str

    @property
    def verb(self) -> str:
        """SELECT, INSERT, BEGIN and so on."""
        return self.statement.lstrip("( ").partition(" ")[0].upper()


def fingerprint_of(sql: str, vendor: str) -> Fingerprint:
    """The fingerprint of a statement as Django hands it to a cursor of *vendor* (postgresql or sqlite)."""
    tokens = shortened(list(tokens_of(trimmed(sql), vendor)))
    digest = hashlib.sha256("\0".join(token.text for token in tokens).encode(errors="replace"))
    return Fingerprint(digest.hexdigest()[:16], written(tokens))


def trimmed(sql: str) -> str:
    """A very long statement with its lists of parameters cut short, quickly, and then itself."""
    if len(sql) <= LONGEST:
        return sql
    return ITEMS.sub("%s, %s", ROWS.sub(r"\1", sql))[:LONGEST]


def written(tokens: list[Token]) -> str:
    """The statement; what follows a parameter without a space is set apart, lest the two read as one."""
    parts: list[str] = []
    for token in tokens:
        apart = token.spaced or (
            bool(parts) and parts[-1].endswith(PARAMETER) and re.match(r"\w", token.text) is not None
        )
        parts.append(f" {token.text}" if apart else token.text)
    return "".join(parts).strip()


class Columns:
    """Follows a statement through its ORDER BY and GROUP BY: where a number is that of a column."""

    def __init__(self) -> None:
        self.depth: int | None = None

    def follow(self, word: str) -> None:
        if word == "BY":
            self.depth = 0
        elif word in AFTER_COLUMNS:
            self.depth = None
        elif self.depth is not None and word in "()":
            self.depth += 1 if word == "(" else -1
            if self.depth < 0:
                self.depth = None

    def expects(self, before: str) -> bool:
        return self.depth == 0 and before in ("BY", ",")


def tokens_of(sql: str, vendor: str) -> Iterator[Token]:
    """The pieces of a statement, without comments and with every literal as a parameter."""
    lexer = LEXERS.get(vendor, LEXERS[POSTGRESQL])
    place, spaced, before = 0, False, "("
    columns = Columns()
    while place < len(sql):
        found = lexer.match(sql, place)
        assert found is not None, "the last alternative matches any character"
        kind, text, start, place = str(found.lastgroup), found.group(), place, found.end()
        if kind == "block":
            place = end_of_block(sql, place, nested=vendor != SQLITE)
        if kind in ("space", "comment", "block"):
            spaced = True
            continue
        if kind == "symbol" and text in "-+" and before in BEFORE_SIGN and sql[place : place + 1].isdigit():
            continue
        token = Token(text if kind in KEPT else REPLACED.get(kind, PARAMETER), spaced)
        if kind == "number" and columns.expects(before) and COLUMN.match(sql, start):
            token = Token(text, spaced)
        yield token
        before, spaced = token.word, False
        columns.follow(before)


def end_of_block(sql: str, place: int, nested: bool) -> int:
    """Where a comment ends whose text begins at *place*; PostgreSQL lets comments hold comments."""
    depth = 1
    for edge in BLOCK_EDGE.finditer(sql, place):
        if edge.group() == "*/":
            depth -= 1
        elif nested:
            depth += 1
        if depth == 0:
            return edge.end()
    return len(sql)


def shortened(tokens: list[Token]) -> list[Token]:
    """Without the lengths of lists, and without names that are made up for a single use."""
    kept: list[Token] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        word, place = token.word, place + 1
        kept.append(token)
        if word == "SAVEPOINT" and place < len(tokens):
            kept.append(Token("s", True))
            place += 1
        elif word in LISTS and place < len(tokens) and tokens[place].text == LISTS[word]:
            place = shorten_list(tokens, place, kept)
        elif word == "VALUES":
            place = shorten_rows(tokens, place, kept)
        elif word == "WHEN":
            place = skip_equal_branches(tokens, place, kept)
    return kept


def end_of_group(tokens: list[Token], place: int) -> int:
    """Behind the bracket that closes the one at *place*."""
    opens = tokens[place].text
    depth = 0
    for index in range(place, len(tokens)):
        text = tokens[index].text
        depth += (text == opens) - (text == CLOSES[opens])
        if depth == 0:
            return index + 1
    return len(tokens)


def items_of(tokens: list[Token]) -> list[list[Token]]:
    """What the commas outside of brackets separate."""
    items: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in "([") - (token.text in ")]")
        if token.text == "," and depth == 0:
            items.append([])
        else:
            items[-1].append(token)
    return items


def shorten_list(tokens: list[Token], place: int, kept: list[Token]) -> int:
    """``(%s, %s, %s)`` as ``(%s, ...)``, where all items are the same and hold a parameter."""
    end = end_of_group(tokens, place)
    inside = tokens[place + 1 : end - 1]
    items = [item for item in items_of(inside) if [token.text for token in item] != [MORE]]
    texts = {tuple(token.text for token in item) for item in items}
    if len(texts) != 1 or PARAMETER not in next(iter(texts)) or inside[0].word in ("SELECT", "WITH", "VALUES"):
        return place
    kept += [tokens[place], *items[0], Token(","), Token(MORE, True), *tokens[end - 1 : end]]
    return end


def shorten_rows(tokens: list[Token], place: int, kept: list[Token]) -> int:
    """``VALUES (%s), (%s)`` as ``VALUES (%s), ...``."""
    if place >= len(tokens) or tokens[place].text != "(":
        return place
    end = end_of_group(tokens, place)
    kept += [*tokens[place:end], Token(","), Token(MORE, True)]
    while end + 1 < len(tokens) and tokens[end].text == "," and tokens[end + 1].text in ("(", MORE):
        end = end_of_group(tokens, end + 1) if tokens[end + 1].text == "(" else end + 2
    return end


def skip_equal_branches(tokens: list[Token], place: int, kept: list[Token]) -> int:
    """One of the equal branches of a CASE, which a bulk update has for each of its rows."""
    end = end_of_branch(tokens, place)
    branch = [token.text for token in tokens[place:end]]
    kept += tokens[place:end]
    while end < len(tokens) and tokens[end].word == "WHEN":
        after = end_of_branch(tokens, end + 1)
        if [token.text for token in tokens[end + 1 : after]] != branch:
            break
        end = after
    return end


def end_of_branch(tokens: list[Token], place: int) -> int:
    ends = (index for index in range(place, len(tokens)) if tokens[index].word in ("WHEN", "ELSE", "END"))
    return next(ends, len(tokens))
