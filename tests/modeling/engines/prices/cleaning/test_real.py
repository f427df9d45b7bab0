"""Real adjusted prices: 20 large American companies, 1990 to 2022, as skfolio ships them for its examples.

What is found in them was looked at one by one. Range Resources was hardly traded until 1992: its price stood still for
weeks and fell to a third on one day in April 1990, which may well be a split. The others are genuine falls: Apple on
29 September 2000 by 52 %, Best Buy on 19 December 1991 by 34 %, Merck on 30 September 2004 by 27 %.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from modeling.engines.prices.cleaning.clean import clean
from modeling.engines.prices.cleaning.outliers import find_outliers
from modeling.engines.prices.cleaning.splits import find_splits
from modeling.engines.prices.panel import Panel
from modeling.engines.prices.quality.report import quality_of


@pytest.fixture(scope="module")
def real() -> Panel:
    from skfolio.datasets import load_sp500_dataset

    frame = load_sp500_dataset()
    days = frame.index.to_numpy().astype("datetime64[D]").astype(np.int32)
    return Panel(days, tuple(frame.columns), np.ascontiguousarray(frame.to_numpy(np.float64).T))


def test_real_prices_raise_few_alarms(real: Panel) -> None:
    findings = clean(real).findings
    moves = {(one.ticker, str(one.last_day), one.kind) for one in findings if one.kind != "stale"}
    assert moves <= {
        ("RRC", "1990-04-10", "split"),
        ("AAPL", "2000-09-29", "split"),
        ("BBY", "1991-12-19", "split"),
        ("MRK", "2004-09-30", "jump"),
    }
    stale = [one for one in findings if one.kind == "stale"]
    assert sum(one.ticker != "RRC" for one in stale) <= 1
    assert all(str(one.last_day) < "1993" for one in stale)


def test_only_the_untraded_company_is_poor(real: Panel) -> None:
    report = quality_of(real)
    assert [one.ticker for one in report.tickers if one.word == "Poor"] == ["RRC"]
    assert report.words["Good"] >= 18
    assert report.twins == ()


@pytest.mark.parametrize(("ratio", "least"), [(Fraction(1, 2), 0.9), (Fraction(1, 10), 0.95), (Fraction(10), 0.95)])
def test_most_injected_splits_are_found(real: Panel, ratio: Fraction, least: float) -> None:
    random = np.random.default_rng(6)
    known = {(split.row, split.day) for split in find_splits(real)}
    places = [(row, int(day)) for row in range(20) for day in random.integers(700, 8_300, 2)]
    found = 0
    for row, day in places:
        prices = real.prices[:, day - 300 : day + 300].copy()
        prices[row, 300:] *= float(ratio)
        splits = find_splits(Panel(real.days[day - 300 : day - 300 + prices.shape[1]], real.tickers, prices))
        found += any((split.row, split.day, split.ratio) == (row, 300, ratio) for split in splits)
        assert all((split.row, split.day + day - 300) in known for split in splits if split.row != row)
    assert found >= least * len(places)


@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_every_injected_slip_of_the_decimal_point_is_found(real: Panel, factor: float) -> None:
    random = np.random.default_rng(7)
    for row in range(20):
        day = int(random.integers(800, 8_000))
        prices = real.prices[:, day - 300 : day + 300].copy()
        prices[row, 300] *= factor
        outliers = find_outliers(Panel(real.days[day - 300 : day + 300], real.tickers, prices))
        assert [one.confidence for one in outliers if (one.row, one.day, one.kind) == (row, 300, "spike")] == [0.99]
