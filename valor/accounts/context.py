"""What every template may know about the visitor."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from valor.accounts.roles import is_analyst


def roles(request: HttpRequest) -> dict[str, Any]:
    """Whether companies are theirs to open; asked only by templates that want to know."""
    return {"analyst": SimpleLazyObject(lambda: is_analyst(request.user))}
