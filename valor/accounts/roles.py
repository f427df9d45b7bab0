"""The two roles, as groups; a user may hold both, a superuser holds both."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import BasePermission

ANALYST = "analyst"
OPERATOR = "operator"


def has_role(user: Any, role: str) -> bool:
    """Whether *user* holds *role*; asked of the database once per user object."""
    if not user.is_authenticated:
        return False
    if user.is_superuser:
        return True
    roles = getattr(user, "_valor_roles", None)
    if roles is None:
        roles = set(user.groups.values_list("name", flat=True))
        user._valor_roles = roles
    return role in roles


def roles_of(user: Any) -> list[str]:
    """The roles that *user* holds."""
    return [role for role in (ANALYST, OPERATOR) if has_role(user, role)]


def is_analyst(user: Any) -> bool:
    return has_role(user, ANALYST)


def is_operator(user: Any) -> bool:
    return has_role(user, OPERATOR)


def operator_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Pages that only operators may open: 403 for everybody else."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_operator(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def role_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Pages for whoever holds any role: 403 for everybody else."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not roles_of(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


class IsAnalyst(BasePermission):
    message = "Only analysts may do this: sign in as one, or ask for the role."

    def has_permission(self, request: Any, view: Any) -> bool:
        return is_analyst(request.user)


class IsOperator(BasePermission):
    message = "Only operators may do this: sign in as one, or ask for the role."

    def has_permission(self, request: Any, view: Any) -> bool:
        return is_operator(request.user)
