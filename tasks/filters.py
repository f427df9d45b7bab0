"""Which jobs a list shows: ``?state=running&kind=modeling.simulate``."""

from __future__ import annotations

import django_filters

from tasks.choices import State
from tasks.models import Job


class JobFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=State, help_text="Only jobs that stand here.")
    kind = django_filters.CharFilter(help_text="Only jobs of this kind.")

    class Meta:
        model = Job
        fields = ["state", "kind"]
