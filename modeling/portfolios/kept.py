"""What was kept of a portfolio, read again: its weights, its document, and the prices they speak of as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from modeling.codecs.portfolio import parse_portfolio
from modeling.codecs.portfolio.model import PortfolioModel
from modeling.engines.portfolio.problem import Array
from modeling.engines.prices.panel import Panel
from modeling.models import PortfolioResult
from modeling.portfolios.data import Data, data_of, weights_of
from modeling.portfolios.task import Task, task_of
from valor.lib.errors import Conflict, InvalidInput


class NoWeights(Conflict):
    """This result holds no single portfolio: take one that is done, and whose objective ends in weights."""


def weights_in(kept: PortfolioResult) -> dict[str, float]:
    """The weights of a kept result: the chosen ones, or those a backtest traded last. Raises NoWeights."""
    result = kept.result or {}
    found = result.get("weights")
    if isinstance(found, list):
        found = found[-1]["weights"] if found else None
    if not found:
        raise NoWeights
    return dict(found)


def label_of(kept: PortfolioResult) -> str:
    """How tables call it; the number makes it unique."""
    return f"{kept.number}: {kept.name}" if kept.name else str(kept.number)


@dataclass(frozen=True)
class Kept:
    """The weights of a result over the assets of its own document, with today's prices where it has any."""

    result: PortfolioResult

    @cached_property
    def stated(self) -> dict[str, float]:
        return weights_in(self.result)

    @cached_property
    def model(self) -> PortfolioModel:
        return parse_portfolio(self.result.request["document"])

    @cached_property
    def data(self) -> Data | None:
        return data_of(self.model)

    @cached_property
    def task(self) -> Task:
        return task_of(self.model, self.data)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return self.data.names if self.data else self.task.names

    @cached_property
    def weights(self) -> Array:
        """Shape (n,). Raises InvalidInput where a ticker has no prices any more."""
        return weights_of(self.names, self.stated, "weights")

    def priced(self) -> Data:
        """The data; refused where the document states its estimates and so has no prices."""
        if self.data is None:
            remedy = "Keep a result of a document with a price set."
            raise InvalidInput.at("prices", None, "The result rests on stated estimates: there are no prices.", remedy)
        return self.data

    @cached_property
    def held(self) -> Panel:
        """The prices of what is held."""
        return self.priced().assets.only(self.stated)

    @cached_property
    def held_weights(self) -> Array:
        return np.array(list(self.stated.values()))


def prices_told(data: Data | None) -> dict[str, Any]:
    """Which prices were looked at, and up to which day."""
    if data is None:
        return {"source": None, "revision": None, "to": None}
    return {"source": data.source, "revision": data.revision, "to": str(data.assets.dates[-1])}
