"""What every page of this app asks first."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from valor.accounts.roles import is_analyst
from valor.lib.errors import NotFound

View = Callable[..., HttpResponse]


def analyst_page(view: View) -> View:
    """For analysts only; what they may not see does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_analyst(request.user):
            raise PermissionDenied
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404(error.message) from error

    return guarded


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
