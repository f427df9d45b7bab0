"""A document, its data and its estimates together: what every objective starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from modeling.codecs.portfolio.model import Given, PortfolioModel
from modeling.engines.portfolio.black_litterman import Posterior
from modeling.engines.portfolio.constraints import Constraints
from modeling.engines.portfolio.critical_line.frontier import Frontier
from modeling.engines.portfolio.estimators.estimate import Estimates, estimate
from modeling.engines.portfolio.problem import MeanVariance, problem_of
from modeling.portfolios.constraints import constraints
from modeling.portfolios.data import Data, data_of
from modeling.portfolios.places import placed
from modeling.portfolios.views import posterior_of
from valor.lib.errors import InvalidInput, Problem

Watch = Callable[[int, int], None]
UNHEEDING = frozenset({"equal_weight", "risk_parity", "hrp", "max_diversification"})
UNKEPT = frozenset({("min_cvar", "tracking_error")})


def nobody(done: int, total: int) -> None:
    """For a task that nobody watches."""


@dataclass(frozen=True)
class Task:
    """What is to be optimised; ``data`` is None where the document states its estimates itself.

    ``watch`` is called with (done, of how many) in the course of a long search; what it raises ends that.
    ``traced`` is the frontier of its problem where that is known already.
    """

    model: PortfolioModel
    data: Data | None
    estimates: Estimates
    watch: Watch = nobody
    traced: Frontier | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return self.estimates.names

    @cached_property
    def posterior(self) -> Posterior | None:
        """What the views make of the estimates; None without views."""
        if self.model.views is None:
            return None
        with placed(self.model):
            return posterior_of(self.model.views, self.estimates, self.model)

    @cached_property
    def problem(self) -> MeanVariance:
        """Estimates, or what the views made of them, with the bounds of each asset."""
        mean, covariance = self.estimates.mean, self.estimates.covariance
        if self.posterior is not None:
            mean, covariance = self.posterior.mean, self.posterior.covariance
        lower, upper = bounds(self.model, self.names)
        return problem_of(mean, covariance, lower=lower, upper=upper, names=self.names)

    @cached_property
    def constraints(self) -> Constraints:
        return constraints(self.model, self.names, self.data.groups if self.data else {})

    @property
    def is_plain(self) -> bool:
        """Whether bounds and budget are all there is."""
        return not self.constraints.items

    def returns(self, objective: str) -> Any:
        """The returns (n, s), for an objective that looks at them and not at estimates."""
        if self.data is None:
            remedy = "Give prices instead of estimates, or choose another objective."
            message = f"{objective} looks at past returns, and there are none."
            raise InvalidInput.at("objective.method", self.model.objective.method, message, remedy)
        return self.data.returns


def check_kept(model: PortfolioModel) -> None:
    """Refuses constraints and costs of which the method knows nothing, before any price is read; none is skipped."""
    method = model.objective.method
    unkept = [rule for rule in model.rules if method in UNHEEDING or (method, rule.kind) in UNKEPT]
    costly = method in UNHEEDING and bool(model.costs.buy or model.costs.sell)
    if not unkept and not costly:
        return
    remedy = "Remove the constraints, or choose an objective that keeps to them, such as min_variance."
    message = f"The method {method} can't keep to it."
    raise InvalidInput(
        problems=[Problem(f"constraints.{rule.place}", rule.name, message, remedy) for rule in unkept]
        or [Problem("costs", None, f"The method {method} knows no costs.", remedy)]
    )


def task_of(model: PortfolioModel, data: Data | None = None, watch: Watch = nobody) -> Task:
    """The task of a document; *data* where it is known already. Raises InvalidInput."""
    if isinstance(model.source, Given):
        return Task(model, None, stated(model.source), watch)
    data = data or data_of(model)
    assert data is not None
    return Task(model, data, estimated(model, data), watch)


def stated(source: Given) -> Estimates:
    return Estimates(source.mean, source.covariance, source.names, (), (), "stated", "stated")


def estimated(model: PortfolioModel, data: Data) -> Estimates:
    with placed(model):
        return estimate(
            data.returns,
            data.periods_per_year,
            mean=model.mean.choice,
            covariance=model.covariance.choice,
            names=data.names,
            market=data.benchmark,
            risk_free=model.risk_free,
            factors=data.factors,
        )


def bounds(model: PortfolioModel, names: tuple[str, ...]) -> tuple[Any, Any]:
    """Shape (n,) each: the bounds of all, replaced where an asset has its own."""
    unknown = [name for name in model.by_asset if name not in names]
    if unknown:
        remedy = "Leave it out, or add its prices."
        path = "bounds.by_asset"
        raise InvalidInput(
            problems=[Problem(f"{path}.{name}", None, f"{name} is not among the assets.", remedy) for name in unknown]
        )
    pairs = [model.by_asset.get(name, (model.lower, model.upper)) for name in names]
    low, high = np.array(pairs).reshape(len(names), 2).T
    return low, high
