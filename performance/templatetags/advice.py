"""Advice inside other pages: below an alert, and on the overview."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import QuerySet

from performance.models import Recommendation
from performance.recommendations.presenter import advice_of
from performance.recommendations.selectors import for_alert, open_recommendations

register = template.Library()
TOP = 2


@register.simple_tag
def advice_for(alert: Any, most: int = 3) -> list[dict[str, Any]]:
    """``{% advice_for alert as advices %}``: what explains it, the best first."""
    return [advice_of(row) for row in for_alert(alert, most)]


@register.simple_tag
def top_advice() -> QuerySet[Recommendation]:
    """``{% top_advice as rows %}``: the two best of all that is open."""
    return open_recommendations()[:TOP]
