"""The uncertain part of a document: distributions of drivers and their correlations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.codecs.fields import INPUTS, YEARS
from modeling.codecs.model import Correlation
from modeling.codecs.reading import LARGEST, MISSING, Numeric, Reader, choices, nearest, shown
from modeling.engines.simulation.dependence import check_correlation, offered_correlation
from modeling.engines.simulation.distributions import Distribution, parse_distribution
from modeling.engines.valuation.inputs import LIMITS, Limit
from valor.lib.errors import InvalidInput, Problem

CORRELATION = Numeric(low=-1.0, high=1.0, required=True)
TAIL = 1e-7  # what lies further out than this occurs less than once in the largest run
LARGEST_RATE = 100.0
# A distribution may lap over what is possible by one part in a thousand, which is cut off; a lap that no run will
# ever meet is left alone.
MOST_OUTSIDE = 1e-3
LEAST_OUTSIDE = 1e-9


def read_uncertainty(document: Reader, inputs: Mapping[str, float | None]) -> dict[str, Distribution]:
    """The distributions by driver, in the order of the inputs."""
    value = document.get("uncertainty")
    if value is MISSING:
        return {}
    if not isinstance(value, Mapping):
        document.report("uncertainty", value, "It is not an object.", "Give an object with one entry for each driver.")
        return {}
    for name in value:
        if name in YEARS:
            document.report(f"uncertainty.{name}", name, "A count of years can't be uncertain.", choices(INPUTS))
        elif name not in INPUTS:
            document.report(f"uncertainty.{name}", name, "There is no such driver.", nearest(name, INPUTS))
    found = {
        name: read_distribution(document, name, value[name], inputs[name])
        for name in INPUTS
        if value.get(name) is not None
    }
    return {name: distribution for name, distribution in found.items() if distribution is not None}


def read_distribution(document: Reader, name: str, raw: Any, base: float | None) -> Distribution | None:
    try:
        distribution = parse_distribution(raw)
    except InvalidInput as error:
        for problem in error.problems:
            document.report(f"uncertainty.{name}.{problem.field}", problem.value, problem.message, problem.remedy)
        return None
    if base is None:
        document.report(f"inputs.{name}", MISSING, "It is uncertain, but has no base case.", "Give its base case too.")
    extent = extent_problem(name, distribution)
    if extent is not None:
        document.problems.append(extent)
    return distribution


def extent_problem(name: str, distribution: Distribution) -> Problem | None:
    """What is wrong with how far the distribution reaches, None where nothing is."""
    low, high = (float(end) for end in distribution.ppf([TAIL, 1.0 - TAIL]))
    largest = LARGEST_RATE if INPUTS[name].rate else LARGEST
    if not max(abs(low), abs(high)) <= largest:
        message = f"Its draws reach from {low:.4g} to {high:.4g}, beyond any sense."
        return Problem(f"uncertainty.{name}", None, message, "Make it narrower, or give lower and upper bounds.")
    limit = LIMITS.get(name)
    outside = share_outside(distribution, limit) if limit is not None else 0.0
    if limit is None or outside <= MOST_OUTSIDE:
        return None
    below = share_outside(distribution, replace(limit, high=math.inf)) > MOST_OUTSIDE
    bound = f'"lower": {lower_bound(distribution, limit):.4g}' if below else f'"upper": {limit.high:g}'
    message = f"{outside:.1%} of its draws would be impossible: the driver must be {limit.words()}."
    return Problem(f"uncertainty.{name}", shown(outside), message, f"Cut it off with {bound}, or make it narrower.")


def share_outside(distribution: Distribution, limit: Limit) -> float:
    """The probability of a draw outside the driver's possible range."""
    low = limit.low if limit.low_open else math.nextafter(limit.low, -math.inf)
    below = float(distribution.cdf(low)) if limit.low > -math.inf else 0.0
    return below + (1.0 - float(distribution.cdf(limit.high)) if limit.high < math.inf else 0.0)


