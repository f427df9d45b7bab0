"""What a portfolio must keep to beyond the bounds of its weights and its budget; each says itself in words.

Weights, limits and costs are decimals of the invested money. An asset is named by its name in the problem, or by its
position counted from 0 where the problem has no names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.problem import MeanVariance
from valor.lib.errors import Problem

Array = NDArray[np.float64]
Asset = str | int
FINITE = "Give one finite number for each asset, in the order of the assets."


class Constraint(Protocol):
    """A named requirement. ``path`` is where its fields stand, ``faults`` what can't be used of it."""

    @property
    def path(self) -> str: ...

    def faults(self, problem: MeanVariance) -> Iterator[Problem]: ...


def places(problem: MeanVariance, members: tuple[Asset, ...]) -> list[int]:
    """Where the members stand in the problem; a member that is unknown has been refused before."""
    known = {name: place for place, name in enumerate(problem.names)}
    return [known[member] if isinstance(member, str) else int(member) for member in members]


@dataclass(frozen=True)
class GroupBound:
    """The members together hold from ``lower`` to ``upper``: a sector, a country, an asset class."""

    name: str
    members: tuple[Asset, ...]
    lower: float = -np.inf
    upper: float = np.inf

    @property
    def path(self) -> str:
        return f"constraints.{self.name}"

    def faults(self, problem: MeanVariance) -> Iterator[Problem]:
        yield from range_faults(self.path, self.name, self.lower, self.upper)
        if not self.members:
            yield Problem(f"{self.path}.members", [], f"{self.name} has no members.", "Name at least one asset.")
        for member, times in Counter(self.members).items():
            if unknown(problem, member):
                message = f"{self.name} names an asset that the problem does not have."
                yield Problem(f"{self.path}.members", member, message, "Take it out, or add the asset.")
            if times > 1:
                message = f"{self.name} names this asset {times} times."
                yield Problem(f"{self.path}.members", member, message, "Name it once.")


@dataclass(frozen=True)
class FactorExposure:
    """The weighted sum of the loadings lies from ``lower`` to ``upper``, in the loadings' own unit."""

    name: str
    loadings: Any
    lower: float = -np.inf
    upper: float = np.inf

    @property
    def path(self) -> str:
        return f"constraints.{self.name}"

    def faults(self, problem: MeanVariance) -> Iterator[Problem]:
        yield from range_faults(self.path, self.name, self.lower, self.upper)
        yield from figures_faults(f"{self.path}.loadings", self.loadings, problem)


@dataclass(frozen=True)
class Turnover:
    """What changes hands is at most ``limit``: half the sum of |weight - current|, one-way.

    Selling a tenth of the money and buying something else for it is a turnover of 10 %.
    """

    current: Any
    limit: float
    path: str = field(default="constraints.turnover", init=False)

    def faults(self, problem: MeanVariance) -> Iterator[Problem]:
        yield from figures_faults(f"{self.path}.current", self.current, problem)
        yield from limit_faults(f"{self.path}.limit", self.limit)


@dataclass(frozen=True)
class TransactionCosts:
    """Linear costs of trading from ``current``: ``buy`` and ``sell`` are decimals of the value traded, per asset.

    They are taken from the expected return, spread over the ``holding_years`` for which the portfolio is to be held.
    They do not shrink the budget. A single figure counts for every asset.
    """

    current: Any
    buy: Any
    sell: Any
    holding_years: float = 1.0
    path: str = field(default="constraints.costs", init=False)

    def faults(self, problem: MeanVariance) -> Iterator[Problem]:
        yield from figures_faults(f"{self.path}.current", self.current, problem)
        for side in ("buy", "sell"):
            figures = spread(getattr(self, side), problem.size)
            yield from figures_faults(f"{self.path}.{side}", figures, problem)
            if isinstance(figures, np.ndarray) and np.any(figures < 0):
                message = "A cost is negative: trading would earn money."
                yield Problem(f"{self.path}.{side}", float(figures.min()), message, "Give costs of 0 or more.")
        if not 0 < self.holding_years < np.inf:
            message = "Costs can't be spread over this time."
            yield Problem(f"{self.path}.holding_years", shown(self.holding_years), message, "Give years above 0.")


@dataclass(frozen=True)
class TrackingError:
    """The annualised volatility of the difference to ``benchmark`` is at most ``limit``."""

    benchmark: Any
    limit: float
    path: str = field(default="constraints.tracking_error", init=False)

    def faults(self, problem: MeanVariance) -> Iterator[Problem]:
        yield from figures_faults(f"{self.path}.benchmark", self.benchmark, problem)
        yield from limit_faults(f"{self.path}.limit", self.limit)


