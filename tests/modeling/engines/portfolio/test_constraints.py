"""Constraints say all that is wrong with them at once."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.constraints import (
    Cardinality,
    FactorExposure,
    GroupBound,
    Leverage,
    MinimumPosition,
    TrackingError,
    TransactionCosts,
    Turnover,
    constraints_of,
)
from modeling.engines.portfolio.problem import problem_of

PROBLEM = problem_of([0.05, 0.06, 0.07], np.eye(3) * 0.04, names=("A", "B", "C"))
EQUAL = [1 / 3] * 3


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        (GroupBound("Technology", ("A", "Z"), upper=0.2), ["constraints.Technology.members"]),
        (GroupBound("Technology", ("A", "A"), upper=0.2), ["constraints.Technology.members"]),
        (GroupBound("Technology", (7,), upper=0.2), ["constraints.Technology.members"]),
        (GroupBound("Technology", (), upper=0.2), ["constraints.Technology.members"]),
        (GroupBound("Technology", ("A",), 0.3, 0.2), ["constraints.Technology.lower"]),
        (GroupBound("Technology", ("A",), float("nan")), ["constraints.Technology"]),
        (FactorExposure("value", [1.0, 2.0], upper=1.0), ["constraints.value.loadings"]),
        (FactorExposure("value", [1.0, 2.0, np.nan], upper=1.0), ["constraints.value.loadings"]),
        (FactorExposure("value", "words", upper=1.0), ["constraints.value.loadings"]),
        (Turnover([1.0], -0.1), ["constraints.turnover.current", "constraints.turnover.limit"]),
        (TransactionCosts(EQUAL, -0.1, 0.1), ["constraints.costs.buy"]),
        (TransactionCosts(EQUAL, 0.1, [0.1, 0.1], 0.0), ["constraints.costs.sell", "constraints.costs.holding_years"]),
        (TransactionCosts(EQUAL, "dear", 0.1), ["constraints.costs.buy"]),
        (TrackingError(EQUAL, float("inf")), ["constraints.tracking_error.limit"]),
        (Leverage(-1.0, float("nan")), ["constraints.leverage.gross", "constraints.leverage.net"]),
        (Cardinality(0), ["constraints.cardinality.most"]),
        (Cardinality(2.5), ["constraints.cardinality.most"]),
        (MinimumPosition(0.0), ["constraints.minimum_position.size"]),
    ],
)
def test_what_can_not_be_used_is_named_with_a_remedy(constraint: object, fields: list[str]) -> None:
    with pytest.raises(EngineError) as refused:
        constraints_of(constraint).checked(PROBLEM)
    assert [told.field for told in refused.value.problems] == fields
    assert all(told.message and told.remedy for told in refused.value.problems)


def test_the_problems_of_all_constraints_are_told_at_once() -> None:
    with pytest.raises(EngineError) as refused:
        constraints_of(Cardinality(0), MinimumPosition(-1.0), Leverage(-1.0)).checked(PROBLEM)
    assert len(refused.value.problems) == 3


def test_two_constraints_of_one_name_are_refused() -> None:
    group = GroupBound("Technology", ("A",), upper=0.2)
    with pytest.raises(EngineError) as refused:
        constraints_of(group, group).checked(PROBLEM)
    assert [told.field for told in refused.value.problems] == ["constraints.Technology"]


def test_what_is_in_order_is_handed_back() -> None:
    constraints = constraints_of(GroupBound("Technology", ("A", 1), 0.1, 0.5), Turnover(EQUAL, 0.2), Cardinality(2))
    assert constraints.checked(PROBLEM) is constraints
