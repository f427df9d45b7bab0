"""The pairwise moments of twenty real tickers with gaps, carried over from PyPortfolioOpt's test prices."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

_FIXTURE = json.loads((Path(__file__).parent / "fixtures" / "pypfopt_moments.json").read_text())


def _symmetric(upper: list[float]) -> np.ndarray:
    size = len(_FIXTURE["tickers"])
    matrix = np.zeros((size, size))
    matrix[np.triu_indices(size)] = upper
    return matrix + np.triu(matrix, 1).T


TICKERS = tuple(_FIXTURE["tickers"])
GROWTH = np.array(_FIXTURE["growth"])  # per year
DAILY_COVARIANCE = _symmetric(_FIXTURE["covariance_upper"])
CORRELATION = _symmetric(_FIXTURE["correlation_upper"])