def lower_bound(distribution: Distribution, limit: Limit) -> float:
    """A bound just inside the possible range: an open end itself is impossible."""
    return limit.low + 1e-3 * max(distribution.moments[0] - limit.low, 1e-6) if limit.low_open else limit.low


def possible(name: str, distribution: Distribution) -> Distribution:
    """The distribution, cut off at the driver's possible range where it laps over it."""
    limit = LIMITS.get(name)
    if limit is None or share_outside(distribution, limit) <= LEAST_OUTSIDE:
        return distribution
    low, high = distribution.lower, distribution.upper
    if limit.low > -math.inf:
        least = lower_bound(distribution, limit)
        low = least if low is None else max(low, least)
    if limit.high < math.inf:
        high = limit.high if high is None else min(high, limit.high)
    return replace(distribution, lower=low, upper=high)


def read_correlations(document: Reader, drivers: Sequence[str]) -> tuple[Correlation, ...]:
    """The correlations, checked one by one; whether they go together, `matrix_problems` says."""
    value = document.get("correlations")
    if value is MISSING:
        return ()
    if not isinstance(value, list | tuple):
        document.report("correlations", value, "It is not a list.", 'Give [{"between": [..., ...], "value": 0.5}].')
        return ()
    found: dict[frozenset[str], Correlation] = {}
    for index, raw in enumerate(value):
        path = f"correlations.{index}"
        if not isinstance(raw, Mapping):
            document.report(path, raw, "It is not an object.", 'Give {"between": [..., ...], "value": 0.5}.')
            continue
        entry = Reader(raw, path, ("between", "value"), document.problems)
        pair = read_pair(entry, drivers)
        number = entry.needed("value", CORRELATION)
        if pair is None:
            continue
        if frozenset(pair) in found:
            entry.report("between", list(pair), "This pair is given twice.", "Keep one of the two.")
        found[frozenset(pair)] = Correlation(pair, number)
    return tuple(found.values())


def read_pair(entry: Reader, drivers: Sequence[str]) -> tuple[str, str] | None:
    value = entry.get("between")
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(isinstance(name, str) for name in value):
        entry.report("between", value, "It is not a pair of drivers.", 'Give ["growth", "operating_margin"].')
        return None
    first, second = value
    for name in (first, second):
        if name not in INPUTS:
            entry.report("between", name, f"There is no driver {name[:40]}.", nearest(name, drivers or INPUTS))
            return None
        if name not in drivers:
            remedy = f"Give uncertainty.{name} a distribution, or remove this correlation."
            entry.report("between", name, f"{name} is not uncertain.", remedy)
            return None
    if first == second:
        entry.report("between", first, "A driver's correlation with itself is 1.", "Name two different drivers.")
        return None
    return first, second


def correlation_matrix(drivers: Sequence[str], correlations: Sequence[Correlation]) -> NDArray[np.float64] | None:
    """The matrix of the normal scores in the order of the drivers; None where nothing is correlated."""
    if not correlations:
        return None
    matrix = np.eye(len(drivers))
    for correlation in correlations:
        first, second = (drivers.index(name) for name in correlation.between)
        matrix[first, second] = matrix[second, first] = correlation.value
    return matrix


def matrix_problems(drivers: Sequence[str], correlations: Sequence[Correlation]) -> tuple[Problem, ...]:
    """Whether the correlations contradict each other; the remedy offers the nearest possible ones."""
    matrix = correlation_matrix(drivers, correlations)
    if matrix is None:
        return ()
    try:
        check_correlation(matrix, list(drivers))
    except InvalidInput as error:
        return error.problems
    return ()


def nearest_correlations(drivers: Sequence[str], correlations: Sequence[Correlation]) -> tuple[Correlation, ...]:
    """The possible correlations nearest to the given ones, a little inside so that rounding can't undo them."""
    matrix = correlation_matrix(drivers, correlations)
    if matrix is None:
        return ()
    offered = offered_correlation(matrix)
    return tuple(
        Correlation((drivers[i], drivers[j]), float(offered[i, j]))
        for i, j in combinations(range(len(drivers)), 2)
        if offered[i, j]
    )
