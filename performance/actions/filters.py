"""Which action runs a list shows: ``?action=optimize_database&verdict=helped``."""

from __future__ import annotations

import django_filters

from performance.models import ActionRun, Verdict
from valor.lib.filters import ChoiceFilter
from valor.lib.moments import MomentFilter


class ActionRunFilter(django_filters.FilterSet):
    action = django_filters.CharFilter(max_length=50, help_text="Only of this action.")
    verdict = ChoiceFilter(choices=Verdict.choices, help_text="Only with this verdict.")
    requested_after = MomentFilter("requested_at", "gte", help_text="Only what was asked since.")

    class Meta:
        model = ActionRun
        fields = ["action", "verdict", "requested_after"]
