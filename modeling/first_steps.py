"""The first steps of an analyst, ticked by what was really done."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max
from django.urls import reverse

from modeling.models import Valuation
from valor.accounts.checklists import Checklist, Step, declare, is_closed

NAME = declare("companies", "modeling:companies")


def first_steps(user: Any) -> Checklist | None:
    """None once this analyst has closed them."""
    if is_closed(user=user, name=NAME):
        return None
    mine = Valuation.objects.filter(owner=user)
    done = mine.aggregate(newest=Max("pk"), version=Max("version"), runs=Count("runs"))
    newest = done["newest"]
    companies = reverse("modeling:companies")
    bench = reverse("modeling:valuation", args=[newest]) if newest else companies
    steps = (
        Step(
            "Value a company",
            "Press Value it beside one, or import another from its SEC document.",
            companies,
            bool(newest),
        ),
        Step(
            "Change what you see differently",
            "Type another growth or margin: the value follows.",
            bench,
            (done["version"] or 0) > 1,
        ),
        Step("Simulate it", "Say how uncertain a driver is, and run a million trials.", bench, bool(done["runs"])),
    )
    return Checklist(NAME, steps)
