"""Which recommendations a list shows: ``?state=open&area=database``."""

from __future__ import annotations

import django_filters

from performance.analysis.rules.base import Area
from performance.models import Recommendation


class RecommendationFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Recommendation.State.choices)
    area = django_filters.ChoiceFilter(choices=[(area.value, area.value.capitalize()) for area in Area])

    class Meta:
        model = Recommendation
        fields = ["state", "area"]
