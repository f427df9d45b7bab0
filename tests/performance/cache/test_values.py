"""Which values may be shared between callers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from uuid import uuid4

import pytest
from django.utils.safestring import mark_safe

from modeling.figures import Figure, YearFigures
from performance.cache.values import is_immutable, keep, weigh
from performance.words import Word


@dataclass
class Open:
    value: int = 1


@dataclass(frozen=True)
class Remembering:
    value: int = 1

    @cached_property
    def results(self) -> list[int]:
        return [self.value]


@dataclass(frozen=True)
class Holding:
    values: tuple[object, ...] = ()
    extra: object = field(default=None)


class Text(str):
    pass


def nested(depth: int) -> tuple:
    return (nested(depth - 1),) if depth else ()


@pytest.mark.parametrize(
    "value",
    [
        "text",
        b"bytes",
        5,
        2**90,
        1.5,
        True,
        None,
        1j,
        (),
        (1, ("a", None)),
        frozenset({1, ("a",)}),
        date(2024, 1, 1),
        datetime(2024, 1, 1, tzinfo=UTC),
        Decimal("1.5"),
        uuid4(),
        Word.DOWN,
        Figure(1.0, "tag", filed=date(2024, 1, 1)),
        Holding((1, "a")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_nobody_can_change_is_kept_as_it_is(value):
    assert is_immutable(value)
    assert keep(value).give() is value
    assert weigh(value) > 0


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        set(),
        bytearray(b"x"),
        ([],),
        frozenset({(1, (2,))}) and (1, {"a": 1}),
        Open(),
        Remembering(),
        Holding(([],)),
        Holding((), {}),
        Text("x"),
        mark_safe("<b>"),
        YearFigures(date(2024, 1, 1), date(2024, 12, 31), figures={}),
        nested(20),
    ],
    ids=lambda value: type(value).__name__,
)
def test_everything_else_is_kept_as_a_copy(value):
    assert not is_immutable(value)
    assert keep(value).give() is not value


def test_a_frozen_record_with_something_added_is_not_frozen():
    figure = Figure(1.0)
    object.__setattr__(figure, "extra", [])
    assert not is_immutable(figure)
