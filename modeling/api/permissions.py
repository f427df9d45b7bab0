"""Who may do what: everybody who is signed in reads what is theirs, analysts write."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission

from valor.accounts.roles import is_analyst


class AnalystsWrite(BasePermission):
    message = "Only analysts may do this: sign in as one, or ask an operator for the role."

    def has_permission(self, request: Any, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        return request.method in SAFE_METHODS or is_analyst(request.user)
