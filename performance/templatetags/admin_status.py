"""The status of the platform on the admin's first page."""

from __future__ import annotations

from typing import Any

from django import template

from performance.status import current_status
from performance.words import Status
from valor.accounts.roles import is_operator

register = template.Library()


@register.simple_tag
def platform_status() -> Status:
    """``{% platform_status as status %}``: the word and the sentence that every other page says."""
    return current_status()


@register.simple_tag(takes_context=True)
def may_operate(context: dict[str, Any]) -> bool:
    """``{% may_operate as operator %}``: whether the operators' pages are open to whoever looks."""
    return is_operator(context["request"].user)
