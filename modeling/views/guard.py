"""What every page of this app asks first."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from modeling.models import PriceSet
from modeling.selectors_prices import SharedReadOnly, own_price_set_for
from valor.accounts.roles import is_analyst
from valor.lib.pages import View, missing_is_404


def analyst_page(view: View) -> View:
    """For analysts only; what they may not see does not exist."""
    found = missing_is_404(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_analyst(request.user):
            raise PermissionDenied
        return found(request, *args, **kwargs)

    return guarded


def own_set(request: HttpRequest, pk: int) -> PriceSet:
    """A set of prices to be changed; a shared one is there and nobody's to change."""
    try:
        return own_price_set_for(request.user, pk)
    except SharedReadOnly as error:
        raise PermissionDenied(error.message) from error
