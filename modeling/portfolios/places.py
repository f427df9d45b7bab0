"""The engines' refusals in the words of a document: their fields become the document's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from valor.lib.errors import InvalidInput

FIELDS = {
    "mean": "estimators.mean",
    "covariance": "estimators.covariance",
    "market": "benchmark",
    "expected_return": "objective.return",
    "target_return": "objective.return",
    "objective.target_return": "objective.return",
    "volatility": "objective.risk",
    "level": "objective.beta",
    "views": "views.views",
    "market_weights": "views.market_weights",
    "constraints.costs": "costs",
    "constraints.turnover.current": "current",
}


@contextmanager
def placed() -> Iterator[None]:
    """Lets an engine's error pass, its fields renamed."""
    try:
        yield
    except InvalidInput as error:
        error.problems = tuple(replace(problem, field=in_document(problem.field)) for problem in error.problems)
        raise


def in_document(field: str) -> str:
    """The longest known beginning of a path, replaced."""
    for known in sorted(FIELDS, key=len, reverse=True):
        if field == known or field.startswith(f"{known}."):
            return FIELDS[known] + field[len(known) :]
    return field
