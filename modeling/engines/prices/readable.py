"""Results as JSON: the one place where arrays, days and missing figures become lists, ISO dates and null."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def as_json(value: Any) -> Any:
    """A result of these engines as what `json.dumps` takes: NaN and infinity become null, days ISO dates."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value.astype("datetime64[D]"))
    if isinstance(value, np.ndarray):
        return [as_json(item) for item in value] if value.dtype.kind == "M" or value.ndim > 1 else _plain(value)
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(row: np.ndarray[Any, Any]) -> list[Any]:
    return [None if isinstance(item, float) and not math.isfinite(item) else item for item in row.tolist()]
