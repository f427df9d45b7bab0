"""What stands one to a line in a box of text: tickers, weights, bounds of single assets, groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from modeling.forms.portfolio.figures import FIGURE, RANGE, ends_of, line_of, percent, range_text, rate
from modeling.forms.texts import Unreadable

Item = TypeVar("Item")
WEIGHT = line_of(rf"(?P<name>.+?)\s*[:\s]\s*(?P<figure>{FIGURE})")
BOUND = line_of(rf"(?P<name>.+?)\s*[:\s]\s*{RANGE}")
GROUP = line_of(rf"(?P<name>.+?)\s+{RANGE}\s*(?::\s*(?P<members>.*))?")
WEIGHTS_EXAMPLE = "Type a ticker and percent on each line, such as AAPL 12 %."
BOUNDS_EXAMPLE = "Type a ticker and its bounds on each line, such as AAPL 0 to 5 %."
GROUPS_EXAMPLE = "Type a name, its bounds and its members, such as Banks 0 to 20 %: BAC, JPM."


class UnreadableLine(Unreadable):
    """Carries the line as it was typed and its number."""

    def __init__(self, number: int, line: str, example: str) -> None:
        super().__init__(example)
        self.number, self.line = number, line


def lines_in(text: str) -> list[tuple[int, str]]:
    """The lines that are not empty, each with its number."""
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def read_lines(
    text: str, read: Callable[[str], Item], example: str, known: Mapping[str, Item] | None = None
) -> list[Item]:
    """Each line read; one that still shows a *known* item stands for it, so that fewer digits never change it."""
    found = []
    for number, line in lines_in(text):
        try:
            found.append(known[line] if known and line in known else read(line))
        except Unreadable as error:
            raise UnreadableLine(number, line, str(error) or example) from error
    return found


def tickers_text(names: Iterable[str]) -> str:
    return ", ".join(names)


def read_tickers(text: str) -> list[str]:
    """Set apart by commas, semicolons or spaces, on any number of lines; named twice is meant once."""
    return list(dict.fromkeys(name for name in re.split(r"[\s,;]+", text) if name))


def matched(pattern: re.Pattern[str], line: str, example: str) -> re.Match[str]:
    found = pattern.fullmatch(line)
    if found is None:
        raise Unreadable(example)
    return found


def weight_line(name: str, weight: float) -> str:
    return f"{name} {percent(weight)}"


def weights_text(weights: Mapping[str, float]) -> str:
    return "\n".join(weight_line(name, weight) for name, weight in weights.items())


def read_weight(line: str) -> tuple[str, float]:
    found = matched(WEIGHT, line, WEIGHTS_EXAMPLE)
    return found["name"], rate(found["figure"])


def read_weights(text: str, stored: Mapping[str, float]) -> dict[str, float]:
    known = {weight_line(*item): item for item in stored.items()}
    return by_name(read_lines(text, read_weight, WEIGHTS_EXAMPLE, known), text)


def by_name(pairs: list[tuple[str, Item]], text: str) -> dict[str, Item]:
    """As a mapping; a name on two lines is refused at the second."""
    seen: dict[str, Item] = {}
    for (number, line), (name, item) in zip(lines_in(text), pairs, strict=True):
        if name in seen:
            raise UnreadableLine(number, line, f"{name} stands on two lines: keep one of them.")
        seen[name] = item
    return seen


def bound_line(name: str, bounds: Mapping[str, float]) -> str:
    return f"{name} {range_text(bounds['lower'], bounds['upper'])}"


def bounds_text(by_asset: Mapping[str, Mapping[str, float]]) -> str:
    return "\n".join(bound_line(name, bounds) for name, bounds in by_asset.items())


def read_bound(line: str) -> tuple[str, Mapping[str, float]]:
    found = matched(BOUND, line, BOUNDS_EXAMPLE)
    return found["name"], ends_of(found)


def read_bounds(text: str, stored: Mapping[str, Mapping[str, float]]) -> dict[str, Mapping[str, float]]:
    known = {bound_line(*item): item for item in stored.items()}
    return by_name(read_lines(text, read_bound, BOUNDS_EXAMPLE, known), text)


def group_line(rule: Mapping[str, Any]) -> str:
    members = ", ".join(rule.get("members") or ())
    return f"{rule['name']} {range_text(rule.get('lower'), rule.get('upper'))}" + (f": {members}" if members else "")


def groups_text(rules: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(map(group_line, rules))


def read_group(line: str) -> Mapping[str, Any]:
    found = matched(GROUP, line, GROUPS_EXAMPLE)
    members = read_tickers(found["members"] or "")
    return {"kind": "group", "name": found["name"].strip(), **ends_of(found), "members": members}


def read_groups(text: str, stored: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return read_lines(text, read_group, GROUPS_EXAMPLE, {group_line(rule): rule for rule in stored})
