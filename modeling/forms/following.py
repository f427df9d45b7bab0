"""A distribution that stands around its base case moves along when the base case is edited."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from modeling.forms.fields import Field
from modeling.forms.texts import Unreadable, read
from modeling.forms.uncertainty import NATURAL

CENTRES = {"normal": "mean", "lognormal": "mean", "triangular": "mode", "pert": "mode"}
LOCATIONS = ("mean", "low", "mode", "high", "lower", "upper")


def follow(
    driver: Field, entry: Mapping[str, Any], data: Mapping[str, str], stored: Any, base: Any
) -> dict[str, Any] | None:
    """The distribution moved to a new base case; None where it stays.

    The page says for which base case it drew the parameters, so a lost answer never moves them twice. Rates are
    shifted, amounts are scaled; a bound that lies in the nature of the driver stays.
    """
    try:
        drawn = read(data.get(f"uncertainty.{driver.name}.base", ""), driver.kind, stored)
    except Unreadable:
        return None
    if drawn is None or not isinstance(base, (int, float)) or drawn == base or not stands_around(entry, drawn):
        return None
    scaled = driver.kind != "rate" and drawn * base > 0
    moved = dict(entry)
    for name in LOCATIONS:
        value = entry.get(name)
        if value is not None and not is_natural(driver, name, value):
            moved[name] = tidy(value * base / drawn if scaled else value + base - drawn)
    if scaled and "sd" in entry:
        moved["sd"] = tidy(entry["sd"] * base / drawn)
    return moved


def stands_around(entry: Mapping[str, Any], base: float) -> bool:
    """Whether the centre of the distribution is the base case."""
    if entry.get("distribution") == "uniform":
        centre = (entry.get("low", math.nan) + entry.get("high", math.nan)) / 2
    else:
        centre = entry.get(CENTRES.get(str(entry.get("distribution")), ""), math.nan)
    return math.isclose(centre, base, rel_tol=1e-5, abs_tol=1e-9)


def is_natural(driver: Field, name: str, value: float) -> bool:
    lower, upper = NATURAL.get(driver.name, (None, None))
    return (name == "lower" and value == lower) or (name == "upper" and value == upper)


def tidy(value: float) -> float:
    """Without the last digits that calculating leaves behind."""
    return float(f"{value:.8g}")
