"""Who needs a set of prices: what is in use is not deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from modeling.models import PriceSet
from valor.lib.errors import Conflict, Problem

Uses = Callable[[PriceSet], Iterable[str]]
MOST_TOLD = 10
_registered: dict[str, Uses] = {}


def uses_of_sets(name: str) -> Callable[[Uses], Uses]:
    """Declares a function that names whatever uses a set, such as "portfolio Growth". A name may be declared once."""

    def declare(uses: Uses) -> Uses:
        if name in _registered and _registered[name].__module__ != uses.__module__:
            raise ValueError(f"The uses of sets {name} are declared twice.")
        _registered[name] = uses
        return uses

    return declare


class SetInUse(Conflict):
    """This set of prices is in use: delete what uses it first, or let it use another set."""

    def __init__(self, price_set: PriceSet, users: Iterable[str]) -> None:
        remedy = "Delete it first, or let it use another set."
        super().__init__(
            problems=[Problem("price_set", price_set.pk, f"It is used by {user}.", remedy) for user in users]
        )


def refuse_while_used(price_set: PriceSet) -> None:
    users = list(islice((user for uses in _registered.values() for user in uses(price_set)), MOST_TOLD))
    if users:
        raise SetInUse(price_set, users)
