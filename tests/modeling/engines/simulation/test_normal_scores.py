"""The looked-up normal quantile and the cubic tables against SciPy's exact functions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from modeling.engines.simulation.normal_scores import SMALLEST, scores_of
from modeling.engines.simulation.score_table import FIRST_KNOTS, build_table


def test_scores_are_right_to_1e_11_from_the_middle_to_the_last_digit() -> None:
    draws = np.random.default_rng(1)
    tiny = 2.0 ** -draws.uniform(1, 53.9, 50_000)
    probabilities = np.concatenate([draws.random(50_000), tiny, 1 - tiny[tiny > 2.0**-52], [0.25, 0.5, 0.75, 2.0**-31]])
    scores = np.empty_like(probabilities)
    scores_of(probabilities, scores)
    assert np.max(np.abs(scores - special.ndtri(probabilities))) < 1e-11


def test_scores_are_symmetric_and_finite_at_both_ends() -> None:
    scores = np.array([SMALLEST, 2.0**-31, 0.5, 1 - 2.0**-31, 1 - 2.0**-53])
    scores_of(scores, scores)
    assert scores[2] == 0.0
    assert scores[1] == -scores[3]
    assert np.isfinite(scores).all()
    assert np.all(np.diff(scores) > 0)


def test_a_smooth_function_needs_the_first_table_and_a_steep_one_a_finer() -> None:
    smooth = build_table(special.ndtr, scale=1.0)
    steep = build_table(lambda scores: special.ndtr(5 * scores), scale=1.0)
    assert smooth is not None
    assert smooth.knots == FIRST_KNOTS
    assert steep is not None
    assert steep.knots > FIRST_KNOTS
    assert build_table(np.sign, scale=1.0) is None


@pytest.mark.parametrize("limit", [-40.0, 40.0])
def test_beyond_the_table_the_last_value_holds(limit: float) -> None:
    table = build_table(special.ndtr, scale=1.0)
    assert table is not None
    found = np.empty(1)
    table.evaluate(np.array([limit]), found)
    assert found[0] == pytest.approx(float(limit > 0), abs=1e-12)
