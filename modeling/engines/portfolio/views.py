"""What an investor believes about returns, in the form Black and Litterman ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.portfolio.problem import Array
from valor.lib.errors import Problem

OFF_SUM = 0.01  # by how much the weights of a view may miss one or zero


class UnusableView(EngineError):
    """Some views can't be used: see each one's message and remedy."""


@dataclass(frozen=True)
class View:
    """A portfolio and what it is expected to return, decimal per year.

    Attributes
    ----------
    weights : the portfolio by asset. They add up to one for an absolute view ("A returns 8 %") and to zero for a
        relative one ("A returns 2 % more than B")
    expected_return : decimal per year, measured as the prior is: in excess of the risk-free rate where that is
    confidence : from 0 (ignored) to 1 (certain), as Idzorek's, or None
    variance : of the view's error, in the unit of squared returns per year, or None
    label : how the view is called in messages; made from the assets where empty

    With neither confidence nor variance the view is as uncertain as the prior is about its portfolio.
    """

    weights: Mapping[str, float]
    expected_return: float
    confidence: float | None = None
    variance: float | None = None
    label: str = ""

    @property
    def title(self) -> str:
        if self.label:
            return self.label
        longs = " and ".join(name for name, weight in self.weights.items() if weight > 0)
        shorts = " and ".join(name for name, weight in self.weights.items() if weight < 0)
        return f"{longs} over {shorts}" if longs and shorts else longs or shorts


def absolute(
    asset: str, expected_return: float, *, confidence: float | None = None, variance: float | None = None
) -> View:
    """The view that an asset returns so much a year."""
    return View({asset: 1.0}, expected_return, confidence, variance)


def relative(
    over: str | Mapping[str, float],
    under: str | Mapping[str, float],
    difference: float,
    *,
    confidence: float | None = None,
    variance: float | None = None,
) -> View:
    """The view that one asset or basket returns so much more a year than another; a basket's weights become shares."""
    weights: dict[str, float] = {}
    for side, sign in ((over, 1.0), (under, -1.0)):
        basket = {side: 1.0} if isinstance(side, str) else dict(side)
        total = sum(basket.values())
        for name, weight in basket.items():
            weights[name] = weights.get(name, 0.0) + sign * weight / (total or 1.0)
    return View(weights, difference, confidence, variance)


def picks(views: Sequence[View], names: Sequence[str]) -> tuple[Array, Array]:
    """The matrix P of shape (k, n) and the stated returns Q of shape (k,); raises UnusableView with every problem."""
    place = {name: column for column, name in enumerate(names)}
    problems = [problem for number, view in enumerate(views) for problem in _problems_of(number, view, place)]
    if problems:
        raise UnusableView(problems=problems)
    portfolio = np.zeros((len(views), len(names)))
    for row, view in enumerate(views):
        for name, weight in view.weights.items():
            portfolio[row, place[name]] = weight
    return portfolio, np.array([view.expected_return for view in views], dtype=np.float64)


def _problems_of(number: int, view: View, place: Mapping[str, int]) -> Iterable[Problem]:
    field = f"views.{number}"
    for name, weight in view.weights.items():
        if name not in place:
            message = f"The view {view.title} names {name}, which is not among the assets."
            yield Problem(f"{field}.weights", name, message, f"Add {name} to the assets, or change the view.")
        elif not np.isfinite(weight):
            message = f"The weight of {name} in the view {view.title} is not finite."
            yield Problem(f"{field}.weights", str(weight), message, "Give a number such as 1.")
    total = float(sum(view.weights.values()))
    if not any(view.weights.values()):
        remedy = "Give the assets it is about."
        yield Problem(f"{field}.weights", None, f"The view {view.title or number + 1} is about nothing.", remedy)
    elif np.isfinite(total) and min(abs(total), abs(total - 1.0)) > OFF_SUM:
        message = f"The weights of the view {view.title} add up to {total:g}."
        yield Problem(f"{field}.weights", total, message, "Let them add up to 1 (absolute) or to 0 (relative).")
    yield from _doubtful_figures(field, view)


def _doubtful_figures(field: str, view: View) -> Iterable[Problem]:
    if not np.isfinite(view.expected_return):
        message = f"The return of the view {view.title} is not finite."
        yield Problem(f"{field}.expected_return", str(view.expected_return), message, "Give a rate such as 0.05.")
    if view.confidence is not None and not 0.0 <= view.confidence <= 1.0:
        message = f"The confidence of the view {view.title} is {view.confidence:g}."
        yield Problem(f"{field}.confidence", str(view.confidence), message, "Give a share from 0 to 1.")
    if view.variance is not None and not (np.isfinite(view.variance) and view.variance >= 0.0):
        message = f"The variance of the view {view.title} is {view.variance:g}."
        yield Problem(f"{field}.variance", str(view.variance), message, "Give a figure of zero or more.")
    if view.confidence is not None and view.variance is not None:
        message = f"The view {view.title} has both a confidence and a variance."
        yield Problem(field, view.title, message, "Give the one or the other.")
