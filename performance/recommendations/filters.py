"""Which recommendations a list shows: ``?state=open&area=database``."""

from __future__ import annotations

import django_filters

from performance.analysis.rules.base import Area
from performance.models import Recommendation
from valor.lib.filters import ChoiceFilter


class RecommendationFilter(django_filters.FilterSet):
    state = ChoiceFilter(choices=Recommendation.State.choices)
    area = ChoiceFilter(choices=[(area.value, area.value.capitalize()) for area in Area])

    host = django_filters.CharFilter(max_length=100, help_text="Only what concerns this host alone.")

    class Meta:
        model = Recommendation
        fields = ["state", "area", "host"]
