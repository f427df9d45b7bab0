"""A problem and its constraints as one convex programme over the weights and the purchases.

Turnover, costs and gross exposure need |w - current|. For each ``current`` there is one column per asset more, the
purchase b >= max(w - current, 0): what is sold is b - w + current, and all three are linear in both. Gross exposure is
trading from nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from modeling.engines.portfolio.problem import MeanVariance

Array = NDArray[np.float64]
Side = Literal["lower", "upper", "both"]


@dataclass(frozen=True)
class Quadratic:
    """(w - center)' covariance (w - center) <= limit squared."""

    center: Array
    limit: float


@dataclass(frozen=True)
class Trades:
    """Purchases from ``current``; their rows b >= w - current start at ``first_row``."""

    current: Array
    first_row: int


@dataclass(frozen=True)
class Member:
    """One requirement that can be left out or relaxed: an end of a row, of a column's bounds, or a quadratic.

    ``row``, ``column`` or ``quadratic`` is the place of what it governs; a requirement on how many are held has none.
    """

    kind: str
    name: str
    path: str
    value: float
    side: Side = "upper"
    row: int | None = None
    column: int | None = None
    quadratic: int | None = None


@dataclass(frozen=True)
class Program:
    """The programme; columns are the n weights and then n purchases for each of ``trades``.

    Attributes
    ----------
    rows, row_lower, row_upper : shape (m, columns) and (m,)
    lower, upper : shape (columns,)
    reward, reward_constant : the expected return after costs is reward @ x + reward_constant, decimal per year
    most, least_position : how many assets may be held, and how much of each at least; None where it does not matter
    """

    problem: MeanVariance
    rows: Array
    row_lower: Array
    row_upper: Array
    lower: Array
    upper: Array
    reward: Array
    reward_constant: float
    trades: tuple[Trades, ...] = ()
    quadratics: tuple[Quadratic, ...] = ()
    members: tuple[Member, ...] = ()
    most: int | None = None
    least_position: float | None = None

    @property
    def size(self) -> int:
        return self.problem.size

    @property
    def columns(self) -> int:
        return len(self.lower)

    @property
    def has_integers(self) -> bool:
        return self.most is not None or self.least_position is not None

    def lifted(self, weights: Array) -> Array:
        """The point of these weights, with nothing bought and sold at once."""
        return np.concatenate([weights, *(np.maximum(weights - t.current, 0.0) for t in self.trades)])

    def expected_return(self, weights: Array) -> float:
        """After costs, decimal per year."""
        return float(self.reward @ self.lifted(weights)) + self.reward_constant

    def distance(self, weights: Array, center: Array | None = None) -> float:
        """Annualised volatility of the weights, or of their difference to the center."""
        difference = weights if center is None else weights - center
        return math.sqrt(max(float(difference @ self.problem.covariance @ difference), 0.0))

    def with_row(self, row: Array, lower: float, upper: float, member: Member | None = None) -> Program:
        placed = () if member is None else (replace(member, row=len(self.rows)),)
        return replace(
            self,
            rows=np.vstack([self.rows, row]),
            row_lower=np.append(self.row_lower, lower),
            row_upper=np.append(self.row_upper, upper),
            members=self.members + placed,
        )

    def with_quadratic(self, quadratic: Quadratic, member: Member) -> Program:
        placed = replace(member, quadratic=len(self.quadratics))
        return replace(self, quadratics=(*self.quadratics, quadratic), members=(*self.members, placed))

    def without_quadratics(self) -> Program:
        return replace(self, quadratics=(), members=tuple(m for m in self.members if m.quadratic is None))

    def with_columns(self, count: int) -> Program:
        """The same with further free columns, in no row yet."""
        return replace(
            self,
            rows=np.hstack([self.rows, np.zeros((len(self.rows), count))]),
            lower=np.append(self.lower, np.full(count, -np.inf)),
            upper=np.append(self.upper, np.full(count, np.inf)),
            reward=np.append(self.reward, np.zeros(count)),
        )

    def keeping(self, kept: Iterable[Member]) -> Program:
        """The programme with these requirements alone: every other end is infinitely far, or gone."""
        keep = set(kept)
        row_lower, row_upper = self.row_lower.copy(), self.row_upper.copy()
        lower, upper = self.lower.copy(), self.upper.copy()
        for member in self.members:
            if member in keep:
                continue
            low, high, at = (
                (row_lower, row_upper, member.row) if member.row is not None else (lower, upper, member.column)
            )
            if at is not None:
                low[at] = -np.inf if member.side != "upper" else low[at]
                high[at] = np.inf if member.side != "lower" else high[at]
        kinds = {member.kind for member in keep}
        kept_quadratics = sorted(m.quadratic for m in keep if m.quadratic is not None)
        moved = {old: new for new, old in enumerate(kept_quadratics)}
        return replace(
            self,
            row_lower=row_lower,
            row_upper=row_upper,
            lower=lower,
            upper=upper,
            quadratics=tuple(self.quadratics[old] for old in kept_quadratics),
            members=tuple(
                m if m.quadratic is None else replace(m, quadratic=moved[m.quadratic])
                for m in self.members
                if m in keep
            ),
            most=self.most if "cardinality" in kinds else None,
            least_position=self.least_position if "minimum_position" in kinds else None,
        )
