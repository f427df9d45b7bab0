"""The estimators by name, with the settings each takes."""

from __future__ import annotations

from modeling.codecs.reading import Numeric

MEANS: dict[str, tuple[str, ...]] = {}
COVARIANCES: dict[str, tuple[str, ...]] = {}
SETTINGS: dict[str, Numeric] = {}
