"""Making, changing and deleting sets of prices."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from modeling.models import PriceSeries, PriceSet
from modeling.prices.units import minor_problem
from modeling.services.prices.locks import locked, raise_revision
from modeling.services.prices.uses import refuse_while_used
from valor.lib.errors import InvalidInput, NotFound, Problem

MOST_SETS = 200
CHANGEABLE = ("name", "description", "source", "licence", "frequency")


@transaction.atomic
def create_set(
    *,
    owner: Any,
    name: str,
    currency: str = "USD",
    frequency: str = "",
    description: str = "",
    source: str = "",
    licence: str = "",
) -> PriceSet:
    """An empty set. Without an owner it is shared with everybody, and only commands can change it."""
    if owner is not None and PriceSet.objects.filter(owner=owner).count() >= MOST_SETS:
        remedy = "Delete one, or add the prices to one of them."
        raise InvalidInput.at("name", name, f"You have {MOST_SETS} sets of prices already.", remedy)
    if problem := minor_problem(currency):
        raise InvalidInput(problems=[problem])
    price_set = PriceSet(
        owner=owner,
        name=name,
        currency=currency,
        frequency=frequency,
        description=description,
        source=source,
        licence=licence,
    )
    checked(price_set)
    try:
        with transaction.atomic():
            price_set.save(force_insert=True)
    except IntegrityError as error:
        raise name_taken(price_set) from error
    return price_set


@transaction.atomic
def change_set(price_set: PriceSet, **changes: str) -> PriceSet:
    """Changes the name, description, source, licence or frequency; the currency stays what its prices are in."""
    stored = locked(price_set)
    changes = {field: value for field, value in changes.items() if getattr(stored, field, None) != value}
    for field, value in changes.items():
        if field not in CHANGEABLE:
            remedy = f"These can be: {', '.join(CHANGEABLE)}."
            raise InvalidInput.at(field, value, "This can't be changed.", remedy)
        setattr(stored, field, value)
    checked(stored)
    if changes:
        try:
            with transaction.atomic():
                raise_revision(stored, **changes)
        except IntegrityError as error:
            raise name_taken(stored) from error
    return stored


def rename_set(price_set: PriceSet, *, name: str) -> PriceSet:
    return change_set(price_set, name=name)


@transaction.atomic
def delete_set(price_set: PriceSet) -> None:
    """Removes the set with all of its prices, unless something uses it."""
    stored = locked(price_set)
    refuse_while_used(stored)
    stored.delete()


@transaction.atomic
def remove_series(price_set: PriceSet, *, ticker: str) -> None:
    """Removes one ticker with its prices."""
    from modeling.services.prices.bundling import remove_blocks

    stored = locked(price_set)
    series = PriceSeries.objects.filter(price_set=stored, ticker=ticker).first()
    if series is None:
        raise NotFound(problems=[no_such_ticker(ticker)])
    remove_blocks(stored, series.pk)
    series.delete()
    raise_revision(stored)


def no_such_ticker(ticker: str) -> Problem:
    return Problem("ticker", ticker, f"There are no prices of {ticker} in this set.", "See which tickers it has.")


def checked(price_set: PriceSet) -> None:
    """Raises InvalidInput where a text is too long or missing, or the name is taken."""
    problems = [Problem("name", None, "It has no name.", "Give one.")] if not price_set.name.strip() else []
    if not (len(price_set.currency) == 3 and price_set.currency.isascii() and price_set.currency.isupper()):
        remedy = "Give three capital letters, such as USD."
        problems.append(Problem("currency", price_set.currency, "This is no code of a currency.", remedy))
    for field in ("name", "description", "source", "licence"):
        if "\0" in getattr(price_set, field):
            problems.append(Problem(field, None, "It holds a NUL.", "Leave it out."))
    if problems:
        raise InvalidInput(problems=problems)
    try:
        price_set.full_clean(exclude=["owner"], validate_constraints=False)
    except ValidationError as error:
        raise InvalidInput(problems=list(problems_of(price_set, error))) from error
    same = PriceSet.objects.filter(owner=price_set.owner_id, name=price_set.name).exclude(pk=price_set.pk)
    if same.exists():
        raise name_taken(price_set)


def name_taken(price_set: PriceSet) -> InvalidInput:
    remedy = "Choose another name, or add the prices to that set."
    return InvalidInput.at("name", price_set.name, "There is a set of this name already.", remedy)


def problems_of(price_set: PriceSet, error: ValidationError) -> list[Problem]:
    return [
        Problem(field, str(getattr(price_set, field))[:80], " ".join(messages), "Choose another one.")
        for field, messages in error.message_dict.items()
    ]
