"""The frontier that is kept between two moves of the slider."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from modeling.engines.portfolio.infeasible import Infeasible
from modeling.portfolios import line as lines
from modeling.portfolios.line import forget_lines, halvings, known_line, line_of
from modeling.portfolios.remembered import Remembered
from modeling.services.portfolios import save_portfolio
from modeling.services.prices import merge_series
from modeling.services.versions import Edit
from tests.modeling.portfolios.conftest import FIRST, WEEKS


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    forget_lines()


def of(portfolio, **changes):
    return line_of(portfolio.owner, portfolio.document | changes, portfolio.price_set)


def test_the_same_line_serves_every_objective_and_name(portfolio) -> None:
    first = of(portfolio)
    assert of(portfolio, name="Other", objective={**portfolio.document["objective"], "method": "min_variance"}) is first
    assert of(portfolio, risk_free=0.02) is not first


def test_new_prices_make_a_new_line(portfolio, price_set) -> None:
    of(portfolio)
    assert known_line(portfolio.owner, portfolio.document, price_set)
    merge_series(price_set=price_set, ticker="AAA", days=np.array([FIRST + 7 * WEEKS + 7]), prices=np.array([1.0]))
    price_set.refresh_from_db()
    assert not known_line(portfolio.owner, portfolio.document, price_set)


def test_others_have_lines_of_their_own(portfolio, other_analyst) -> None:
    of(portfolio)
    assert not known_line(other_analyst, portfolio.document, portfolio.price_set)


def test_points_lie_where_they_are_asked_for_and_are_proven(portfolio) -> None:
    line = of(portfolio)
    for share in (0.0, 0.3, 1.0):
        found = line.at(share)
        assert found.certificate.holds
        assert line.share_of(found.expected_return) == pytest.approx(share, abs=1e-9)
    assert line.at(-1) is line.least
    assert line.at(2) is line.greatest


def limited(portfolio):
    document = portfolio.document | {"constraints": [{"kind": "group", "name": "Banks", "members": [], "upper": 0.3}]}
    return save_portfolio(portfolio, document, Edit(1))


def test_points_keep_to_further_constraints(portfolio) -> None:
    line = of(limited(portfolio))
    banks = [line.task.names.index(name) for name in ("AAA", "BBB")]
    for share in (0.0, 0.4, 1.0):
        assert line.at(share).weights[banks].sum() <= 0.3 + 1e-8
    assert len(line.drawn) == lines.DRAWN_LIMITED + 2
    assert (np.diff(line.drawn[:, 1]) >= 0).all()


def test_without_time_the_ends_are_drawn_all_the_same(portfolio, monkeypatch) -> None:
    monkeypatch.setattr(lines, "DRAWING_SECONDS", -1.0)
    assert len(of(limited(portfolio)).drawn) == 2


def test_what_can_not_be_met_says_what_to_relax_and_is_not_kept(portfolio) -> None:
    narrow = portfolio.document["bounds"] | {"upper": 0.1}
    with pytest.raises(Infeasible) as refused:
        of(portfolio, bounds=narrow)
    assert refused.value.conflict[0].relax_to == pytest.approx(0.2)
    assert not known_line(portfolio.owner, portfolio.document | {"bounds": narrow}, portfolio.price_set)


def test_halvings_spread_as_they_come() -> None:
    assert halvings(5) == [0.5, 0.25, 0.75, 0.125, 0.375]


@dataclass
class Thing:
    nbytes: int


def test_the_least_recently_used_are_dropped_by_number_and_by_bytes() -> None:
    kept: Remembered[Thing] = Remembered(most=3, most_bytes=100)
    small = [kept.get((number,), lambda: Thing(10)) for number in range(3)]
    assert kept.get((0,), lambda: Thing(10)) is small[0]
    kept.get((3,), lambda: Thing(10))
    assert (1,) not in kept
    assert (0,) in kept
    kept.get((4,), lambda: Thing(95))
    assert len(kept) == 1
    kept.get((5,), lambda: Thing(101))
    assert (5,) not in kept
    assert (4,) in kept
