"""Whole shares: how many of each to buy so that the money lies as near to the weights as it can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.problem import Array
from modeling.engines.portfolio.trading import unusable
from valor.lib.errors import Problem

Method = Literal["exact", "greedy"]
Counts = NDArray[np.int64]

NODES = 1_000  # of the search, after which the best answer so far is given with how far it may be from the best
NEAR = 1e-6  # of the money: no search for anything nearer than that
MOST_LOTS = 1e12
ROUNDING = 1e-9  # of the money: leftover cash may be this far below its floor


class NotAllocated(EngineError):
    """This money can't be laid out in whole shares: give more of it, smaller lots, or other weights."""


@dataclass(frozen=True)
class Allocation:
    """Whole shares for weights.

    Attributes
    ----------
    shares : shape (n,), whole multiples of the lots, below zero for short positions
    weights : shape (n,), what these shares come to, as shares of the money
    leftover : money not invested
    deviation : sum of |wanted - invested| over all assets and cash, money: what was minimised
    gap : money by which ``deviation`` may exceed the least possible one; None for the greedy method, which can't say
    tracking_error : per year, of the achieved weights against the wanted ones; None without a covariance
    """

    shares: Counts
    weights: Array
    leftover: float
    deviation: float
    method: Method
    gap: float | None = None
    tracking_error: float | None = None


@dataclass(frozen=True)
class Order:
    """Money wanted in each asset (n,), the price of one lot of each (n,), all the money, and what should stay cash."""

    wanted: Array
    lot: Array
    money: float

    @property
    def cash(self) -> float:
        return self.money - float(self.wanted.sum())

    @property
    def floor(self) -> float:
        """The least leftover: none, or, where the weights borrow, what they borrow."""
        return min(self.cash, 0.0)

    @property
    def unit(self) -> float:
        """A usual lot: figures of about one suit the solver."""
        return float(self.lot.mean())

    def leftover(self, lots: Array) -> float:
        return self.money - float(self.lot @ lots)

    def deviation(self, lots: Array) -> float:
        return float(np.abs(self.wanted - self.lot * lots).sum()) + abs(self.leftover(lots) - self.cash)

    def possible(self, lots: Array) -> bool:
        return self.leftover(lots) >= self.floor - ROUNDING * self.money


def allocate(
    weights: Any,
    prices: Any,
    money: float,
    *,
    lots: Any = 1,
    method: Method = "exact",
    covariance: Array | None = None,
    names: tuple[str, ...] = (),
) -> Allocation:
    """Whole shares whose worth is nearest to ``weights * money``.

    Minimises sum |w_i M - p_i x_i| + |leftover - (1 - sum w) M| over whole lots, with no more borrowed than the weights
    ask for: where they add up to 1, the second term is the leftover cash. A short weight gives no long position, a long
    one no short position. ``exact`` searches with HiGHS and says in ``gap`` how far from the best it may
    have stopped; ``greedy`` rounds towards zero and then adds the lot that lacks most, as long as that helps.

    Parameters
    ----------
    weights : shape (n,), what they lack to 1 stays in cash
    prices : shape (n,), money per share
    lots : shares that are traded together, one number or shape (n,)
    covariance : shape (n, n), per year, for the tracking error

    Raises NotAllocated, EngineError for figures that are missing, not finite or out of range.
    """
    order, lot_sizes = order_of(weights, prices, money, lots, names)
    sigma = None if covariance is None else checked_covariance(covariance, len(lot_sizes))
    if method not in get_args(Method):
        problem = Problem("method", method, "There is no such method.", "Give exact or greedy.")
        raise EngineError(problems=[problem])
    chosen, gap = greedy(order), None
    if method == "exact":
        chosen, gap = exact(order, chosen)
    achieved = order.lot * chosen / order.money
    return Allocation(
        shares=np.rint(chosen).astype(np.int64) * lot_sizes,
        weights=achieved,
        leftover=order.leftover(chosen),
        deviation=order.deviation(chosen),
        method=method,
        gap=gap,
        tracking_error=None if sigma is None else apart(achieved - order.wanted / order.money, sigma),
    )


def order_of(weights: Any, prices: Any, money: float, lots: Any, names: tuple[str, ...]) -> tuple[Order, Counts]:
    """The checked order, and the lot sizes (n,)."""
    shares = np.asarray(weights, dtype=np.float64).reshape(-1)
    price = np.asarray(prices, dtype=np.float64).reshape(-1)
    size = np.asarray(lots, dtype=np.float64).reshape(-1)
    if price.shape != shares.shape or size.shape not in (shares.shape, (1,)):
        remedy = f"Give one price for each of the {len(shares)} weights, and one lot size for all or for each."
        raise EngineError(problems=[Problem("prices", len(price), "There are not as many as weights.", remedy)])
    problems = [
        *unusable("weights", shares, -np.inf, np.inf),
        *unusable("prices", price, 0.0, np.inf, strictly=True),
        *unusable("money", money, 0.0, np.inf, strictly=True),
        *unusable("lots", size, 1.0, np.inf),
    ]
    if not problems and (size != np.rint(size)).any():
        problems.append(Problem("lots", str(size[size != np.rint(size)][0]), "It is not whole.", "Give whole numbers."))
    if problems:
        raise EngineError(problems=problems)
    sizes = np.broadcast_to(size, shares.shape).astype(np.int64)
    order = Order(shares * money, price * sizes, float(money))
    refuse_impossible(order, names)
    return order, sizes


