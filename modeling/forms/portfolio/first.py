"""A new portfolio: which prices it is chosen from, and the document it starts with."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from modeling.forms.portfolio.fields import Choices
from modeling.models import PriceSeries, PriceSet
from modeling.services.versions import NAME_LENGTH

# A portfolio of many names is kept from being one of three; of few it may be.
SPREAD = 5
INDEX = re.compile(r"\bindex$", re.IGNORECASE)


class NewPortfolioForm(forms.Form):
    price_set = forms.ChoiceField(label="Price set", help_text="The prices that it is chosen from.")
    name = forms.CharField(
        label="Name", required=False, max_length=NAME_LENGTH, help_text="Named after the price set where it is empty."
    )

    def __init__(self, *args: Any, sets: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price_set"].choices = sets  # type: ignore[attr-defined]


def first_document(prices: PriceSet, name: str = "") -> dict[str, Any]:
    """All of a set's tickers by their history, none of them more than a fifth or so, at the greatest Sharpe ratio.

    An index among them is what they are compared with: nobody holds one beside its members.
    """
    index = index_of(prices)
    count = (getattr(prices, "tickers", 0) or 1) - bool(index)
    return {
        "name": name or f"Portfolio of {prices.name}"[:NAME_LENGTH],
        "prices": {"set": prices.pk},
        "estimators": {"mean": "historical", "covariance": "ledoit_wolf"},
        "bounds": {"lower": 0.0, "upper": upper_for(count)},
        "benchmark": index,
        "objective": {"method": "max_sharpe"},
    }


def index_of(prices: PriceSet) -> str | None:
    """The ticker that calls itself an index, where that is one of several; None where there are more, or none."""
    named = PriceSeries.objects.filter(price_set=prices).values_list("ticker", "name")
    found = [ticker for ticker, name in named if INDEX.search(name)]
    return found[0] if len(found) == 1 and len(named) > 2 else None


def upper_for(count: int) -> float:
    """A round bound that leaves room: 10 % from fifty names on, 20 % of twenty, all of two."""
    wanted = SPREAD / max(count, 1)
    return next(bound for bound in (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0) if bound >= min(wanted * 0.8, 1.0))
