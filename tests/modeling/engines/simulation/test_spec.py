"""What is drawn: refused by field where it is impossible, and identified by its key."""

from __future__ import annotations

import math

import pytest

from modeling.engines.simulation.distributions import Lognormal, Normal
from modeling.engines.simulation.spec import SimulationSpec
from tests.modeling.engines.simulation.models import A_AND_B, matrix_of
from valor.lib.errors import InvalidInput


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"drivers": ()}, ["uncertainty"]),
        ({"drivers": (A_AND_B[0], A_AND_B[0])}, ["uncertainty"]),
        ({"trials": 0}, ["trials"]),
        ({"trials": 10**12}, ["trials"]),
        (
            {"trials": 1e6, "seed": -1, "sampler": "halton", "price": math.nan},
            ["trials", "seed", "sampler", "price.value"],
        ),
        ({"seed": 2**63}, ["seed"]),
        ({"seed": True}, ["seed"]),
        ({"correlation": [[1.0, 2.0], [2.0, 1.0]]}, ["correlations"]),
    ],
)
def test_an_impossible_specification_is_refused_by_field(changes, fields) -> None:
    with pytest.raises(InvalidInput) as refused:
        SimulationSpec(**{"drivers": A_AND_B, "trials": 10_000} | changes)
    assert [problem.field for problem in refused.value.problems] == fields


def test_the_key_tells_runs_apart() -> None:
    keys = [
        SimulationSpec(A_AND_B, None, 10_000, 1).key,
        SimulationSpec(A_AND_B, None, 10_000, 2).key,
        SimulationSpec(A_AND_B, None, 10_001, 1).key,
        SimulationSpec(A_AND_B, matrix_of(0.1), 10_000, 1).key,
        SimulationSpec((A_AND_B[0], ("b", Normal(5.0, 1.1))), None, 10_000, 1).key,
        SimulationSpec((A_AND_B[0], ("b", Lognormal(5.0, 1.0))), None, 10_000, 1).key,
        SimulationSpec(A_AND_B, None, 10_000, 1, "pseudo_random").key,
        SimulationSpec(A_AND_B, None, 10_000, 1, price=3.0).key,
    ]
    assert len(set(keys)) == len(keys)
    assert SimulationSpec(A_AND_B, None, 10_000, 1).key == keys[0]


@pytest.mark.parametrize("trials", [0, 999, 1_000_000_001, 10**12])
def test_the_number_of_trials_is_refused_with_the_limits(trials: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        SimulationSpec(A_AND_B, trials=trials)
    (problem,) = refused.value.problems
    assert (problem.field, problem.value) == ("trials", trials)
    assert problem.remedy == "Give 1,000 to 1,000,000,000."


def test_outcomes_are_counted_only_beyond_four_million_trials() -> None:
    assert not SimulationSpec(A_AND_B, trials=4_000_000).counted
    assert SimulationSpec(A_AND_B, trials=4_000_001).counted