def refuse_impossible(order: Order, names: tuple[str, ...]) -> None:
    wanted = np.flatnonzero(order.wanted)
    if not len(wanted):
        raise NotAllocated(problems=[Problem("weights", 0.0, "All are zero.", "Give at least one weight.")])
    cheapest = int(wanted[np.argmin(order.lot[wanted])])
    if (np.abs(order.wanted) < order.lot).all() and order.money < order.lot[cheapest]:
        name = names[cheapest] if names else f"asset {cheapest + 1}"
        message = f"It buys nothing: the least that can be traded is {name} for {order.lot[cheapest]:g}."
        raise NotAllocated(problems=[Problem("money", order.money, message, "Give more money, or smaller lots.")])
    if (np.abs(order.wanted) > MOST_LOTS * order.lot).any():
        message = f"It would take more than {MOST_LOTS:g} lots."
        raise NotAllocated(problems=[Problem("money", order.money, message, "Give less money, or larger lots.")])


def greedy(order: Order) -> Array:
    """Lots (n,) by rounding towards zero, then one by one where most is lacking.

    Rounded short positions bring in less than wanted, so long ones may have to be given up for it first.
    """
    lots = np.trunc(order.wanted / order.lot)
    signs = np.sign(order.wanted)
    while not order.possible(lots):
        lacking = np.where(lots > 0, order.wanted - order.lot * lots, np.inf)
        lots[np.argmin(lacking)] -= 1.0
    while True:
        missing: Array = np.abs(order.wanted) - order.lot * np.abs(lots)
        for row in np.argsort(-missing, kind="stable"):
            more: Array = lots.copy()
            more[row] += signs[row]
            if missing[row] > 0.0 and order.possible(more) and order.deviation(more) < order.deviation(lots):
                break
        else:
            return lots
        lots = more


def exact(order: Order, known: Array) -> tuple[Array, float]:
    """The best lots that HiGHS finds, or those known where it finds none better; and how far off they may be, money."""
    if order.deviation(known) <= NEAR * order.money:
        return known, order.deviation(known)
    top: Array = np.ceil(order.wanted / order.lot)
    found = fewer_lots(order, top, order.deviation(known))
    best = known
    if found.x is not None:
        lots: Array = top - np.rint(found.x[: len(top)])
        if order.possible(lots) and order.deviation(lots) < order.deviation(known):
            best = lots
    bound = 2.0 * order.unit * float(found.mip_dual_bound or 0.0)
    return best, max(order.deviation(best) - max(bound, 0.0), 0.0)


def fewer_lots(order: Order, top: Array, deviation: float) -> Any:
    """HiGHS' answer to how many lots fewer than the next whole one to hold of each asset; money counts in lots.

    With o the money laid out above what is wanted and u that below, the deviation is 2 max(sum o, sum u), so no best
    answer holds more than the next whole lot of anything. Counting down from there, y lots fewer cost u >= r y, r being
    what the last whole lot lacks, and u >= p y - (p - r): both are exact at whole lots, and near to it in between.
    The variables are y, u and t, half of the deviation; nothing above the deviation of a known answer is looked at.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack

    n = len(order.lot)
    price, above = order.lot / order.unit, (order.lot * top - order.wanted) / order.unit
    lacking = np.where(above > 0.0, price - above, price)
    zeros, ones, nothing = np.zeros(n), np.ones(n), csr_array((n, 1))
    rows = [
        hstack([-diags_array(lacking), eye_array(n), nothing]),
        hstack([-diags_array(price), eye_array(n), nothing]),
        csr_array([[*price, *zeros, 0.0]]),  # the leftover keeps to its floor
        csr_array([[*zeros, *-ones, 1.0]]),  # t >= sum u
        csr_array([[*price, *-ones, 1.0]]),  # t >= sum o, which is sum u and all differences
    ]
    short = (order.floor - order.leftover(top)) / order.unit
    fewest = np.floor((deviation / 2.0 / order.unit + above) / price + ROUNDING)
    most = np.where(order.wanted > 0.0, np.minimum(top, fewest), fewest)
    return milp(
        np.append(np.zeros(2 * n), 1.0),
        constraints=LinearConstraint(vstack(rows), np.concatenate([zeros, -above, [short, 0.0, above.sum()]]), np.inf),
        bounds=Bounds(0.0, np.concatenate([most, np.full(n + 1, np.inf)])),
        integrality=np.concatenate([ones, np.zeros(n + 1)]),
        options={"node_limit": NODES, "mip_rel_gap": NEAR * order.money / deviation},
    )


def checked_covariance(covariance: Any, count: int) -> Array:
    sigma = np.asarray(covariance, dtype=np.float64)
    if sigma.shape != (count, count) or not np.isfinite(sigma).all():
        remedy = f"Give one row and one column of finite numbers for each of the {count} assets."
        raise EngineError(problems=[Problem("covariance", str(sigma.shape), "It doesn't fit the weights.", remedy)])
    return sigma


def apart(difference: Array, covariance: Array) -> float:
    """The standard deviation per year of a difference of weights."""
    variance = float(difference @ covariance @ difference)
    return float(np.sqrt(max(variance, 0.0)))
