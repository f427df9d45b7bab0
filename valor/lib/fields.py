"""Fields that take no value for another: a number is not a text that looks like one."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NoReturn

from rest_framework import serializers

MOST_UNKNOWN = 20  # keys told one by one


class WholeNumber(serializers.IntegerField):
    """An integer in JSON; no text, no fraction, no true or false."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Text(serializers.CharField):
    """A text in JSON; no number."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    """One of a few words; who sends another is told which there are."""

    default_error_messages = {"invalid_choice": "There is no such choice: known are {known}."}

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        super().fail(key, known=", ".join(map(str, self.choices)), **kwargs)


class Strict(serializers.Serializer):
    """Refuses keys it does not know, so that a typing error never passes for a default."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [str(key) for key in data if key not in self.fields]
            if unknown:
                raise serializers.ValidationError({key: [self.unknown(key)] for key in unknown[:MOST_UNKNOWN]})
        return super().to_internal_value(data)

    def unknown(self, key: str) -> str:
        near = get_close_matches(key, self.fields, n=1)
        known = f"did you mean {near[0]}?" if near else f"known are {', '.join(self.fields)}."
        return f"There is no such field: {known}"
