"""Prices of a set of 500 tickers over 2,520 days: statistics against plain NumPy, loading against one binary file.

Every module of `benchmarks.pricing` measures a part; its docstring says what its figures are.
"""

from __future__ import annotations

import importlib
import pkgutil

from benchmarks import pricing
from benchmarks.registry import Figures, benchmark


@benchmark("prices", "statistics of a set of prices against plain NumPy, and loading it against one binary file")
def measure() -> Figures:
    figures: Figures = {}
    for module in pkgutil.iter_modules(pricing.__path__):
        figures.update(importlib.import_module(f"{pricing.__name__}.{module.name}").figures())
    return figures
