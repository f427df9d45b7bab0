"""Uncertain drivers and their correlations: which parameters each distribution asks for, and sensible first ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from modeling.forms.fields import DRIVERS, Field
from modeling.forms.texts import EXAMPLES, Unreadable, read, shown
from valor.lib.errors import Problem

CERTAIN = "certain"


@dataclass(frozen=True)
class Parameter:
    """A number of a distribution; ``unit`` is "own" for the driver's own unit, else a kind of text."""

    name: str
    label: str
    unit: str = "own"

    def kind(self, driver: Field) -> str:
        if self.unit == "owns":
            return f"{driver.kind}s"
        return driver.kind if self.unit == "own" else self.unit


LOW, MODE, HIGH = Parameter("low", "Low"), Parameter("mode", "Mode"), Parameter("high", "High")
MEAN, SD = Parameter("mean", "Mean"), Parameter("sd", "Std. deviation")
BOUNDS = (Parameter("lower", "Never below"), Parameter("upper", "Never above"))
KINDS: dict[str, tuple[str, tuple[Parameter, ...]]] = {
    "normal": ("normal", (MEAN, SD)),
    "lognormal": ("lognormal", (MEAN, SD)),
    "triangular": ("triangular", (LOW, MODE, HIGH)),
    "pert": ("PERT", (LOW, MODE, HIGH)),
    "uniform": ("uniform", (LOW, HIGH)),
    "beta": ("beta", (Parameter("alpha", "Alpha", "number"), Parameter("beta", "Beta", "number"), LOW, HIGH)),
    "discrete": ("discrete", (Parameter("values", "Values", "owns"), Parameter("probabilities", "Odds", "numbers"))),
    "empirical": ("empirical", (Parameter("values", "Values", "owns"),)),
}

# The first standard deviation offered: a figure of its own where a share of the base case would be absurd.
SPREADS = {
    "cost_of_capital": 0.01,
    "terminal_cost_of_capital": 0.01,
    "terminal_growth": 0.005,
    "tax_rate": 0.03,
    "terminal_tax_rate": 0.03,
    "failure_probability": 0.05,
    "failure_proceeds": 0.1,
}
SHARE = 0.15
NATURAL: dict[str, tuple[float, float | None]] = {
    "net_operating_losses": (0.0, None),
    "debt": (0.0, None),
    "cash": (0.0, None),
    "tax_rate": (0.0, None),
    "terminal_tax_rate": (0.0, None),
    "failure_probability": (0.0, 1.0),
    "failure_proceeds": (0.0, 1.0),
}


def parameters(kind: str) -> tuple[Parameter, ...]:
    """What a distribution asks for, its optional bounds last; nothing for a certain driver."""
    return (*KINDS[kind][1], *BOUNDS) if kind in KINDS else ()


def spread_of(driver: Field, base: float) -> float:
    """The first standard deviation offered, in the driver's own unit, rounded as people would write it."""
    if driver.name in SPREADS:
        return SPREADS[driver.name]
    spread = SHARE * abs(base) or (0.02 if driver.kind == "rate" else 1.0)
    return float(f"{spread:.2g}")


def rounded(driver: Field, value: float) -> float:
    return round(value, 4) if driver.kind == "rate" else float(f"{value:.4g}")


def first_guess(driver: Field, kind: str, base: float | None) -> dict[str, Any]:
    """A distribution of *kind* around the base case, to start from."""
    middle = float(base or 0.0)
    sd = spread_of(driver, middle)
    low, high = rounded(driver, middle - 2 * sd), rounded(driver, middle + 2 * sd)
    lower, upper = NATURAL.get(driver.name, (None, None))
    if lower is not None:
        low, high = max(low, lower), min(high, upper if upper is not None else high)
    if kind == "lognormal" and middle <= 0:
        middle = sd
    guesses: dict[str, Any] = {
        "mean": middle,
        "sd": sd,
        "low": low,
        "mode": middle,
        "high": high,
        "alpha": 2,
        "beta": 2,
        "values": [low, middle, high],
        "probabilities": [0.25, 0.5, 0.25],
    }
    chosen = {parameter.name: guesses[parameter.name] for parameter in KINDS[kind][1]}
    bounds = {"lower": lower, "upper": upper} if kind in ("normal", "lognormal") else {}
    return {"distribution": kind, **chosen, **{name: value for name, value in bounds.items() if value is not None}}


def read_driver(
    driver: Field, data: Mapping[str, str], stored: Mapping[str, Any] | None, base: Any
) -> tuple[dict[str, Any] | None, list[Problem]]:
    """The distribution chosen for *driver*, None when certain; a change of kind starts from a first guess."""
    prefix = f"uncertainty.{driver.name}"
    kind = data.get(f"{prefix}.distribution")
    if kind is None:
        return (dict(stored) if stored else None), []
    if kind == CERTAIN:
        return None, []
    if kind not in KINDS:
        message = "There is no such distribution."
        return None, [Problem(f"{prefix}.distribution", kind, message, f"Choose one of {', '.join(KINDS)}.")]
    if data.get(f"{prefix}.shown") != kind:
        return first_guess(driver, kind, base if isinstance(base, (int, float)) else None), []
    return read_parameters(driver, kind, data, stored or {})


def read_parameters(
    driver: Field, kind: str, data: Mapping[str, str], stored: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    entry: dict[str, Any] = {"distribution": kind}
    problems: list[Problem] = []
    known = stored if stored.get("distribution") == kind else {}
    for parameter in parameters(kind):
        path, unit = f"uncertainty.{driver.name}.{parameter.name}", parameter.kind(driver)
        text = data.get(path, shown(known.get(parameter.name), unit))
        try:
            value = read(text, unit, known.get(parameter.name))
        except Unreadable:
            problems.append(Problem(path, text, f"“{text}” can't be read.", EXAMPLES[unit]))
            continue
        if value is not None:
            entry[parameter.name] = value
    return entry, problems


def pairs(drivers: list[str]) -> list[tuple[str, str]]:
    """Every pair of uncertain drivers, in the order of the lower triangle: (row, column)."""
    return [(row, column) for column, row in combinations(drivers, 2)]


def ordered(uncertainty: Mapping[str, Any]) -> list[str]:
    """The uncertain drivers in the order of the page."""
    return [name for name in DRIVERS if name in uncertainty]


def coefficient(correlations: list[dict[str, Any]], row: str, column: str) -> float | None:
    for entry in correlations:
        if set(entry.get("between", ())) == {row, column}:
            return entry.get("value")
    return None


def read_correlations(
    drivers: list[str], data: Mapping[str, str], stored: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The correlations between the uncertain drivers; a blank or zero is none."""
    found: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for row, column in pairs(drivers):
        path, known = f"correlations.{row}.{column}", coefficient(stored, row, column)
        text = data.get(path, shown(known, "number"))
        try:
            value = read(text, "number", known)
        except Unreadable:
            problems.append(Problem(path, text, f"“{text}” can't be read.", "Type a number from -1 to 1."))
            continue
        if value:
            found.append({"between": [column, row], "value": value})
    return found, problems
