"""What could only fail is refused before a job works on it."""

from __future__ import annotations

from typing import Any

import pytest

from modeling.engines.portfolio.constrained.errors import UndecidedHoldings
from modeling.engines.portfolio.constrained.held import Marked
from modeling.engines.portfolio.infeasible import Infeasible
from modeling.portfolios import prospects
from modeling.portfolios.request import request_of

HOPELESS: dict[str, dict[str, Any]] = {
    "few assets below their bounds": {"constraints": [{"kind": "cardinality", "most": 1}]},
    "groups that leave money over": {
        "constraints": [{"kind": "group", "name": name, "upper": 0.2} for name in ("Banks", "Oil", "Food")]
    },
    "a return that nobody has": {"objective": {"method": "target_return", "return": 4.0}},
    "a return for the shortfall": {"objective": {"method": "min_cvar", "return": 4.0}},
}
MET: dict[str, dict[str, Any]] = {
    "few assets": {"constraints": [{"kind": "cardinality", "most": 2}]},
    "a return within reach": {"objective": {"method": "target_return", "return": 0.0}},
    "a method without constraints": {"objective": "hrp"},
}


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeling.portfolios.size.PLAIN", 1)


@pytest.mark.parametrize("case", HOPELESS)
def test_what_nothing_meets_is_no_work_for_a_job(analyst, portfolio_document, case) -> None:
    wanted = request_of({**portfolio_document, **HOPELESS[case]}, analyst)
    with pytest.raises(Infeasible) as told:
        wanted.answer_at_once()
    assert any(item.relax_to is not None for item in told.value.conflict)
    assert all(problem.remedy for problem in told.value.problems)


@pytest.mark.parametrize("case", MET)
def test_what_something_meets_is_left_to_the_job(analyst, portfolio_document, case) -> None:
    assert request_of({**portfolio_document, **MET[case]}, analyst).answer_at_once() is None


def test_a_limit_on_the_tracking_error_is_not_looked_into(analyst, portfolio_document) -> None:
    limits = [{"kind": "cardinality", "most": 1}, {"kind": "tracking_error", "limit": 0.01, "benchmark": {"AAA": 1}}]
    assert request_of({**portfolio_document, "constraints": limits}, analyst).answer_at_once() is None


def hopeless_document(document: dict[str, Any]) -> dict[str, Any]:
    """Two of 40 % are too little, three of 34 % too much."""
    limits = [{"kind": "minimum_position", "size": 0.34}]
    return {**document, "bounds": {"upper": 0.4}, "constraints": limits}


@pytest.mark.parametrize("limit", [("MOST_ASSETS", 4), ("MOST_PRICES", 100), ("MOST_SELECTED", 4)])
def test_what_would_take_long_is_not_looked_into(analyst, portfolio_document, monkeypatch, limit) -> None:
    wanted = request_of(hopeless_document(portfolio_document), analyst)
    with pytest.raises(Infeasible):
        wanted.answer_at_once()
    monkeypatch.setattr(prospects, *limit)
    assert wanted.answer_at_once() is None


def test_few_assets_under_many_limits_are_not_looked_into(analyst, portfolio_document) -> None:
    document = hopeless_document(portfolio_document)
    groups = [{"kind": "group", "name": name, "upper": 0.9} for name in ("Banks", "Oil", "Food")]
    many = request_of({**document, "constraints": document["constraints"] + groups}, analyst)
    assert many.answer_at_once() is None
    own = {name: {"upper": 0.4} for name in ("AAA", "BBB", "CCC")}
    assert request_of({**document, "bounds": {"upper": 0.4, "by_asset": own}}, analyst).answer_at_once() is None


def test_what_the_nodes_do_not_tell_is_left_to_the_job(analyst, portfolio_document, monkeypatch) -> None:
    def undecided(plan: Marked, cost: Any, *, nodes: int) -> None:
        assert nodes == prospects.NODES
        raise UndecidedHoldings

    monkeypatch.setattr(Marked, "minimised", undecided)
    assert request_of(hopeless_document(portfolio_document), analyst).answer_at_once() is None
