"""Which levels make sense together. Page, API and admin refuse the others in the same words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from performance.alerts import catalogue
from performance.alerts.choices import Direction, MissingData
from performance.units import PERCENT
from valor.lib.errors import InvalidInput, Problem

LEVELS = ("warning", "critical", "clear")
EDITABLE = ("direction", *LEVELS, "duration", "missing", "enabled")
LONGEST = 86_400
HIGHEST = 1e15


def checked(category: str, metric: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a threshold, complete and valid; InvalidInput names every one that is not."""
    problems = list(problems_of(category, metric, values))
    if problems:
        raise InvalidInput("This threshold can't be used.", problems=problems)
    numbers = {name: None if values[name] is None else float(values[name]) for name in LEVELS}
    return {**{name: values[name] for name in EDITABLE}, **numbers}


def problems_of(category: str, metric: str, values: Mapping[str, Any]) -> Iterator[Problem]:
    found = catalogue.find(category, metric)
    if found is None:
        remedy = "Use a category and a metric of the list of thresholds, such as system and cpu_percent."
        yield Problem("metric", f"{category}.{metric}", "Nobody measures this.", remedy)
        return
    wrong = [*words(values), *(p for name in LEVELS for p in level(name, values[name], found.unit))]
    yield from wrong
    yield from duration(values["duration"])
    if not wrong:
        yield from order(values)


def words(values: Mapping[str, Any]) -> Iterator[Problem]:
    for name, choices in (("direction", Direction), ("missing", MissingData)):
        if values[name] not in choices.values:
            yield Problem(name, values[name], "There is no such choice.", f"Use one of {', '.join(choices.values)}.")
    if not isinstance(values["enabled"], bool):
        yield Problem("enabled", values["enabled"], "This is neither yes nor no.", "Use true or false.")


def level(name: str, value: Any, unit: str) -> Iterator[Problem]:
    if value is None:
        if name != "critical":
            yield Problem(name, None, "This level is missing.", "Give a number.")
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        yield Problem(name, value, "This is not a number.", "Give a number.")
    elif unit == PERCENT and not 0 <= value <= 100:
        yield Problem(name, value, "A share lies between 0 and 100 %.", "Give a percentage from 0 to 100.")
    elif not 0 <= value <= HIGHEST:
        yield Problem(name, value, "No figure gets there.", f"Give a number from 0 to {HIGHEST:g}, in {unit}.")


def duration(value: Any) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST:
        remedy = f"Give whole seconds from 0 (at once) to {LONGEST:,} (a day)."
        yield Problem("duration", value, "An alert can't wait so long.", remedy)


def order(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Critical lies beyond the warning level, clear on its good side; either may be the same."""
    above = values["direction"] == Direction.ABOVE
    warning, critical, clear = (values[name] for name in LEVELS)
    if critical is not None and (critical < warning if above else critical > warning):
        remedy = f"Give {warning:g} or {'more' if above else 'less'}, or leave it empty: then it never is critical."
        yield Problem("critical", critical, "Critical must lie beyond the warning level.", remedy)
    if clear > warning if above else clear < warning:
        remedy = f"Give {warning:g} or {'less' if above else 'more'}: only past it the alert ends."
        yield Problem("clear", clear, "The clear level must lie on the good side of the warning level.", remedy)
