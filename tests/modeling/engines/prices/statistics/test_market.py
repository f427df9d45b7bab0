"""The market of all tickers in equal parts."""

from __future__ import annotations

import numpy as np
import pytest

from modeling.engines.prices.panel import Panel
from modeling.engines.prices.statistics.market import equal_weighted
from modeling.engines.prices.statistics.summary import statistics_of
from tests.modeling.engines.prices.panels import panel_of, random_panel


def test_it_earns_the_mean_of_the_returns_there_are() -> None:
    index = equal_weighted(panel_of([[100, 110, np.nan, np.nan], [10, 10, 12, np.nan]]))
    np.testing.assert_allclose(index, [100, 105, 126, 126])


def test_it_can_be_continued_from_a_known_level() -> None:
    panel = random_panel(gaps=0.1)
    whole = equal_weighted(panel)
    rest = Panel(panel.days[200:], panel.tickers, panel.prices[:, 200:])
    np.testing.assert_allclose(equal_weighted(rest, whole[200]), whole[200:])


def test_betas_to_it_average_to_one() -> None:
    panel = random_panel()
    assert statistics_of(panel, market=equal_weighted(panel)).measures.beta.mean() == pytest.approx(1.0)
