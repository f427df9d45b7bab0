"""Samples of several categories in one statement: a union whose arms are padded to as many columns as the widest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from django.db.models import FloatField, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast

from performance.metrics import Category, Metric
from performance.rollups.reading import Epoch, Floats

NOTHING = Cast(Value(None), FloatField())
ID, TIME, INTERVAL, COLUMNS = range(4)  # the cells of a row; from COLUMNS on those that the metrics are made of


class Arm(NamedTuple):
    """Which samples of a category, and of what; an empty condition asks for none."""

    category: Category
    metrics: Sequence[Metric]
    which: Q

    @property
    def columns(self) -> list[str]:
        return columns_of(self.metrics)


def columns_of(metrics: Sequence[Metric]) -> list[str]:
    """What has to be read for these metrics."""
    return list(dict.fromkeys(column for metric in metrics for column in metric.sources))


def cells_of(arms: Sequence[Arm]) -> list[Floats]:
    """The rows of each arm, in any order."""
    width = max((len(arm.columns) for arm in arms), default=0)
    asked = [rows_of(at, arm, width) for at, arm in enumerate(arms) if arm.which]
    rows: list[list[Sequence[Any]]] = [[] for _ in arms]
    if asked:
        for at, *cells in asked[0].union(*asked[1:], all=True):
            rows[at].append(cells)
    return [as_cells(found, COLUMNS + len(arm.columns)) for found, arm in zip(rows, arms, strict=True)]


def rows_of(at: int, arm: Arm, width: int) -> QuerySet[Any, Any]:
    """An arm's rows, each with the arm's number before it."""
    padding = [NOTHING] * (width - len(arm.columns))
    number = Value(at, output_field=IntegerField())
    rows = arm.category.model._default_manager.filter(arm.which)
    return rows.values_list(number, "pk", Epoch("taken_at"), "interval", *arm.columns, *padding)


def as_cells(rows: Sequence[Sequence[Any]], width: int) -> Floats:
    return np.array([cells[:width] for cells in rows], float).reshape(len(rows), width)
