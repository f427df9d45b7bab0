"""What is answered at once, and what is work for a job."""

from __future__ import annotations

from typing import Any

import pytest

from modeling.portfolios.size import is_small


def canonical(
    assets: int, days: int = 0, method: str = "min_variance", *kinds: str, points: int = 50
) -> dict[str, Any]:
    """As much of a canonical document as its size hangs on."""
    series = {f"A{place}": [] for place in range(assets)}
    source = {"prices": {"series": series, "dates": range(days)}} if days else {"assets": list(series)}
    return source | {
        "objective": {"method": method, "points": points},
        "constraints": [{"kind": kind} for kind in kinds],
        "costs": {"buy": 0.0, "sell": 0.0},
    }


@pytest.mark.parametrize(
    ("small", "large"),
    [
        (canonical(500), canonical(501)),
        (canonical(1000, 1260), canonical(1001, 1260)),
        (canonical(500, 3000), canonical(500, 3001)),
        (canonical(400, 1260, "max_sharpe", "tracking_error"), canonical(401, 1260, "max_sharpe", "group")),
        (canonical(300, 500, "frontier", "group"), canonical(301, 500, "frontier", "group")),
        (canonical(400, 500, "frontier", "group", points=30), canonical(100, 500, "frontier", "group", points=500)),
        (canonical(100, 500, "frontier", "tracking_error"), canonical(101, 500, "frontier", "tracking_error")),
        (canonical(200, 1250, "min_cvar"), canonical(200, 1251, "min_cvar")),
        (canonical(15, 0, "min_variance", "cardinality"), canonical(16, 0, "min_variance", "cardinality")),
        (canonical(15, 0, "max_sharpe", "minimum_position"), canonical(16, 0, "max_sharpe", "minimum_position")),
        (canonical(15, 0, "max_utility", "cardinality"), canonical(16, 0, "max_utility", "cardinality")),
        (
            canonical(5, 0, "max_return", "cardinality", "tracking_error"),
            canonical(6, 0, "max_return", "cardinality", "tracking_error"),
        ),
        (canonical(5, 0, "min_tracking_error", "cardinality"), canonical(6, 0, "min_tracking_error", "cardinality")),
        (canonical(10, 1260, "min_cvar", "cardinality"), canonical(11, 1260, "min_cvar", "cardinality")),
        (canonical(10, 25_000, "min_cvar", "cardinality"), canonical(10, 25_001, "min_cvar", "cardinality")),
        (canonical(1000, 500, "frontier"), canonical(2, 0, "frontier", "cardinality")),
    ],
)
def test_what_is_over_the_limit_is_work_for_a_job(small, large) -> None:
    assert (is_small(small), is_small(large)) == (True, False)


def test_costs_count_as_a_constraint() -> None:
    document = canonical(401)
    assert is_small(document)
    assert not is_small(document | {"costs": {"buy": 0.001, "sell": 0.0}})
