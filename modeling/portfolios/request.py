"""What is asked of a portfolio, checked, in the form that makes equal requests equal.

NumPy and the engines are imported inside the functions: a worker must not load them before it forks (on macOS
NumPy may hang after a fork that came later).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from modeling.models import PriceSet
from modeling.selectors_prices import price_set_for
from valor.lib.errors import InvalidInput, NotFound

OPTIMISE = "modeling.optimise"
BACKTEST = "modeling.backtest"
# Raise it with every change of what an answer holds or how it is found: answers of two versions differ.
ENGINE_VERSION = "4"


@dataclass(frozen=True)
class Request:
    """A document in its canonical form, the revision of the prices it was asked on, and for a backtest its rules."""

    document: Mapping[str, Any]
    revision: int | None = None
    rules: Mapping[str, Any] | None = None

    @property
    def kind(self) -> str:
        return OPTIMISE if self.rules is None else BACKTEST

    def parameters(self) -> dict[str, Any]:
        """The job's parameters; the engine's version is among them, so that a new engine runs anew."""
        return {**asdict(self), "engine": ENGINE_VERSION}

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Request:
        return cls(parameters["document"], parameters["revision"], parameters["rules"])

    @property
    def result_kind(self) -> str:
        return "weights" if self.rules is None else "backtest"

    def is_small(self) -> bool:
        """Whether it is answered at once; a backtest, many assets or hard constraints are work for a job."""
        from modeling.portfolios.size import is_small

        return self.rules is None and is_small(self.document)

    def answer_at_once(self) -> dict[str, Any] | None:
        """The answer where nobody waits long for it; None for what is work for a job.

        Raises InvalidInput, also for a large one of which it is soon known that nothing meets it.
        """
        if self.is_small():
            return self.answer()
        if self.rules is None:
            self.refuse_hopeless()
        return None

    def refuse_hopeless(self) -> None:
        """Raises `Infeasible` where it is soon known that nothing meets the document."""
        from modeling.portfolios.prospects import refuse_hopeless

        refuse_hopeless(self.document)

    def answer(self, watch: Callable[[int, int], None] = lambda done, total: None) -> dict[str, Any]:
        """What was asked for, here and now; *watch* is told how far a long search is. Raises InvalidInput."""
        from modeling.codecs.portfolio import parse_portfolio
        from modeling.portfolios.answer import optimise_model

        return optimise_model(parse_portfolio(self.document), watch=watch)


def request_of(document: Mapping[str, Any], user: Any, rules: Mapping[str, Any] | None = None) -> Request:
    """The checked request of a user: prices and simulated values must be theirs or shared.

    Raises InvalidInput with every problem, and where a price set or a run is not there for them.
    """
    from modeling.codecs.portfolio import dump_portfolio, parse_portfolio
    from modeling.codecs.portfolio.walk import parse_walk
    from modeling.portfolios.bridge import with_runs
    from modeling.portfolios.task import check_kept
    from modeling.portfolios.walk import check_walkable

    walk = None if rules is None else parse_walk(rules)
    model = parse_portfolio(document)
    check_kept(model)
    if walk is not None:
        check_walkable(model)
    prices = set_of(dump_portfolio(model), user)
    return Request(dump_portfolio(with_runs(model, user, prices)), prices.revision if prices else None, walk)


def set_of(document: Mapping[str, Any], user: Any) -> PriceSet | None:
    """The price set that a canonical document names, if the user may see it; None where it names none."""
    number = (document.get("prices") or {}).get("set")
    if number is None:
        return None
    try:
        return price_set_for(user, number)
    except NotFound as error:
        raise InvalidInput.at(
            "prices.set", number, "There is no such price set that you may see.", "Take the id of one in /api/prices/."
        ) from error
