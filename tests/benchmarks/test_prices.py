"""The plain NumPy that the statistics are timed against computes the same figures."""

from __future__ import annotations

import numpy as np

from benchmarks.pricing.statistics import SETTINGS, plain, prices_of
from modeling.engines.prices.statistics.summary import statistics_of


def test_plain_numpy_and_the_engine_agree() -> None:
    panel, market = prices_of()
    panel = panel.only(panel.tickers[:20])
    expected, found = plain(panel.prices, market), statistics_of(panel, SETTINGS, market=market)
    measures = found.measures
    pairs = {
        "volatility": measures.volatility,
        "ewma": measures.ewma_volatility,
        "sharpe": measures.sharpe,
        "sortino": measures.sortino,
        "calmar": measures.calmar,
        "skew": measures.skew,
        "kurtosis": measures.excess_kurtosis,
        "beta": measures.beta,
        "alpha": measures.alpha,
        "depth": measures.max_drawdown,
        "drawdown": measures.drawdown,
        "historical_var": found.historical.value_at_risk,
        "normal_var": measures.normal.value_at_risk,
        "normal_es": measures.normal.expected_shortfall,
        "correlation": found.correlation.matrix,
    }
    for name, figures in pairs.items():
        np.testing.assert_allclose(figures, expected[name], rtol=1e-8, err_msg=name)
    valid = measures.cornish_fisher.valid
    assert valid.any()
    for name in ("value_at_risk", "expected_shortfall"):
        plainly = expected["cornish_fisher_var" if name == "value_at_risk" else "cornish_fisher_es"]
        np.testing.assert_allclose(getattr(measures.cornish_fisher, name)[valid], plainly[valid], rtol=1e-8)
    np.testing.assert_array_equal(measures.trough_day, panel.dates[expected["trough"]])
    np.testing.assert_array_equal(measures.peak_day, panel.dates[expected["peak"]])
