"""Filters of lists that tell which choices there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_filters


class ChoiceFilter(django_filters.ChoiceFilter):
    """One of a few words; who sends another is told which there are."""

    def __init__(self, *args: Any, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        known = ", ".join(str(value) for value, _ in choices)
        told = {"invalid_choice": f"There is no such choice: known are {known}."}
        super().__init__(*args, choices=choices, error_messages=told, **kwargs)
