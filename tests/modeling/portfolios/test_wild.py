"""Documents and rules from everywhere: each is answered with finite figures or refused by its own field."""

from __future__ import annotations

from typing import Any

import pytest

from modeling.portfolios.request import request_of
from tests.modeling.portfolios.wild import judged, verdict
from valor.lib.errors import InvalidInput

DATES = [f"2024-01-{day:02}" for day in range(1, 31)]


def path(start: float, step: float) -> list[float]:
    return [start * (1 + step * (1 if day % 3 else -1.5)) ** (day % 7) for day in range(len(DATES))]


def document(**more: Any) -> dict[str, Any]:
    series = {"AAA": path(10, 0.01), "BBB": path(20, 0.013), "CCC": path(5, 0.02)}
    return {"prices": {"dates": DATES, "series": series}, "objective": "min_variance"} | more


def refused(**more: Any) -> list[str]:
    raw = document(**more)
    assert verdict(raw) == []
    with pytest.raises(InvalidInput) as caught:
        request_of(raw, None).answer()
    return [problem.field for problem in caught.value.problems]


@pytest.mark.parametrize("start", range(0, 150, 25))
def test_wild_documents_are_answered_or_refused_in_their_own_words(start) -> None:
    found = {seed: faults for seed in range(start, start + 25) if (faults := judged(seed))}
    assert found == {}


def test_a_sound_document_is_answered() -> None:
    assert verdict(document()) == []
    assert request_of(document(), None).answer()["weights"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"benchmark": "ZZZ"}, "benchmark"),
        ({"factors": ["AAA", "ZZZ"]}, "factors.1"),
        ({"factors": ["AAA", "BBB", "CCC"]}, "prices"),
        ({"estimators": {"mean": {"method": "ewma", "span": 5, "half_life": 5}}}, "estimators.mean.half_life"),
        ({"estimators": {"covariance": {"method": "denoised", "detone": 10**400}}}, "estimators.covariance.detone"),
        ({"estimators": {"mean": "capm"}}, "benchmark"),
        ({"estimators": {"covariance": "factor_returns"}}, "factors"),
        ({"views": {"views": [{"kind": [], "asset": "AAA"}]}}, "views.views.0.kind"),
        ({"views": {"views": [{"kind": "relative", "long": "AAA", "short": "AAA", "return": 0.1}]}}, "views.views.0"),
        ({"bounds": {"lower": 0.4}}, "bounds.lower"),
        ({"bounds": {"upper": 0.3}}, "bounds.upper"),
        (
            {"constraints": [{"kind": "leverage", "gross": 2}, {"kind": "cardinality", "most": 1.5}]},
            "constraints.1.most",
        ),
        ({"constraints": [{"kind": "leverage", "gross": 1}, {"kind": "leverage", "gross": 2}]}, "constraints.0"),
        (
            {"constraints": [{"kind": "factor", "name": "a.b", "upper": 1, "loadings": {"ZZZ": 1}}]},
            "constraints.0.loadings.ZZZ",
        ),
        (
            {"constraints": [{"kind": "group", "name": "a.b", "upper": 1, "members": ["ZZZ"]}]},
            "constraints.0.members",
        ),
        (
            {"constraints": [{"kind": "tracking_error", "limit": 1, "benchmark": {"ZZZ": 1}}]},
            "constraints.0.benchmark.ZZZ",
        ),
        ({"objective": {"method": "risk_parity", "budgets": {"AAA": 1.0}}}, "objective.budgets.BBB"),
        ({"objective": "max_diversification", "bounds": {"lower": -0.5}}, "bounds.lower"),
    ],
)
def test_a_refusal_names_the_field_of_the_document(more, field) -> None:
    assert refused(**more)[0] == field


def test_prices_are_named_where_they_stand() -> None:
    series = document()["prices"]["series"] | {"CCC": [None] * len(DATES)}
    assert refused(prices={"dates": DATES, "series": series}) == ["prices.series.CCC"]


def test_one_asset_at_its_least_position_leaves_nothing_to_solve() -> None:
    alone = {"dates": DATES, "series": {"AAA": path(10, 0.01)}}
    rule = {"kind": "minimum_position", "size": 1}
    assert verdict(document(prices=alone, constraints=[rule], objective="black_litterman")) == []


@pytest.mark.parametrize("window", [25, 29, 10_000])
def test_a_window_longer_than_the_prices_is_refused_by_its_field(window) -> None:
    assert verdict(document(), {"window": window}) == []