@dataclass(frozen=True)
class Leverage:
    """Gross exposure, the sum of |weight|, is at most ``gross``; net exposure, their sum, at most ``net``."""

    gross: float
    net: float | None = None
    path: str = field(default="constraints.leverage", init=False)

    def faults(self, problem: MeanVariance) -> Iterator[Problem]:
        yield from limit_faults(f"{self.path}.gross", self.gross)
        if self.net is not None:
            yield from limit_faults(f"{self.path}.net", self.net)


@dataclass(frozen=True)
class Cardinality:
    """At most ``most`` assets are held, long or short."""

    most: int
    path: str = field(default="constraints.cardinality", init=False)

    def faults(self, problem: MeanVariance) -> Iterator[Problem]:
        if isinstance(self.most, bool) or not isinstance(self.most, int | np.integer) or self.most < 1:
            message = "So many assets can't be held."
            yield Problem(f"{self.path}.most", shown(self.most), message, "Give a whole number of 1 or more.")


@dataclass(frozen=True)
class MinimumPosition:
    """An asset is not held at all, or at ``size`` or more, long or short."""

    size: float
    path: str = field(default="constraints.minimum_position", init=False)

    def faults(self, problem: MeanVariance) -> Iterator[Problem]:
        if not 0 < self.size < np.inf:
            message = "A position can't have this least size."
            yield Problem(f"{self.path}.size", shown(self.size), message, "Give a share above 0, such as 0.01.")


AnyConstraint = (
    GroupBound | FactorExposure | Turnover | TransactionCosts | TrackingError | Leverage | Cardinality | MinimumPosition
)


@dataclass(frozen=True)
class Constraints:
    """Everything asked of a portfolio beyond bounds and budget; no two share a name."""

    items: tuple[AnyConstraint, ...] = ()

    def of_kind(self, kind: type[Any]) -> list[Any]:
        return [item for item in self.items if isinstance(item, kind)]

    def checked(self, problem: MeanVariance) -> Constraints:
        """Itself; refuses all that can't be used, at once."""
        faults = [fault for item in self.items for fault in item.faults(problem)]
        faults += [
            Problem(path, times, f"There are {times} constraints of this name.", "Keep one, or name them apart.")
            for path, times in Counter(item.path for item in self.items).items()
            if times > 1
        ]
        if faults:
            raise EngineError("These constraints can't be used.", problems=faults)
        return self


def constraints_of(*items: AnyConstraint) -> Constraints:
    return Constraints(tuple(items))


def spread(figures: Any, size: int) -> Any:
    """One figure per asset; a single one counts for every asset. What is no number stays as it is."""
    try:
        array = np.asarray(figures, dtype=np.float64)
    except (TypeError, ValueError):
        return figures
    return np.full(size, float(array)) if array.ndim == 0 else array


def unknown(problem: MeanVariance, member: Asset) -> bool:
    if isinstance(member, str):
        return member not in problem.names
    return isinstance(member, bool) or not 0 <= member < problem.size


def figures_faults(path: str, figures: Any, problem: MeanVariance) -> Iterator[Problem]:
    try:
        array = np.asarray(figures, dtype=np.float64)
    except (TypeError, ValueError):
        yield Problem(path, str(figures), "These are not numbers.", FINITE)
        return
    if array.shape != (problem.size,):
        shape = " x ".join(map(str, array.shape)) or "a single number"
        yield Problem(path, shape, f"There are {problem.size} assets.", FINITE)
    elif not np.all(np.isfinite(array)):
        asset = int(np.argmin(np.isfinite(array)))
        yield Problem(path, str(array[asset]), f"The figure of {problem.name(asset)} is not finite.", FINITE)


def range_faults(path: str, name: str, lower: float, upper: float) -> Iterator[Problem]:
    if np.isnan(lower) or np.isnan(upper):
        yield Problem(path, "nan", f"A limit of {name} is not a number.", "Give a number, or leave it out.")
    elif lower > upper:
        message = f"The least of {name} is above its greatest, {upper:g}."
        yield Problem(f"{path}.lower", shown(lower), message, "Lower the one or raise the other.")
    elif np.isposinf(lower) or np.isneginf(upper):
        yield Problem(path, shown(lower), f"A limit of {name} is infinite.", "Give a number, or leave it out.")


def limit_faults(path: str, limit: float) -> Iterator[Problem]:
    if not 0 <= limit < np.inf:
        yield Problem(path, shown(limit), "The limit is negative or not finite.", "Give a share such as 0.2.")


def shown(figure: Any) -> Any:
    """A figure as JSON can carry it: what is not finite becomes text."""
    number = isinstance(figure, float | int | np.number)
    return (float(figure) if np.isfinite(figure) else str(figure)) if number else str(figure)
